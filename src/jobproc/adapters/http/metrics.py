"""The numbers of this process, for who may see them."""

import hmac
from ipaddress import ip_address

from fastapi import APIRouter, Request
from fastapi.responses import Response

from jobproc.adapters.http.schemas import refusals
from jobproc.application.application import Application
from jobproc.domain.errors import NotAuthenticated, Refused

router = APIRouter(tags=["health"])
# A proxy on the same machine speaks for others, and says so.
SPEAKING_FOR_OTHERS = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
REFUSED = {
    401: "The metrics need their own token: JOBPROC_METRICS_TOKEN.",
    403: "Set JOBPROC_METRICS_TOKEN to ask for the metrics from elsewhere.",
}


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={
        200: {"description": "The text format of Prometheus.", "content": {"text/plain": {}}},
        **refusals(401, 403, told=REFUSED),
    },
)
async def metrics(request: Request) -> Response:
    """What this process has counted, and how the queue is now."""
    _check(request, request.app.state.metrics_token)
    application: Application = request.state.application
    shown = application.show_metrics
    return Response(await shown(), media_type=shown.content_type)


def _check(request: Request, token: str) -> None:
    if token:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {token}".encode()):
            raise NotAuthenticated(REFUSED[401])
    elif not _is_local(request):
        raise Refused(REFUSED[403])


def _is_local(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in SPEAKING_FOR_OTHERS):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
