"""What must be true after every fault, seen from outside."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.integration.faults.client import FINAL, Accepted, Client
from tests.integration.faults.cluster import GRACE, POOL_SIZE, SLACK, Cluster
from tests.integration.processes.running import KEYS, PASSWORD, wait_for

WAYS = {
    "SCHEDULED": {"PENDING", "CANCELLED"},
    "PENDING": {"IN_PROGRESS", "CANCELLED"},
    "IN_PROGRESS": {"SUCCESS", "FAILED", "CANCELLED", "SCHEDULED", "PENDING"},
    "SUCCESS": set(),
    "FAILED": {"PENDING"},
    "CANCELLED": {"PENDING"},
}
# How a job of each operation ends, if nobody cancels it; where a code stands, it fails with that code.
SUCCEEDS: dict[str, Callable[[Any], Any]] = {
    "echo": lambda data: data,
    "nap": lambda _: "slept",
    "doze": lambda _: "slept",
    "note": lambda _: "noted",
    "raise_once": lambda _: "twice",
    "count_to": lambda data: data,
    "square_sum": lambda data: sum(number**2 for number in data),
    "cube_sum": lambda data: sum(number**3 for number in data),
    "print_much": lambda _: 1,
}
FAILS = {
    "leave": "operation_failed",
    "fail": "operation_failed",
    "raise_always": "operation_failed",
    "linger": "timeout",
    "spin": "timeout",
    "power": "timeout",
    "hoard": "memory_limit",
    "quit_hard": "worker_crashed",
    "segfault": "worker_crashed",
    "kill_itself": "worker_crashed",
    "lie": "invalid_result",
    "unstorable": "invalid_result",
    "fill": "result_too_large",
}
MORE_FILES, MORE_BYTES = 12, 64 << 20


@dataclass(frozen=True, slots=True)
class Size:
    """What a process holds: open files and bytes of memory."""

    files: int
    bytes: int

    @classmethod
    def of(cls, pid: int) -> "Size":
        """As it is now."""
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return cls(len(os.listdir(f"/proc/{pid}/fd")), pages * os.sysconf("SC_PAGE_SIZE"))


@dataclass(slots=True)
class Oracle:
    """Everything that was promised, held against what is there. What breaks is an `AssertionError`."""

    cluster: Cluster
    client: Client
    finished: int = 0
    sizes: dict[int, Size] = field(default_factory=dict)
    _answers_seen: int = 0

    def check(self, seconds: float = 15) -> None:
        """Every promise, as soon as it can be kept and at the latest after so many seconds."""
        deadline = time.monotonic() + seconds
        for id, accepted in list(self.client.ledger.accepted.items()):
            self._check_job(id, accepted, max(deadline - time.monotonic(), SLACK))
            del self.client.ledger.accepted[id]
            self.finished += 1
        self._check_answers()
        wait_for(lambda: self.cluster.bells() == 0, GRACE + SLACK)
        self._check_database()
        self._check_logs()
        self._check_sizes()

    def _check_job(self, id: str, accepted: Accepted, seconds: float) -> None:
        wait_for(lambda: self.client.job(id).get("status") in FINAL, seconds)
        job, steps = self.client.job(id), self.client.timeline(id)
        told = f"{accepted}\n{job}\n" + "\n".join(map(str, steps))
        check_timeline(steps, told)
        assert job["version"] == steps[-1]["version"], told
        assert 0 <= job["attempt"] <= job["max_attempts"] == accepted.max_attempts, told
        assert all(0 <= step["attempt"] <= accepted.max_attempts for step in steps), told
        assert is_as_promised(job, accepted), told

    def _check_answers(self) -> None:
        answers = self.client.ledger.answers[self._answers_seen :]
        self._answers_seen += len(answers)
        for answer in answers:
            excused = self.cluster.is_excused(answer.began, answer.began + answer.seconds)
            if answer.status == 503:
                assert excused, answer
                assert answer.retry_after, answer
            else:
                fine = isinstance(answer.status, int) and answer.status < 500
                assert fine or (isinstance(answer.status, str) and excused), answer

    def _check_database(self) -> None:
        ours = "SELECT FROM pg_stat_activity WHERE application_name = 'jobproc'"
        wait_for(lambda: not self.cluster.rows(f"{ours} AND state LIKE '%transaction%'"), SLACK)
        assert len(self.cluster.rows(ours)) <= POOL_SIZE * len(self.cluster.parts)

    def _check_logs(self) -> None:
        for log in self.cluster.folder.glob("**/*.log"):
            text = log.read_text(errors="replace")
            assert not [secret for secret in self._secrets() if secret in text], log
        for part in self.cluster.parts.values():
            assert part.words[0] == "worker" or "Traceback" not in part.text(), part.text()

    def _secrets(self) -> Iterator[str]:
        yield PASSWORD
        yield KEYS.partition(":")[2]
        yield self.client.headers["Authorization"].rpartition(".")[2]
        for file in self.cluster.folder.glob("*/*password"):
            yield file.read_text()

    def _check_sizes(self) -> None:
        """Against the first time that the process was seen; other connections to it are given time to close."""
        for part in self.cluster.parts.values():
            first = self.sizes.setdefault(part.pid, Size.of(part.pid))
            wait_for(lambda: Size.of(part.pid).files <= first.files + MORE_FILES, SLACK)  # noqa: B023
            assert Size.of(part.pid).bytes <= first.bytes + MORE_BYTES, part.name


def check_timeline(steps: Sequence[dict[str, Any]], told: str) -> None:
    """Gapless, along the ways that there are, with one end for each run, and no time that goes back."""
    assert [step["version"] for step in steps] == list(range(1, len(steps) + 1)), told
    assert all(after["status"] in WAYS[before["status"]] for before, after in pairwise(steps)), told
    assert not is_recorded_twice(steps), told
    assert steps[-1]["status"] in FINAL, told


def is_recorded_twice(steps: Sequence[dict[str, Any]]) -> bool:
    """Whether a run of the job has more than one end; a retry opens a new run."""
    ends = len([step for step in steps if step["status"] in FINAL])
    return ends > 1 + len([step for step in steps if step["cause"] == "retried"])


def is_as_promised(job: dict[str, Any], accepted: Accepted) -> bool:
    """Whether the job ended as the pure model says."""
    if job["status"] == "CANCELLED":
        return accepted.cancelled and job["result"] is None
    if accepted.operation in SUCCEEDS and job["status"] == "SUCCESS":
        return (job["result"], job["error"]) == (SUCCEEDS[accepted.operation](accepted.data), None)
    if job["status"] != "FAILED" or job["result"] is not None:
        return False
    code, left = str(job["error"]["code"]), bool(job["attempt"] < job["max_attempts"])
    return (code == "worker_lost" and not left) or code == FAILS.get(accepted.operation)


def at(step: dict[str, Any]) -> float:
    """When a step of a timeline was, in seconds."""
    return datetime.fromisoformat(step["at"]).timestamp()
