"""API keys: what scripts send in the place of a login."""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from jobproc.domain.errors import Fault, InvalidInput
from jobproc.domain.scopes import Scope

PREFIX = "jp_"
SECRET_BYTES = 32
MOST_KEYS = 100


def key_text(secret: bytes) -> str:
    """A key as its user keeps it."""
    return PREFIX + urlsafe_b64encode(secret).rstrip(b"=").decode()


def hash_of(text: str) -> bytes:
    """What is stored of a key; a long random text needs no slow hash."""
    return hashlib.sha256(text.encode(errors="replace")).digest()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of one user that opens some doors, for ever or until a time."""

    id: UUID
    user_id: UUID
    name: str
    scopes: frozenset[Scope]
    hash: bytes
    created_at: datetime
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.expires_at is not None and self.expires_at <= self.created_at:
            fault = Fault("/expires_at", "past", "Name a time in the future, or none.")
            raise InvalidInput("The key would be over already.", faults=[fault])

    def is_good(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.expires_at is None or now < self.expires_at
