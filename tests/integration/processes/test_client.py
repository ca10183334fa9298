"""The blocking client against real processes: what restarts under it is not its user's concern."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobproc.adapters.embedded.valkey import EmbeddedValkey
from jobproc.client import Client, JobStatus, StatusEvent
from tests.integration.processes.lossy import lossy_way
from tests.integration.processes.running import PASSWORD, Program, free_port, production, started

pytestmark = [pytest.mark.real, pytest.mark.slow]

NAPS = '''
import time
from jobproc import Context, operation

@operation
def nap(data: float, context: Context) -> str:
    """Sleep."""
    for tenth in range(10):
        time.sleep(data / 10)
        context.progress(tenth + 1, 10)
    return "slept"
'''


class Api:
    """The API at one place, whose process comes and goes."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self._folder, self._variables = folder, variables
        self.port = str(free_port())
        self.url = f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[Program]:
        """A process of it."""
        with started(self._folder, "api", "--port", self.port, **self._variables) as program:
            yield program


@contextmanager
def ada_at(url: str) -> Iterator[Client]:
    with Client(url, patience=60) as client:
        client.register("ada", PASSWORD)
        yield client


@pytest.fixture
def variables(folder: Path, database_url: str, redis_url: str) -> dict[str, str]:
    (folder / "naps.py").write_text(NAPS)
    return production(database_url, redis_url, OPERATIONS="naps")


def test_a_restart_of_the_api_is_hidden_from_who_submits_waits_and_follows(
    folder: Path, variables: dict[str, str]
) -> None:
    api = Api(folder, variables)
    with started(folder, "worker", **variables), api.running() as first, ada_at(api.url) as ada:
        napping, slept, followed = ada.submit("nap", 4), list[str](), list[str]()
        threads = [
            threading.Thread(target=lambda: slept.append(napping.result(60))),
            threading.Thread(target=lambda: followed.extend(statuses(ada, napping.id))),
        ]
        for thread in threads:
            thread.start()
        assert ada.submit("square_sum", [1, 2, 3]).result() == 14
        first.process.kill()
        first.process.wait()
        threads.append(
            submitting := threading.Thread(target=lambda: slept.append(ada.submit("nap", 0).result(60)))
        )
        submitting.start()
        with api.running() as second:
            for thread in threads:
                thread.join(60)
            assert slept.count("slept") == 2
            assert (followed[0], followed[-1]) == ("PENDING", "SUCCESS")
            assert len(followed) == len(set(followed))
            assert len(list(ada.jobs())) == 3
            assert second.end(signal.SIGTERM) == 0


def statuses(ada: Client, id: str) -> Iterator[str]:
    for event in ada.job(id).events():
        if isinstance(event, StatusEvent):
            yield event.step.status


def test_a_restart_of_redis_is_hidden_from_who_submits_waits_and_follows(
    folder: Path, database_url: str
) -> None:
    (folder / "naps.py").write_text(NAPS)
    valkey = EmbeddedValkey(folder / "valkey", persist=False)
    variables = production(database_url, valkey.start(), OPERATIONS="naps")
    api = Api(folder, variables)
    parts = started(folder, "worker", **variables), started(folder, "maintenance", **variables)
    try:
        with parts[0], parts[1], api.running(), ada_at(api.url) as ada:
            napping = ada.submit("nap", 3)
            valkey.stop()
            began = time.monotonic()
            assert ada.submit("square_sum", [1, 2, 3]).result(60) == 14
            valkey.start()
            assert list(statuses(ada, napping.id)) == ["PENDING", "IN_PROGRESS", "SUCCESS"]
            assert ada.submit("square_sum", [1, 2]).result(60) == 5
            assert time.monotonic() - began < 60
    finally:
        valkey.stop()


def test_events_of_all_jobs_come_while_they_happen(folder: Path) -> None:
    (folder / "naps.py").write_text(NAPS)
    api = Api(folder, {"PROFILE": "memory", "OPERATIONS": "naps"})
    with api.running(), ada_at(api.url) as ada:
        ready, done = threading.Event(), threading.Event()
        threading.Thread(target=listen, args=(ada, ready, done), daemon=True).start()
        assert ready.wait(20)
        ada.submit("square_sum", [1])
        assert done.wait(20)
        job = ada.submit("nap", 0.5)
        assert [progress.done for progress in job.progress()][-1:] == [10]
        assert job.result() == "slept"


def listen(ada: Client, ready: threading.Event, done: threading.Event) -> None:
    for event in ada.events():
        ready.set()
        if isinstance(event, StatusEvent) and event.step.status is JobStatus.SUCCESS:
            done.set()
            return


def test_what_is_sent_twice_because_its_answer_was_lost_is_done_once(folder: Path) -> None:
    api = Api(folder, {"PROFILE": "memory"})
    with api.running(), lossy_way(api.port) as way, Client(way.url) as ada:
        with Client(api.url) as early:
            early.register("early-bird", PASSWORD)
        way.lose_one()
        ada.register("ada", PASSWORD)
        way.lose_one()
        job = ada.submit("square_sum", [1, 2, 3], delay_seconds=3600)
        assert [each.id for each in ada.jobs()] == [job.id]
        way.lose_one()
        assert job.cancel().status is JobStatus.CANCELLED
        way.lose_one()
        assert job.retry().result(20) == 14
        way.lose_one()
        job.delete()
        assert list(ada.jobs()) == []
        assert way.lost == 5
