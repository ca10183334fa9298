"""The newest revision is for the program before it as well: the schema goes first, then the processes, one by one."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from jobproc.adapters.postgres.migrate import migrate
from tests.integration.deploy.files import ROOT
from tests.integration.processes.running import (
    Visitor,
    complete,
    environment,
    free_port,
    production,
    started,
)
from tests.servers import run

pytestmark = [pytest.mark.slow, pytest.mark.real]
REVISIONS = "src/jobproc/adapters/postgres/migrations/versions"


def git(*words: str) -> str:
    """What git says."""
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"there is no history to take the program before from: {done.stderr.strip()}")
    return done.stdout.strip()


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of the program as it was before the newest revision of the schema."""
    newest = max(file.name for file in (ROOT / REVISIONS).glob("0*.py"))
    added = git("log", "--format=%H", "--diff-filter=A", "--", f"{REVISIONS}/{newest}").splitlines()
    if not added:
        pytest.skip("the newest revision is not committed yet")
    folder = tmp_path_factory.mktemp("before")
    archive = folder / "before.tar"
    git("archive", f"--output={archive}", f"{added[-1]}~1", "src")
    subprocess.run(["tar", "-xf", str(archive), "-C", str(folder)], check=True)
    return folder / "src"


@contextmanager
def old(folder: Path, source: Path, *words: str, **variables: str) -> Iterator[None]:
    """`jobproc …` of the program before."""
    code = (
        f"import sys; sys.path.insert(0, {str(source)!r}); from jobproc.entrypoints.cli import main; main()"
    )
    with (folder / f"old-{words[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *words],
            cwd=folder,
            env=environment(**variables) | {"PYTHONPATH": str(source)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def test_the_program_before_works_on_the_newest_schema_beside_the_new_one(
    tmp_path: Path, database_url: str, redis_url: str, before: Path
) -> None:
    variables, port = production(database_url, redis_url), str(free_port())
    with (
        old(tmp_path, before, "api", "--port", port, **variables),
        Visitor.at(f"http://127.0.0.1:{port}") as ada,
    ):
        with old(tmp_path, before, "worker", **variables):
            assert ada.result(ada.submit(), 40) == 14
        with started(tmp_path, "worker", **variables):
            assert ada.result(ada.submit(), 40) == 14


def test_several_that_migrate_at_once_are_one(
    tmp_path: Path, empty_database_url: str, redis_url: str
) -> None:
    words = [sys.executable, "-m", "jobproc", "migrate"]
    env = environment(**production(empty_database_url, redis_url))
    together = [subprocess.Popen(words, cwd=tmp_path, env=env, stderr=subprocess.PIPE) for _ in range(3)]
    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in together]
    assert ended == [(b"", 0)] * 3
    assert "revision" in complete(tmp_path, "doctor", **production(empty_database_url, redis_url)).stdout


def test_every_revision_gives_up_soon_rather_than_hold_up_the_service() -> None:
    for file in (ROOT / REVISIONS).glob("0*.py"):
        for function in ("upgrade", "downgrade"):
            body = file.read_text().partition(f"def {function}()")[2].partition("\ndef ")[0]
            is_beside_others = set(re.findall(r"(?:CREATE|DROP|ALTER) \w+ (\w+)", file.read_text())) == {
                "CONCURRENTLY"
            }
            assert re.search(r"SET LOCAL lock_timeout|\block\(", body) or is_beside_others, (
                f"{file.name}: {function}"
            )


async def _migrates_while_a_table_is_read(url: str) -> tuple[str, str]:
    """The revision after a try while somebody holds the table, and the one after that."""
    reader = await asyncpg.connect(url)
    transaction = reader.transaction()
    await transaction.start()
    await reader.execute("LOCK TABLE jobs IN ACCESS SHARE MODE")
    migrating = asyncio.create_task(asyncio.to_thread(migrate, url))
    await asyncio.sleep(4)
    other = await asyncpg.connect(url)
    # Whoever came after the migration had to wait no longer than it.
    await asyncio.wait_for(other.execute("SELECT FROM jobs"), 6)
    during = await other.fetchval("SELECT version_num FROM alembic_version")
    await transaction.rollback()
    await asyncio.wait_for(migrating, 40)
    after = await other.fetchval("SELECT version_num FROM alembic_version")
    await reader.close()
    await other.close()
    return during, after


def test_a_revision_that_cannot_have_its_lock_lets_others_pass_and_tries_again(
    empty_database_url: str,
) -> None:
    migrate(empty_database_url, "0003")
    during, after = run(_migrates_while_a_table_is_read(empty_database_url))
    assert during == "0003"
    assert after > during
