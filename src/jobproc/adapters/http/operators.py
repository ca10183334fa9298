"""The few paths of a process that serves nobody but operators."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from jobproc.adapters.http import health, metrics
from jobproc.adapters.http.app import State
from jobproc.adapters.http.errors import answer_refusals, present_seed
from jobproc.adapters.http.heads import Heads
from jobproc.application.application import Application


def create_operators_app(application: Application, stopping: asyncio.Event, *, metrics_token: str) -> FastAPI:
    """`/livez`, `/readyz` and `/metrics` over an application that is open already, and ready until it is stopping."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        turning_off = asyncio.create_task(_turn_off(app, stopping))
        try:
            yield {"application": application}
        finally:
            turning_off.cancel()

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    app.state.metrics_token = metrics_token
    app.state.stopping = False
    answer_refusals(app, present_seed)
    app.add_middleware(Heads)
    for router in (health.router, metrics.router):
        app.include_router(router)
    return app


async def _turn_off(app: FastAPI, stopping: asyncio.Event) -> None:
    await stopping.wait()
    app.state.stopping = True
