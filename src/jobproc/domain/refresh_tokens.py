"""Refresh tokens: each is good once, and names the session and its own place in the session's row of them."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from jobproc.domain.errors import NotAuthenticated

SECRET_BYTES = 32
_ID_BYTES, _NUMBER_BYTES = 16, 4
_SIZE = _ID_BYTES + _NUMBER_BYTES + SECRET_BYTES


@dataclass(frozen=True, slots=True, repr=False)
class RefreshToken:
    """The token of that number, counted from 0, of a session. Users see its text; only `hash` is stored."""

    session_id: UUID
    number: int
    secret: bytes

    @classmethod
    def parse(cls, text: str) -> "RefreshToken":
        """A token from its text; whatever is no token: `NotAuthenticated`."""
        try:
            raw = urlsafe_b64decode(text.encode("ascii") + b"==")
            token = cls._of(raw) if len(raw) == _SIZE else None
        except ValueError:
            token = None
        # One text a token: the decoder passes over what it does not know.
        if token is None or token.text != text:
            raise NotAuthenticated("This is no refresh token. Log in again.")
        return token

    @classmethod
    def _of(cls, raw: bytes) -> "RefreshToken":
        number = int.from_bytes(raw[_ID_BYTES:-SECRET_BYTES])
        return cls(UUID(bytes=raw[:_ID_BYTES]), number, raw[-SECRET_BYTES:])

    @property
    def text(self) -> str:
        """As its user keeps it."""
        raw = self.session_id.bytes + self.number.to_bytes(_NUMBER_BYTES) + self.secret
        return urlsafe_b64encode(raw).rstrip(b"=").decode()

    @property
    def hash(self) -> bytes:
        """What is stored of it."""
        return hashlib.sha256(self.text.encode()).digest()

    def next(self, secret: bytes) -> "RefreshToken":
        """The one that takes its place."""
        return RefreshToken(self.session_id, (self.number + 1) % 256**_NUMBER_BYTES, secret)

    def __repr__(self) -> str:
        return f"RefreshToken(session_id={self.session_id}, number={self.number})"
