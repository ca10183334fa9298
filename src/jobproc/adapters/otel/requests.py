"""A span for each request, which its jobs belong to."""

from opentelemetry.propagate import extract, inject
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, use_span
from starlette.types import ASGIApp, Message, Receive, Scope, Send

QUIET = {"/livez", "/readyz", "/metrics"}


class TracedRequests:
    """Goes on with the caller's trace, or begins one, and leaves its `traceparent` in the state of the request."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        span = self._tracer.start_span(scope["method"], extract(headers), SpanKind.SERVER)

        async def send_seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                span.set_attribute("http.response.status_code", message["status"])
                if message["status"] >= 500:
                    span.set_status(Status(StatusCode.ERROR))
            await send(message)

        with use_span(span, end_on_exit=True):
            carrier: dict[str, str] = {}
            inject(carrier)
            scope.setdefault("state", {})["traceparent"] = carrier.get("traceparent")
            try:
                await self._app(scope, receive, send_seen)
            finally:
                _name(span, scope)


def _name(span: Span, scope: Scope) -> None:
    """After the route, which is found further in."""
    route = scope["state"].get("route", "")
    span.update_name(f"{scope['method']} {route}".rstrip())
    span.set_attribute("http.request.method", scope["method"])
    span.set_attribute("http.route", route)
    span.set_attribute("jobproc.request_id", scope["state"].get("request_id", ""))
