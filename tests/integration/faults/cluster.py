"""A whole service of real processes on servers of its own, and a look into it from outside."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
from redis import Redis
from sqlalchemy import make_url

from jobproc.adapters.embedded.postgres import EmbeddedPostgres
from jobproc.adapters.embedded.valkey import EmbeddedValkey
from jobproc.adapters.postgres.migrate import migrate
from tests.integration.faults.parts import Part, Server, talks_to
from tests.integration.processes.running import descendants, free_port, production, wait_for

LEASE_SECONDS, SWEEP_SECONDS, DRAIN_SECONDS = 2.0, 0.2, 1.0
POOL_SIZE, SLOTS = 5, 2
RECOVERY = LEASE_SECONDS + SWEEP_SECONDS + 1
# What everything may take beside what is promised: the machine may be busy with other tests.
SLACK = 5.0
# A request that began while a part was away may wait for its connection so long, and a process for its next one.
GRACE = 4.0
BELLS = "jobproc:jobproc"
# What a look of maintenance ends with.
SWEPT = "SELECT FROM pg_stat_activity WHERE backend_start > $1 AND query LIKE 'SELECT EXISTS%queued_at%'"
SETTINGS = {
    "OPERATIONS": "tests.integration.contracts.wild,tests.integration.faults.operations",
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "SWEEP_SECONDS": str(SWEEP_SECONDS),
    "DRAIN_SECONDS": str(DRAIN_SECONDS),
    "POOL_SIZE": str(POOL_SIZE),
    "MAX_RESULT_BYTES": "10000",
    **dict.fromkeys(("RATE_LIMIT_AUTH", "RATE_LIMIT_SUBMIT", "RATE_LIMIT_READ"), "off"),
}


@dataclass(slots=True)
class Cluster:
    """The servers, the parts, and the times at which something was done to what every request needs."""

    folder: Path
    postgres: Server
    valkey: Server
    parts: dict[str, Part]
    url: str
    outages: list[tuple[float, float]] = field(default_factory=list)

    @property
    def api(self) -> Part:
        """The HTTP process."""
        return self.parts["api"]

    @property
    def worker(self) -> Part:
        """The first worker."""
        return self.parts["worker"]

    @property
    def maintenance(self) -> Part:
        """The sweeper."""
        return self.parts["maintenance"]

    def start(self, *names: str) -> None:
        """Start these parts, and wait until they are ready."""
        chosen = [self.parts[name] for name in names]
        for part, is_ready in [(part, self._starts(part)) for part in chosen]:
            wait_for(lambda: is_ready() or not part.is_up(), 40)  # noqa: B023 - called at once
            assert part.is_up(), part.text()

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Requests may fail while the block runs, and shortly after."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.outages.append((began, time.monotonic() + GRACE))

    def is_excused(self, began: float, ended: float) -> bool:
        """Whether a request of that time met an outage."""
        return any(began <= until and ended >= since for since, until in self.outages)

    def rows(self, query: str, *values: Any) -> list[Any]:
        """What Postgres says."""
        with self.connected() as (runner, connection):
            return list(runner.run(connection.fetch(query, *values)))

    @contextmanager
    def connected(self) -> Iterator[tuple[asyncio.Runner, Any]]:
        """A connection of an administrator's."""
        with asyncio.Runner() as runner:
            connection = runner.run(
                asyncpg.connect(self.postgres.url, timeout=5, server_settings={"application_name": "test"})
            )
            try:
                yield runner, connection
            finally:
                with suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
                    runner.run(connection.close(timeout=5))

    @contextmanager
    def locked(self, statement: str = "LOCK TABLE jobs IN EXCLUSIVE MODE") -> Iterator[None]:
        """Whoever wants to change a job waits while the block runs; readers do not."""
        with self.connected() as (runner, connection):
            runner.run(connection.execute(f"BEGIN; {statement}"))
            yield
            runner.run(connection.execute("ROLLBACK"))

    def wait_until_blocked(self, *statements: str) -> int:
        """Return when a statement of the service that begins like one of these waits for a lock; its server process."""
        waiting = (
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'jobproc' AND wait_event_type = 'Lock'"
            " AND ltrim(query, E' \\n') LIKE ANY($1)"
        )
        beginnings = [f"{statement}%" for statement in statements]
        wait_for(lambda: self.rows(waiting, beginnings), SLACK, tell=self._told)
        return int(self.rows(waiting, beginnings)[0]["pid"])

    def bells(self) -> int:
        """How many rings nobody has heard yet."""
        with self.redis() as redis:
            return int(redis.llen(BELLS))

    def redis(self) -> "Redis":
        """A look into Valkey."""
        return Redis.from_url(self.valkey.url, protocol=2)

    def _told(self) -> str:
        """What the service is at, and what its parts wrote last."""
        statements = self.rows(
            "SELECT state, wait_event_type, query_start, left(query, 80) AS query FROM pg_stat_activity"
            " WHERE application_name = 'jobproc'"
        )
        jobs = self.rows(
            "SELECT id, status, attempt, queued_at, started_at FROM jobs ORDER BY id DESC LIMIT 3"
        )
        logs = [f"{name}:\n{part.text()[-1000:]}" for name, part in self.parts.items()]
        return "\n".join(map(str, ("", *statements, *jobs, *logs)))

    def _starts(self, part: Part) -> Callable[[], bool]:
        since = datetime.now(UTC)
        part.start()
        if part.words[0] == "api":
            return lambda: answers(address_of(part))
        if part.name == "maintenance":
            return lambda: bool(self.rows(SWEPT, since))
        # A worker claims once its children are ready, and asks the database for nothing before.
        port = make_url(self.postgres.url).port or 0
        return lambda: len(descendants(part.pid)) >= SLOTS and talks_to(part.pid, port)


