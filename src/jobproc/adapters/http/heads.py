"""HEAD is GET without the body (RFC 9110, 9.3.2): for whoever only wants to know that something is there."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """Asks for what GET would give, and passes on its head; a stream ends with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_over = False

        async def send_head(message: Message) -> None:
            nonlocal is_over
            if is_over:
                return
            if is_over := message["type"] == "http.response.body":
                message = {"type": "http.response.body"}
            await send(message)

        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send_head)
        finally:
            # Who sees every request wants to know its route.
            scope.update({**asked, "method": "HEAD"})
