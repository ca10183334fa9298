"""Headers of every answer: what browsers must not do with it, and where its caller stands."""

from collections.abc import Iterable

from starlette.types import Scope

# Pages bring a policy of their own.
SAFE = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}
# The same for everybody, and said to be of a version by their own headers.
KEPT = ("/docs/assets/", "/ui/assets/")
# Who would ask again on this connection asks another process instead, which does not end.
LAST = (b"connection", b"close")


def missing_of(scope: Scope, own: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """What an answer with these headers does not say itself."""
    said = {name.lower() for name, _ in own}
    if scope["path"].startswith(KEPT):
        said.add(b"cache-control")
    missing = [each for each in SAFE.items() if each[0] not in said]
    last = [LAST] if scope["app"].state.stopping else []
    return [*missing, *last, *scope["state"].get("rate_limit", ())]
