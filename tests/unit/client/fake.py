"""A service that answers as the test says, with a clock of its own."""

import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from jobproc.client.core.calls import Answer, Call, refusal_of
from jobproc.client.core.session import HeldTokens, Session, Tokens
from jobproc.client.core.wire import NoAnswer, ServerSentEvent

Handler = Callable[[Call], Answer]
# A number is so many seconds of silence.
Opened = list[ServerSentEvent | NoAnswer | Answer | float]
TIME = "2026-01-31T09:30:00.000000Z"
ID = "01938f9e-3b54-7c7a-a3a1-4c0d7f6f3f10"


@dataclass
class FakeWire:
    """Counts what is asked; sleeping only moves its clock."""

    handle: Handler = lambda call: answer(404)
    streams: list[Opened] = field(default_factory=list)
    url: str = "http://fake"
    calls: list[Call] = field(default_factory=list)
    sleeps: list[float] = field(default_factory=list)
    time: float = 0.0

    async def send(self, call: Call, seconds: float) -> Answer:
        """As the handler says; `NoAnswer` is raised by it."""
        self.calls.append(call)
        return self.handle(call)

    async def listen(self, call: Call) -> AsyncGenerator[ServerSentEvent | None]:
        """The next of the streams."""
        self.calls.append(call)
        stream = self.streams.pop(0)
        if isinstance(first := stream[0], Answer):
            raise refusal_of(first)
        yield None
        for each in stream:
            if isinstance(each, float):
                self.time += each
                continue
            if isinstance(each, NoAnswer):
                raise each
            assert isinstance(each, ServerSentEvent)
            yield each

    def now(self) -> float:
        """The time that was slept."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """At once."""
        self.sleeps.append(seconds)
        self.time += seconds

    def alone(self) -> AbstractAsyncContextManager[None]:
        """Nobody else is there."""
        return nullcontext()

    def asked(self) -> Counter[str]:
        """How often each path was asked."""
        return Counter(call.path for call in self.calls)


def session(wire: FakeWire, tokens: Tokens | None = None, patience: float = 60) -> Session:
    """Somebody who talks over it."""
    return Session(wire, HeldTokens(tokens), patience)


def answer(status: int = 200, body: Any = None, **headers: str) -> Answer:
    """JSON with these headers; `retry_after` is `retry-after`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, json.dumps(body).encode())


def problem(status: int, code: str, **headers: str) -> Answer:
    """A refusal."""
    return answer(status, {"code": code, "detail": f"about {code}", "status": status}, **headers)


def turns(*outcomes: Answer | Exception) -> Handler:
    """One after the other; the last one for ever."""
    left = list(outcomes)

    def handle(_: Call) -> Answer:
        outcome = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return handle


def routes(table: Mapping[str, Handler]) -> Handler:
    """By path."""
    return lambda call: table[call.path](call)


def job(status: str = "PENDING", version: int = 1, **members: Any) -> dict[str, Any]:
    """A job, as the service shows it."""
    return {
        "id": ID,
        "operation": "square_sum",
        "status": status,
        "data": [1, 2, 3],
        "result": 14 if status == "SUCCESS" else None,
        "error": None,
        "priority": 0,
        "tags": [],
        "batch_id": None,
        "attempt": 0,
        "max_attempts": 3,
        "timeout_seconds": 300,
        "progress": None,
        "run_at": TIME,
        "created_at": TIME,
        "started_at": None,
        "finished_at": None,
        "expires_at": None,
        "version": version,
    } | members


def status_event(status: str, version: int, now: int | None = None) -> ServerSentEvent:
    """A change of status; `now` is the version that the job has when it is told."""
    step = {"version": version, "status": status, "attempt": 1, "at": TIME, "cause": "claimed"}
    shown = job(status, now or version)
    return ServerSentEvent("status", str(version), json.dumps(step | {"job": shown}))
