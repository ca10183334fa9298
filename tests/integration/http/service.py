"""The HTTP application in this process, over either profile, with a worker beside it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx2
from fastapi import FastAPI
from starlette.types import ASGIApp

from jobproc.adapters.http.app import create_app
from jobproc.adapters.http.streams import OpenStreams
from jobproc.adapters.memory.queue import MemoryQueue
from jobproc.adapters.security.passwords import Argon2Passwords
from jobproc.application.application import Application
from jobproc.entrypoints.container import MemoryAdapters, ProductionAdapters, adapters_for
from jobproc.entrypoints.container import open_application as open_with
from jobproc.entrypoints.settings import Settings
from tests.integration.http.streaming import Stream

Adapters = MemoryAdapters | ProductionAdapters
# Of tests that ask for more than a user may.
UNLIMITED: dict[str, Any] = {"rate_limit_auth": "off", "rate_limit_submit": "off", "rate_limit_read": "off"}
PASSWORD = "correct-horse-9"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Service:
    """A client of the service, and the application behind it."""

    client: httpx2.AsyncClient
    application: Application
    adapters: Adapters
    served: ASGIApp
    streams: OpenStreams
    app: FastAPI

    async def register(self, username: str = "ada") -> "Visitor":
        """A new user, logged in."""
        answer = await self.client.post("/register", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return Visitor(self.client, answer.json()["access_token"])

    def stream(self, visitor: "Visitor", path: str, **headers: str) -> Stream:
        """Server-sent events as this user."""
        return Stream(self.served, path, visitor.headers | _headers(headers))

    async def send(self, path: str, body: str | bytes, visitor: "Visitor | None" = None) -> httpx2.Response:
        """Post exactly these bytes as JSON."""
        headers = JSON | (visitor.headers if visitor else {})
        return await self.client.post(path, content=body, headers=headers)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a token."""

    client: httpx2.AsyncClient
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What opens the door."""
        return {"Authorization": f"Bearer {self.token}"}

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        """Ask as this user; `if_none_match` is `If-None-Match`."""
        return await self.client.get(path, headers=self.headers | _headers(headers))

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """Send JSON as this user."""
        return await self.client.post(path, json=body, headers=self.headers | _headers(headers))

    async def delete(self, path: str) -> httpx2.Response:
        """Erase as this user."""
        return await self.client.delete(path, headers=self.headers)

    async def submit_v1(self, data: Any = (1, 2, 3), operation: str = "square_sum", **options: Any) -> Any:
        """A new job, as `/v1` shows it."""
        answer = await self.post("/v1/jobs", {"data": data, "operation": operation, **options})
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def until(self, job: str, *statuses: str, seconds: float = 10) -> Any:
        """The job, as `/v1` shows it, once it has one of these statuses; without any: once it is final."""
        wanted = statuses or ("SUCCESS", "FAILED", "CANCELLED")
        async with asyncio.timeout(seconds):
            while True:
                shown = (await self.get(f"/v1/jobs/{job}")).json()
                if shown["status"] in wanted:
                    return shown
                await asyncio.sleep(0.01)

    async def submit(self, data: Any, operation: str = "square_sum") -> str:
        """The id of a new job."""
        answer = await self.post("/jobs", {"data": data, "operation": operation})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["job_id"])

    async def result(self, job: str, seconds: float = 10) -> dict[str, Any]:
        """The job's result once it is final."""
        async with asyncio.timeout(seconds):
            while True:
                answer = (await self.get(f"/jobs/{job}/result")).json()
                if answer["status"] in ("SUCCESS", "FAILED"):
                    return dict(answer)
                await asyncio.sleep(0.01)


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in given.items()}


def quick_adapters(settings: Settings) -> Adapters:
    """The adapters of the profile, with hashes that cost next to nothing: what they cost is tested elsewhere."""
    adapters = adapters_for(settings)
    adapters.passwords.override(Argon2Passwords(memory_kib=8, passes=1))
    return adapters


@asynccontextmanager
async def serving(
    settings: Settings, adapters: Adapters | None = None, *, slots: int = 2
) -> AsyncIterator[Service]:
    """The service while the block runs; without slots nobody works."""
    adapters = adapters or quick_adapters(settings)

    @asynccontextmanager
    async def opened() -> AsyncIterator[Application]:
        async with open_with(settings, adapters) as application, Working(application, slots):
            if isinstance(queue := adapters.queue(), MemoryQueue):
                queue.listen(application.worker.wake)
            yield application

    app = create_app(
        opened,
        max_body_bytes=settings.max_body_bytes,
        max_batch_bytes=settings.max_batch_bytes,
        allowed_hosts=settings.hosts,
        cors_origins=settings.origins,
        metrics_token=settings.token_of_metrics,
    )
    async with lifespan(app) as state:
        served = with_state(app, state)
        async with client_of(served) as client:
            yield Service(client, state["application"], adapters, served, app.state.streams, app)


@dataclass(slots=True)
class Working:
    """A worker in the loop of the test."""

    application: Application
    slots: int
    running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self.slots:
            self.running = asyncio.create_task(self.application.worker(self.slots))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.running:
            self.application.worker.stop()
            await self.running


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """What a server does at its start and at its end; the state that it shares with the requests."""
    async with app.router.lifespan_context(app) as state:
        yield dict(state or {})


def with_state(app: FastAPI, state: dict[str, Any]) -> ASGIApp:
    """The application as a server calls it."""

    async def call(scope: Any, receive: Any, send: Any) -> None:
        await app(scope | {"state": dict(state)}, receive, send)

    return call


@asynccontextmanager
async def client_of(
    app: ASGIApp, address: tuple[str, int] = ("127.0.0.1", 123)
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that speaks to the application without a socket."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False, client=address)
    async with httpx2.AsyncClient(transport=transport, base_url="http://jobproc") as client:
        yield client
