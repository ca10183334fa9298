"""The login that is kept between commands: one file that only its owner can read."""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer import get_app_dir

from jobproc.client.core.session import Tokens


@dataclass(frozen=True, slots=True)
class CredentialFile:
    """The tokens of a login, and the service that they are for and never sent elsewhere than to."""

    path: Path
    url: str

    @classmethod
    def kept(cls) -> "CredentialFile | None":
        """The one of the last login; None when nobody is logged in."""
        url = _read(path := _place()).get("url")
        return cls(path, url) if isinstance(url, str) else None

    @classmethod
    def of(cls, url: str) -> "CredentialFile":
        """The one of a login that is about to be made."""
        return cls(_place(), url)

    def load(self) -> Tokens | None:
        """As they are now: another command may have renewed them."""
        kept = _read(self.path)
        return (
            Tokens(kept["access_token"], kept.get("refresh_token")) if kept.get("url") == self.url else None
        )

    def save(self, tokens: Tokens | None) -> None:
        """Keep them, or forget them; who reads at the same time sees either the old ones or the new ones."""
        if tokens is None:
            self.path.unlink(missing_ok=True)
            return
        kept = {"url": self.url, "access_token": tokens.access, "refresh_token": tokens.refresh}
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(self.path, json.dumps(kept))


def _place() -> Path:
    return Path(get_app_dir("jobproc"), "credentials.json")


def _read(path: Path) -> dict[str, Any]:
    """What cannot be read as credentials is none."""
    with suppress(FileNotFoundError, ValueError):
        kept = json.loads(path.read_text())
        if isinstance(kept, dict) and isinstance(kept.get("access_token"), str):
            return kept
    return {}


def _write(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
