"""The use-cases of accounts over memory, with a clock that the test moves."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

from uuid_utils.compat import uuid7

from jobproc.adapters.memory.api_keys import MemoryApiKeys
from jobproc.adapters.memory.clock import MemoryClock, utc_now
from jobproc.adapters.memory.rates import MemoryLoginAttempts
from jobproc.adapters.memory.sessions import MemorySessions
from jobproc.adapters.memory.users import MemoryUsers
from jobproc.adapters.security.tokens import JwtTokens
from jobproc.application.accounts import ChangePassword, GetUser, Login, Register
from jobproc.application.api_keys import MakeApiKey
from jobproc.application.authentication import Authenticate, OfEnabled
from jobproc.application.browsers import KeepSignedIn, RecognizeBrowser
from jobproc.application.rates import GuardLogins
from jobproc.application.recent import RECENT_SECONDS, Recent
from jobproc.application.sessions import (
    GiveTokens,
    Logout,
    LogoutEverywhere,
    OpenSession,
    RefreshSession,
)
from jobproc.application.users import SwitchUser
from jobproc.domain.users import Password, User, Username

PASSWORD = "correct-horse-9"
MONTH = timedelta(days=30)


class PlainPasswords:
    """Fast; tells how often it was asked. A new generation makes all hashes before it outdated."""

    def __init__(self) -> None:
        self.asked = 0
        self.generation = 1
        self.meanwhile: Callable[[], Awaitable[Any]] | None = None

    async def hash(self, password: Password) -> str:
        """Nothing is hidden."""
        if self.meanwhile:
            await self.meanwhile()
        return f"{self.generation}: {password.secret}"

    async def verify(self, password: Password | None, hash: str | None) -> bool:
        """Whether they are the same."""
        self.asked += 1
        return bool(password and hash) and hash.partition(": ")[2] == password.secret  # type: ignore[union-attr]

    def is_outdated(self, hash: str) -> bool:
        """Whether it is of another generation."""
        return not hash.startswith(f"{self.generation}: ")

    async def weakness(self, password: Password, username: Username) -> str | None:
        """It says so itself, or has the name in it."""
        return "It says so." if "weak" in password.secret or username.text in password.secret else None


class House:
    """Everything that accounts need. What was seen is remembered for `RECENT_SECONDS` that only the test lets pass."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.moment = 0.0
        self.clock = clock = MemoryClock(lambda: utc_now() + self.ahead)
        self.users, self.sessions, self.passwords = (
            MemoryUsers(clock),
            MemorySessions(clock),
            PlainPasswords(),
        )
        self.api_keys, self.tokens = MemoryApiKeys(), JwtTokens({"kid": "s" * 32}, timedelta(hours=1))
        give_tokens, new_secret = GiveTokens(self.tokens), partial(secrets.token_bytes, 32)
        self.open_session = OpenSession(self.sessions, clock, uuid7, new_secret, MONTH, give_tokens)
        self.register = Register(self.users, self.passwords, clock, uuid7, self.open_session)
        self.guard = GuardLogins(MemoryLoginAttempts(lambda: self.ahead.total_seconds()))
        self.login = Login(self.users, self.passwords, self.guard, self.open_session)
        self.refresh = RefreshSession(self.sessions, self.users, new_secret, MONTH, give_tokens)
        self.logout, self.logout_everywhere = Logout(self.sessions), LogoutEverywhere(self.sessions)
        self.change_password = ChangePassword(
            GetUser(self.users), self.users, self.passwords, self.guard, self.sessions
        )
        self.make_api_key = MakeApiKey(self.api_keys, clock, uuid7, new_secret)
        self.disable_user = SwitchUser(self.users, User.disable)
        self.enable_user = SwitchUser(self.users, User.enable)
        sessions = self._recent(self.sessions.get)
        self.authenticate = Authenticate(self.tokens, clock, sessions, self._recent(self.api_keys.hashed))
        self.keep_signed_in = KeepSignedIn(self.sessions, new_secret, MONTH)
        self.recognize_browser = RecognizeBrowser(clock, sessions)

    def pass_moments(self) -> None:
        """What was seen is no longer recent."""
        self.moment += RECENT_SECONDS

    def _recent(self, find: Any) -> Recent[Any, Any]:
        return Recent(OfEnabled(find, self.users), now=lambda: self.moment)
