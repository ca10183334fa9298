"""Users and the names they go by."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from jobproc.domain.errors import Fault, InvalidInput

_ALLOWED = re.compile(r"[a-z0-9_.-]{3,64}")
MIN_PASSWORD_BYTES = 8
MAX_PASSWORD_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Username:
    """A folded name: NFKC and case folding first, so that look-alikes of one name are one name."""

    text: str

    @classmethod
    def parse(cls, raw: str) -> "Username":
        """Fold and check; wrong: `InvalidInput` at `/username`."""
        text = fold(raw)
        if not _ALLOWED.fullmatch(text):
            raise _invalid("/username", "Use 3 to 64 of the characters a-z, 0-9, '_', '.' and '-'.")
        return cls(text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, repr=False)
class Password:
    """A password as typed, in NFC, never shown."""

    secret: str

    @classmethod
    def parse(cls, raw: str, pointer: str = "/password") -> "Password":
        """Normalise and check the length in UTF-8 bytes; wrong: `InvalidInput` at `pointer`."""
        try:
            size = len((text := unicodedata.normalize("NFC", raw)).encode())
        except UnicodeEncodeError:
            raise _invalid(pointer, "Use characters that UTF-8 can carry.") from None
        if not MIN_PASSWORD_BYTES <= size <= MAX_PASSWORD_BYTES:
            raise _invalid(pointer, f"Use {MIN_PASSWORD_BYTES} to {MAX_PASSWORD_BYTES} bytes.")
        return cls(text)

    def __repr__(self) -> str:
        return "Password(…)"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with jobs. `password_hash` holds everything needed to check a password."""

    id: UUID
    username: Username
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None

    def disable(self, now: datetime) -> "User":
        """Out; once more changes nothing."""
        return self if self.disabled_at else replace(self, disabled_at=now)

    def enable(self, _: datetime) -> "User":
        """In again, with everything that was open."""
        return replace(self, disabled_at=None)

    def exchange_hash(self, known: str, hash: str) -> "User":
        """Another hash in the place of the known one; when that has changed meanwhile, nothing."""
        return replace(self, password_hash=hash) if self.password_hash == known else self

    def __repr__(self) -> str:
        return f"User(id={self.id}, username={self.username})"


def fold(raw: str) -> str:
    """One spelling for all that mean the same name, whether anybody may be called so or not."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", raw).casefold())


def easy_to_guess(pointer: str, reason: str) -> InvalidInput:
    """The refusal of a weak password."""
    return _invalid(pointer, f"Too easy to guess. {reason}".strip(), "weak")


def _invalid(pointer: str, detail: str, code: str = "invalid") -> InvalidInput:
    return InvalidInput(f"{pointer[1:]}: {detail}", faults=[Fault(pointer, code, detail)])
