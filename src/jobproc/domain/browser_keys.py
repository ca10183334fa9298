"""What a browser shows to be let in again: it names a session, and proves to be the one that opened it."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from jobproc.domain.errors import NotAuthenticated

_ID_BYTES, _SECRET_BYTES = 16, 32


@dataclass(frozen=True, slots=True, repr=False)
class BrowserKey:
    """The key of a session. Its browser keeps the text; only `hash` is stored."""

    session_id: UUID
    secret: bytes

    @classmethod
    def parse(cls, text: str) -> "BrowserKey":
        """A key from its text; whatever is no key: `NotAuthenticated`."""
        key: BrowserKey | None = None
        with suppress(ValueError):
            raw = urlsafe_b64decode(text.encode("ascii") + b"==")
            key = cls(UUID(bytes=raw[:_ID_BYTES]), raw[_ID_BYTES:])
        # One text a key: the decoder passes over what it does not know.
        if key is None or len(key.secret) != _SECRET_BYTES or key.text != text:
            raise NotAuthenticated("Sign in to see this page.")
        return key

    @property
    def text(self) -> str:
        """As its browser keeps it."""
        return urlsafe_b64encode(self.session_id.bytes + self.secret).rstrip(b"=").decode()

    @property
    def hash(self) -> bytes:
        """What is stored of it, in the place of a refresh token's; no refresh token has the same."""
        return hashlib.sha256(b"browser " + self.session_id.bytes + self.secret).digest()

    def __repr__(self) -> str:
        return f"BrowserKey(session_id={self.session_id})"
