"""An access token that has ended is renewed behind the scenes, once."""

import asyncio
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

import httpx2
import pytest

from jobproc.client import AsyncClient, Client, NotAuthenticated, Tokens
from jobproc.client.blocking.running import run
from jobproc.client.core import accounts, jobs
from jobproc.client.core.calls import Answer, Call
from jobproc.client.core.session import HeldTokens, Session
from tests.unit.client.fake import ID, FakeWire, answer, job, problem, session

PAIR = Tokens("access-1", "refresh-1")


@dataclass
class Door:
    """Knows the tokens of one session, and lets in whoever has the newest."""

    good: int = 1
    spent: list[str] = field(default_factory=list)

    def __call__(self, call: Call) -> Answer:
        """Renew, or let in."""
        if call.path == "/v1/auth/refresh":
            return self._renew(call.body or "")
        if call.headers.get("Authorization") != f"Bearer access-{self.good}":
            return problem(401, "not-authenticated")
        return answer(200, job("SUCCESS"))

    def _renew(self, body: str) -> Answer:
        if f'"refresh-{self.good}"' not in body:
            return problem(401, "refresh-reused")
        self.spent.append(body)
        self.good += 1
        return answer(200, {"access_token": f"access-{self.good}", "refresh_token": f"refresh-{self.good}"})

    def http(self, request: httpx2.Request) -> httpx2.Response:
        """The same over HTTP."""
        time.sleep(0.01)
        found = self(
            Call(request.method, request.url.path, headers=_headers(request), body=request.content.decode())
        )
        return httpx2.Response(found.status, content=found.body)


def _headers(request: httpx2.Request) -> dict[str, str]:
    return {"Authorization": request.headers.get("authorization", "")}


STALE = Tokens("access-0", "refresh-1")


def test_an_ended_token_is_renewed_and_kept() -> None:
    wire = FakeWire(door := Door())
    store = HeldTokens(STALE)
    assert run(jobs.get(Session(wire, store), ID)).result == 14
    assert store.load() == Tokens("access-2", "refresh-2")
    assert len(door.spent) == 1


def test_threads_that_share_a_client_renew_once() -> None:
    door, results = Door(), list[object]()
    with Client("http://fake", store=HeldTokens(STALE), transport=httpx2.MockTransport(door.http)) as client:
        threads = [threading.Thread(target=lambda: results.append(client.job(ID).result())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == [14] * 8
    assert len(door.spent) == 1


def test_tasks_that_share_a_client_renew_once() -> None:
    door = Door()

    async def main() -> list[object]:
        transport = httpx2.MockTransport(door.http)
        async with AsyncClient("http://fake", store=HeldTokens(STALE), transport=transport) as client:
            return [job.view.result for job in await asyncio.gather(*(client.job(ID) for _ in range(8)))]

    assert asyncio.run(main()) == [14] * 8
    assert len(door.spent) == 1


class SharedTokens(HeldTokens):
    """Another process stores newer tokens between the first look and the second."""

    def load(self) -> Tokens | None:
        """Stale at first."""
        before, self.tokens = self.tokens, Tokens("access-1", "refresh-1")
        return before


def test_tokens_that_another_process_has_renewed_are_taken_over() -> None:
    wire = FakeWire(door := Door())
    assert run(jobs.get(Session(wire, SharedTokens(Tokens("access-0", "refresh-0"))), ID)).result == 14
    assert door.spent == []


def test_a_session_that_has_ended_is_told_as_such() -> None:
    wire = FakeWire(Door())
    with pytest.raises(NotAuthenticated):
        run(jobs.get(session(wire, Tokens("access-0", "refresh-0")), ID))


def test_an_api_key_is_never_renewed() -> None:
    wire = FakeWire(Door())
    with pytest.raises(NotAuthenticated):
        run(jobs.get(session(wire, Tokens("jp_wrong")), ID))
    assert wire.asked() == {f"/v1/jobs/{ID}": 1}


def test_logging_out_forgets_the_tokens_even_when_the_service_refuses() -> None:
    for outcome in (answer(204), problem(401, "not-authenticated"), problem(403, "insufficient-scope")):
        store = HeldTokens(Tokens("jp_key"))
        with suppress(Exception):
            run(accounts.logout(Session(FakeWire(lambda _, outcome=outcome: outcome), store)))  # type: ignore[misc]
        assert store.load() is None


def test_no_secret_shows_in_a_repr() -> None:
    assert "access-1" not in repr(PAIR) + repr(HeldTokens(PAIR))
    assert "refresh-1" not in repr(PAIR)