@contextmanager
def running_cluster(*, workers: int = 1, apis: int = 1, **variables: str) -> Iterator[Cluster]:
    """Everything started, with data that survives a crash, and nothing of it left at the end."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="jobproc-faults-"))
        folder.chmod(0o755)
        stack.callback(shutil.rmtree, folder)
        words = _words(workers, apis)
        cluster = _made(folder, words, variables, stack)
        for part in cluster.parts.values():
            stack.callback(_end, part)
        cluster.start(*cluster.parts)
        yield cluster


def _words(workers: int, apis: int) -> dict[str, tuple[str, ...]]:
    """What starts each part, by its name."""
    words: dict[str, tuple[str, ...]] = {
        name: ("api", "--port", str(free_port())) for name in _numbered("api", apis)
    }
    words["maintenance"] = ("maintenance",)
    return words | dict.fromkeys(_numbered("worker", workers), ("worker", "--concurrency", str(SLOTS)))


def _numbered(name: str, count: int) -> list[str]:
    return [name, *(f"{name}-{number}" for number in range(2, count + 1))]


def _made(
    folder: Path, words: Mapping[str, tuple[str, ...]], variables: Mapping[str, str], stack: ExitStack
) -> Cluster:
    postgres = Server(EmbeddedPostgres(folder / "postgres"))
    valkey = Server(EmbeddedValkey(folder / "valkey"))
    for server in (postgres, valkey):
        stack.callback(server.embedded.stop)
        server.start()
    migrate(postgres.url)
    settings = production(postgres.url, valkey.url, **{**SETTINGS, **variables})
    parts = {name: Part(folder, name, each, settings) for name, each in words.items()}
    return Cluster(folder, postgres, valkey, parts, address_of(parts["api"]))


def address_of(api: Part) -> str:
    """Where an HTTP process listens."""
    return f"http://127.0.0.1:{api.words[-1]}"


def answers(url: str) -> bool:
    """Whether somebody listens."""
    try:
        return httpx2.get(f"{url}/livez", trust_env=False, timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


def _end(part: Part) -> None:
    if part.is_up():
        part.kill()
