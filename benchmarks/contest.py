"""Two services with the same small surface, on the same servers, one after the other: jobproc and the plain one."""

import asyncio
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, STDOUT, Popen

import asyncpg
import jwt
from redis import Redis

from benchmarks.load import TEN_NUMBERS, ask, register, request
from benchmarks.servers import HOST, QUIET, UNLIMITED, free_port, new_database, servers
from jobproc.adapters.embedded.accounts import own_account
from jobproc.adapters.embedded.processes import launched, stop

READY_SECONDS, STOP_SECONDS, WAIT_SECONDS = 30, 8.0, 120
DONE = "SELECT count(*) FROM jobs WHERE status = 'SUCCESS'"
# From the first end to the last: without the start of the worker.
RATE = """
SELECT (count(*) - 1) / extract(epoch FROM max(finished_at) - min(finished_at))::float8 FROM jobs
WHERE status = 'SUCCESS'
"""


@dataclass(slots=True)
class Contestant:
    """A service: how its processes are started, and where its jobs are. It has an API while `serving` lasts."""

    name: str
    database_url: str
    redis_url: str
    environment: Mapping[str, str]
    api_command: Sequence[str]
    worker_command: Sequence[str]
    log: Path
    secret: str = ""
    port: int = 0
    token: str = field(default="", repr=False)

    @contextmanager
    def serving(self) -> Iterator[int]:
        """Its API answers meanwhile; the id of the process."""
        self.port = free_port()
        with self._running([*self.api_command, "--host", HOST, "--port", str(self.port)]) as pid:
            asyncio.run(self._ready())
            yield pid

    @contextmanager
    def working(self) -> Iterator[int]:
        """Its worker, with two slots, takes jobs meanwhile; the id of the process."""
        with self._running(self.worker_command) as pid:
            yield pid

    def submission(self) -> bytes:
        """The request that submits a job."""
        return request("POST", "/jobs", self.token, TEN_NUMBERS)

    def question(self, job: str) -> bytes:
        """The request for a job's result."""
        return request("GET", f"/jobs/{job}/result", self.token)

    async def forget(self) -> None:
        """Everything that was submitted."""
        await self._fetch("TRUNCATE jobs")
        with Redis.from_url(self.redis_url) as redis:
            redis.flushdb()

    async def done(self, jobs: int) -> None:
        """Return once so many jobs have succeeded."""
        deadline = time.monotonic() + WAIT_SECONDS
        while await self._fetch(DONE) < jobs:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name}: {await self._fetch(DONE):.0f} of {jobs} jobs done")
            await asyncio.sleep(0.01)

    async def rate(self) -> float:
        """Jobs a second, by the times of their ends."""
        return await self._fetch(RATE)

    async def _fetch(self, query: str) -> float:
        connection = await asyncpg.connect(self.database_url)
        try:
            return float(await connection.fetchval(query) or 0)
        finally:
            await connection.close()

    async def _ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                await ask(self.port, "GET", "/livez")
                break
            except ConnectionError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.05)
        if self.secret:
            claims = {"sub": "ada", "exp": int(time.time()) + 3600}
            self.token = jwt.encode(claims, self.secret, algorithm="HS256")
        else:
            self.token = await register(self.port, f"user-{secrets.token_hex(4)}")

    @contextmanager
    def _running(self, command: Sequence[str]) -> Iterator[int]:
        with self.log.open("ab") as log:
            process = Popen(
                launched([sys.executable, "-m", *command], own_account(), signal.SIGTERM),
                env={**os.environ, **self.environment},
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,
            )
            try:
                yield process.pid
            finally:
                stop(process, (signal.SIGTERM, STOP_SECONDS))


@contextmanager
def contestants() -> Iterator[tuple[Contestant, Contestant]]:
    """The plain service and jobproc; both write their logs to one file, whose end is told when something fails."""
    with servers() as (postgres, valkey, folder):
        yield _plain(postgres, valkey, folder), _jobproc(postgres, valkey, folder)


def _jobproc(postgres: str, valkey: str, folder: Path) -> Contestant:
    database, redis = new_database(postgres, "ours"), f"{valkey.rpartition('/')[0]}/1"
    ours = {
        "JOBPROC_DATABASE_URL": database,
        "JOBPROC_REDIS_URL": redis,
        "JOBPROC_JWT_KEYS": f"bench:{secrets.token_hex(32)}",
    }
    api, worker = ["jobproc", "api"], ["jobproc", "worker", "--concurrency", "2"]
    return Contestant("jobproc", database, redis, ours | UNLIMITED | QUIET, api, worker, folder / "log")


def _plain(postgres: str, valkey: str, folder: Path) -> Contestant:
    database, redis = new_database(postgres, "plain", migrated=False), f"{valkey.rpartition('/')[0]}/2"
    secret = secrets.token_hex(32)
    theirs = {"PLAIN_DATABASE": database, "PLAIN_BROKER": redis, "PLAIN_SECRET": secret}
    api = ["uvicorn", "benchmarks.plain.api:app", "--no-access-log", "--log-level", "warning"]
    worker = [
        "celery",
        "-A",
        "benchmarks.plain.tasks",
        "worker",
        "--concurrency",
        "2",
        "--loglevel",
        "WARNING",
    ]
    return Contestant("plain", database, redis, theirs, api, worker, folder / "log", secret)
