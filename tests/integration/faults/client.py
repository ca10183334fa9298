"""A user of the service who writes down what was promised to them, and every answer."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

from tests.integration.processes.running import PASSWORD, wait_for

FINAL = ("SUCCESS", "FAILED", "CANCELLED")
TIMEOUT = 10.0
# A connection that nobody has used for so long is used no more.
IDLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: its status, or the name of what broke it; when it began and how long it took."""

    what: str
    status: int | str
    began: float
    seconds: float
    retry_after: str | None = None


@dataclass(slots=True)
class Accepted:
    """A job that was promised, what was asked for, and whether its owner tried to cancel it."""

    operation: str
    data: Any
    max_attempts: int
    cancelled: bool = False


@dataclass(slots=True)
class Ledger:
    """Everything that was promised and is not proven yet, and every answer."""

    answers: list[Answer] = field(default_factory=list)
    accepted: dict[str, Accepted] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Client:
    """Somebody with a token. Several threads may use it at once."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        self.ledger = ledger
        limits = httpx2.Limits(
            max_connections=None, max_keepalive_connections=8, keepalive_expiry=IDLE_SECONDS
        )
        self._http = httpx2.Client(base_url=url, trust_env=False, timeout=TIMEOUT, limits=limits)
        self.headers: dict[str, str] = {}

    def register(self, username: str) -> None:
        """A new account."""
        answer = self._http.post("/register", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def close(self) -> None:
        """Leave no connection open."""
        self._http.close()

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response | None:
        """The answer, written down; None where there was none."""
        began = time.monotonic()
        answer: httpx2.Response | None = None
        status: int | str
        try:
            answer = self._http.request(method, path, json=body, headers=self.headers | dict(headers or {}))
            status = answer.status_code
        except httpx2.TransportError as error:
            status = type(error).__name__
        waited = answer.headers.get("Retry-After") if answer is not None else None
        seconds = time.monotonic() - began
        with self.ledger.lock:
            self.ledger.answers.append(Answer(f"{method} {path}", status, began, seconds, waited))
        return answer

    def try_submit(self, operation: str, data: Any, key: str, **options: Any) -> str | None:
        """The id of the job of that key, if the service has taken it."""
        body = {"operation": operation, "data": data, **options}
        answer = self.ask("POST", "/v1/jobs", body, {"Idempotency-Key": key})
        if answer is None or answer.status_code == 503:
            return None
        assert answer.status_code == 202, f"{answer.status_code}: {answer.text}"
        job = answer.json()
        promised = Accepted(operation, data, job["max_attempts"])
        with self.ledger.lock:
            self.ledger.accepted.setdefault(job["id"], promised)
        return str(job["id"])

    def submit(self, operation: str, data: Any = None, *, seconds: float = 30, **options: Any) -> str:
        """The id of a new job, asked for again and again until the service takes it."""
        key, deadline = uuid4().hex, time.monotonic() + seconds
        while (job := self.try_submit(operation, data, key, **options)) is None:
            assert time.monotonic() < deadline, "the service took no job"
            time.sleep(0.1)
        return job

    def job(self, id: str) -> dict[str, Any]:
        """The job, empty while nobody tells."""
        answer = self.ask("GET", f"/v1/jobs/{id}")
        return dict(answer.json()) if answer is not None and answer.status_code == 200 else {}

    def until(self, id: str, *statuses: str, seconds: float = 15) -> dict[str, Any]:
        """The job as soon as it has one of these statuses; without any, once it is final."""
        job: dict[str, Any] = {}

        def is_there() -> bool:
            nonlocal job
            job = self.job(id)
            return job.get("status") in (statuses or FINAL)

        wait_for(is_there, seconds)
        return job

    def timeline(self, id: str) -> list[dict[str, Any]]:
        """Every change of the job."""
        answer = self.ask("GET", f"/v1/jobs/{id}/events")
        return list(answer.json()["items"]) if answer is not None and answer.status_code == 200 else []

    def cancel(self, id: str) -> int | None:
        """The status of the answer, if there was one."""
        self.ledger.accepted[id].cancelled = True
        answer = self.ask("POST", f"/v1/jobs/{id}/cancel")
        return answer.status_code if answer is not None else None
