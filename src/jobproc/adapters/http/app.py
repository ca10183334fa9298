"""The HTTP application: routes, refusals, docs, over an application that is opened with the server."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import TypedDict

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp

from jobproc.adapters.http import docs, health, metrics, problems, seed, ui, v1
from jobproc.adapters.http.errors import Presenter, Refusal, answer_refusals, present_seed
from jobproc.adapters.http.frame import Frame
from jobproc.adapters.http.heads import Heads
from jobproc.adapters.http.hosts import Hosts
from jobproc.adapters.http.problems import present_problem
from jobproc.adapters.http.quick_lane import QuickLane, QuickRoute
from jobproc.adapters.http.streams import OpenStreams
from jobproc.adapters.http.ui.errors import present_page
from jobproc.application.application import Application

DESCRIPTION = """\
Run registered Python functions as durable jobs, and watch them.

Register, take the `access_token` from the answer, press **Authorize** and paste it: every call below is then yours.
"""


# What a page of another origin may send, and may read of an answer.
SENT = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "X-Request-Id",
)
READ = (
    "ETag",
    "Idempotent-Replayed",
    "Link",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
)
# The framework's own spans would stand beside ours (`adapters/otel`). To ask for each request whether anybody wants
# them takes a tenth of the processor where one comes after another.
NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False)


class State(TypedDict):
    """What the requests of one server share."""

    application: Application


class Service(FastAPI):
    """Names every request before anything else sees it: the answer to what nobody foresaw carries its id, too."""

    def build_middleware_stack(self) -> ASGIApp:
        """FastAPI's own stack, within ours."""
        quick = QuickLane(super().build_middleware_stack(), routes=QUICK, present=_present)
        stack: ASGIApp = Heads(ServerErrorMiddleware(quick, self.exception_handlers[Exception]))
        if origins := self.state.cors_origins:
            stack = CORSMiddleware(
                stack, origins, ("DELETE", "GET", "HEAD", "POST"), allow_headers=SENT, expose_headers=READ
            )
        framed = Frame(stack, hosts=Hosts(self.state.allowed_hosts), present=_present)
        return self.state.around(framed)  # type: ignore[no-any-return]


def create_app(
    open_application: Callable[[], AbstractAsyncContextManager[Application]],
    *,
    max_body_bytes: int,
    max_batch_bytes: int,
    allowed_hosts: Collection[str] = ("*",),
    cors_origins: Collection[str] = (),
    body_seconds: float = 30,
    metrics_token: str = "",
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> FastAPI:
    """An ASGI application; `open_application` is entered when the server starts and left when it stops.

    `around` puts something around all of it.
    """
    app = Service(
        title="jobproc",
        description=DESCRIPTION,
        version=version("jobproc"),
        lifespan=_lifespan(open_application),
        redirect_slashes=False,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        routes=ROUTER.routes,
        telemetry=NO_TELEMETRY,
    )
    app.state.max_body_bytes = max_body_bytes
    app.state.max_batch_bytes = max_batch_bytes
    app.state.streams = OpenStreams()
    app.state.stopping = False
    app.state.body_seconds = body_seconds
    app.state.metrics_token = metrics_token
    app.state.around = around
    app.state.allowed_hosts = allowed_hosts
    app.state.cors_origins = cors_origins
    answer_refusals(app, _present)
    return app


# What is done ten times as often as all else.
QUICK = (
    QuickRoute("POST", "/jobs", seed.submit_job),
    QuickRoute("GET", "/jobs/{job_id}/result", seed.job_result),
    QuickRoute("POST", "/v1/jobs", v1.jobs.submit_job),
)
# One for all applications of a process: the framework looks through each route again for every router it is put in.
# What an application sets for its routes would not reach these, as its `dependency_overrides`.
ROUTER = APIRouter(generate_unique_id_function=lambda route: route.name)
for each in (seed, v1, health, metrics, problems, docs, ui):
    ROUTER.include_router(each.router)


def _lifespan(
    open_application: Callable[[], AbstractAsyncContextManager[Application]],
) -> Callable[[FastAPI], AbstractAsyncContextManager[State]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        async with open_application() as application:
            yield {"application": application}

    return lifespan


PRESENTERS: Mapping[str, Presenter] = {"v1": present_problem, "ui": present_page}


def _present(request: Request, refusal: Refusal) -> Response:
    surface = request.url.path.split("/")[1]
    return PRESENTERS.get(surface, present_seed)(request, refusal)
