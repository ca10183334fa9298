"""How a client begins: where the service is, and who asks."""

import os
from urllib.parse import urlsplit

from jobproc.client.core.session import HeldTokens, Tokens, TokenStore
from jobproc.client.errors import InvalidInput

URL, TOKEN = "JOBPROC_URL", "JOBPROC_TOKEN"
MISSING_URL, INVALID_URL = "no-url", "invalid-url"


def url_of(given: str | None) -> str:
    """The address without a slash at its end, by default `JOBPROC_URL`; none, or none of HTTP: `InvalidInput`."""
    url = given or os.environ.get(URL, "")
    if not url:
        raise InvalidInput(f"Where is the service? Give its URL, or set {URL}.", code=MISSING_URL)
    if not _is_address(url):
        raise InvalidInput(f"{url!r} is no URL such as https://jobs.example.org.", code=INVALID_URL)
    return url.rstrip("/")


def store_of(token: str | None, store: TokenStore | None) -> TokenStore:
    """A given token, else a given store, else `JOBPROC_TOKEN`."""
    if token is None and store is not None:
        return store
    given = token or os.environ.get(TOKEN)
    return HeldTokens(Tokens(given) if given else None)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
