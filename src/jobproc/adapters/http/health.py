"""Whether the process is alive, and whether it can do its work."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from jobproc.adapters.http.schemas import ShownReadiness, refusals
from jobproc.application.application import Application
from jobproc.application.health import Readiness
from jobproc.domain.errors import Unavailable

router = APIRouter(tags=["health"])


@router.get("/livez", summary="Whether this process answers", responses=refusals())
async def livez() -> dict[str, str]:
    """Alive; it asks nothing of Postgres or Redis."""
    return {"status": "ok"}


async def _readiness(request: Request) -> Readiness:
    application: Application = request.state.application
    return await application.check_readiness()


@router.get(
    "/readyz",
    summary="Whether this process can do its work",
    response_model=ShownReadiness,
    responses={
        **refusals(),
        503: {
            "description": "A part that is needed is away, or the process is about to end.",
            "model": ShownReadiness,
        },
    },
)
async def readyz(request: Request, readiness: Annotated[Readiness, Depends(_readiness)]) -> JSONResponse:
    """Each part with a few words. Without Redis it is `degraded`, and still ready."""
    stopping = request.app.state.stopping
    status = "stopping" if stopping else str(readiness.status)
    ready = readiness.is_ready and not stopping
    answer = {"status": status, "parts": _shown(readiness)}
    if ready:
        return JSONResponse(answer)
    return JSONResponse(answer, 503, {"Retry-After": str(Unavailable.retry_after)})


def _shown(readiness: Readiness) -> dict[str, Any]:
    return {part.name: {"status": str(part.status), "detail": part.detail} for part in readiness.parts}
