"""People at a browser: sessions without tokens."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hmac import compare_digest
from uuid import UUID

from jobproc.application.account_ports import Sessions
from jobproc.application.ports import Clock
from jobproc.application.recent import Recent
from jobproc.application.sessions import Welcome
from jobproc.domain.browser_keys import BrowserKey
from jobproc.domain.errors import NotAuthenticated
from jobproc.domain.refresh_tokens import RefreshToken
from jobproc.domain.sessions import Identity, Session


@dataclass(frozen=True, slots=True)
class Stay:
    """The text of a browser's key, and the seconds that it is good for."""

    key: str = field(repr=False)
    seconds: int


@dataclass(frozen=True, slots=True)
class KeepSignedIn:
    """Hand a session that was opened a moment ago to a browser: its refresh token is good no more, a key is."""

    sessions: Sessions
    new_secret: Callable[[], bytes]
    lifetime: timedelta

    async def __call__(self, welcome: Welcome) -> Stay:
        session_id = RefreshToken.parse(welcome.refresh_token).session_id
        key = BrowserKey(session_id, self.new_secret())
        await self.sessions.change(session_id, lambda session, _: replace(session, refresh_hash=key.hash))
        return Stay(key.text, int(self.lifetime.total_seconds()))


@dataclass(frozen=True, slots=True)
class RecognizeBrowser:
    """Who sits at a browser, while the session is open and its user is not disabled; seconds old, as for tokens."""

    clock: Clock
    sessions: Recent[UUID, Session]

    async def __call__(self, text: str) -> Identity:
        key = BrowserKey.parse(text)
        session = await self.sessions(key.session_id)
        if session is None or not await self._is_good(session, key):
            raise NotAuthenticated("Your session is over. Sign in again.")
        return Identity(session.user_id, session.id)

    async def _is_good(self, session: Session, key: BrowserKey) -> bool:
        fits = compare_digest(session.refresh_hash or b"", key.hash)
        return fits and session.is_open(await self.clock.now())
