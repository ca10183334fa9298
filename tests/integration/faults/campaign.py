"""One mishap after another upon a service that people use, for as long as wanted."""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random

from tests.integration.faults.client import Client
from tests.integration.faults.cluster import Cluster
from tests.integration.faults.load import Work, load
from tests.integration.faults.mishaps import MISHAPS
from tests.integration.faults.oracle import Oracle

# A job that would succeed has attempts enough for everything that may take its workers.
MANY = {"max_attempts": 50}
WORKS: tuple[Work, ...] = (
    ("echo", {"some": ["text", 1.5, None]}, MANY),
    ("square_sum", [1, 2, 3], MANY),
    ("cube_sum", [10**40, -1], MANY | {"priority": 5}),
    ("nap", 0.05, MANY),
    ("nap", 0.5, MANY),
    ("count_to", 5, MANY),
    ("echo", "later", MANY | {"delay_seconds": 1}),
    ("fail", None, {}),
    ("quit_hard", 3, {"max_attempts": 2}),
    ("spin", None, {"timeout_seconds": 0.3}),
    ("unstorable", "nan", {}),
)
# So long may it take until work goes on; the slowest wait is for a lost lease, or a second loss with its backoff.
LONGEST_RECOVERY = 30.0
ROUND_SECONDS = 12.0
# Between two submissions of a user, at most: enough to keep the slots busy about half of the time.
PAUSE = 0.6
REFUSED = ("job.stale_report", "job.stopped")


@dataclass(slots=True)
class Campaign:
    """`recoveries` are the seconds from the end of each mishap until old and new work was done."""

    cluster: Cluster
    client: Client
    oracle: Oracle
    random: Random
    recoveries: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    history: list[str] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        """Mishaps for so long, and the oracle after every round of them; each comes before one comes again."""
        until = time.monotonic() + seconds
        mishaps = self._mishaps()
        while time.monotonic() < until:
            with load(self.client, self.random, WORKS, PAUSE):
                over = min(time.monotonic() + ROUND_SECONDS, until)
                while time.monotonic() < over:
                    self._go_through(next(mishaps))
            self.oracle.check(60)

    def refused(self) -> int:
        """Reports of workers that no longer held their jobs."""
        logs = [part.text() for part in self.cluster.parts.values()]
        return sum(log.count(event) for log in logs for event in REFUSED)

    def _mishaps(self) -> Iterator[str]:
        for _ in count():
            yield from self.random.sample(list(MISHAPS), len(MISHAPS))

    def _go_through(self, name: str) -> None:
        in_hand = self.client.submit("nap", 0.3, **MANY)
        time.sleep(self.random.random() * 0.3)
        self.history.append(name)
        MISHAPS[name](self.cluster, self.random)
        began = time.monotonic()
        for job in (in_hand, self.client.submit("echo", name, **MANY)):
            self.client.until(job, seconds=LONGEST_RECOVERY)
        self.recoveries[name].append(time.monotonic() - began)
