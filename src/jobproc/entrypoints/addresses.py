"""Addresses of servers in the settings; they hold passwords."""

from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from pydantic import SecretStr

from jobproc.entrypoints.examples import is_example


def given(secret: SecretStr | None) -> bool:
    """Whether there is anything in it."""
    return bool(revealed(secret))


def revealed(secret: SecretStr | None) -> str:
    """What is in it."""
    return secret.get_secret_value() if secret else ""


def good_url(*schemes: str) -> Callable[[SecretStr | None], SecretStr | None]:
    """Takes an address with one of these schemes, and a port that is a number."""

    def check(url: SecretStr | None) -> SecretStr | None:
        if given(url) and not _is_url(revealed(url), schemes):
            raise ValueError(f"use {schemes[0]}://host:port/…")
        return url

    return check


def good_database(url: SecretStr | None) -> SecretStr | None:
    """What the driver makes of the rest is seen when it connects."""
    if given(url) and not revealed(url).startswith("postgres"):
        raise ValueError("use postgresql://user:password@host:port/name")
    if given(url) and is_example(revealed(url).partition("@")[0].rpartition(":")[2]):
        raise ValueError("its password is still that of an example; make one: openssl rand -hex 16")
    return url


def _is_url(text: str, schemes: Collection[str]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme.partition("+")[0] in schemes and parts.port != 0
    except ValueError:
        return False
