"""The HTTP application: routes, refusals, docs, over an application that is opened with the server."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import TypedDict

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from jobproc.adapters.http import docs, errors, health, seed
from jobproc.application.application import Application
from jobproc.domain.errors import JobprocError

DESCRIPTION = """\
Run registered Python functions as durable jobs, and watch them.

Register, take the `access_token` from the answer, press **Authorize** and paste it: every call below is then yours.
"""


class State(TypedDict):
    """What the requests of one server share."""

    application: Application


def create_app(
    open_application: Callable[[], AbstractAsyncContextManager[Application]], *, max_body_bytes: int
) -> FastAPI:
    """An ASGI application; `open_application` is entered when the server starts and left when it stops."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        async with open_application() as application:
            yield {"application": application}

    app = FastAPI(
        title="jobproc",
        description=DESCRIPTION,
        version=version("jobproc"),
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        exception_handlers={
            JobprocError: errors.seed_refusal,
            HTTPException: errors.seed_http_error,
            RequestValidationError: errors.seed_invalid_request,
            Exception: errors.seed_failure,
        },
    )
    app.state.max_body_bytes = max_body_bytes
    for router in (seed.router, health.router, docs.router):
        app.include_router(router)
    return app
