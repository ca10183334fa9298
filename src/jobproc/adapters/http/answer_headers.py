"""Headers of every answer: what browsers must not do with it, and where its caller stands."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

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


class AnswerHeaders:
    """Adds what the answer does not say itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                message = {**message, "headers": [*own, *_missing(scope, {name.lower() for name, _ in own})]}
            await send(message)

        await self._app(scope, receive, send_safely)


def _missing(scope: Scope, own: set[bytes]) -> list[tuple[bytes, bytes]]:
    said = own | {b"cache-control"} if scope["path"].startswith(KEPT) else own
    missing = [(name, value) for name, value in SAFE.items() if name not in said]
    last = [LAST] if scope["app"].state.stopping else []
    return [*missing, *last, *scope.get("state", {}).get("rate_limit", ())]
