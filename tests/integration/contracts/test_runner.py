"""What every `OperationRunner` promises; that nothing gets out of hand only children can promise."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from json import loads
from pathlib import Path

import pytest

from jobproc.adapters.sandbox.runner import SandboxRunner
from jobproc.application.ports import OperationRunner
from jobproc.domain.jobs import ErrorCode, Lost
from tests.integration.contracts.sandboxes import (
    CRASHED,
    MEMORY_BYTES,
    RESULT_BYTES,
    TYPES,
    Ran,
    claimed,
    eventually,
    is_alive,
    one_of,
    sandbox,
    trip,
    wild_operations,
)
from tests.unit.application.threads import ThreadRunner

pytestmark = pytest.mark.anyio

E = ErrorCode


@pytest.fixture(params=["sandbox", "threads"])
async def runner(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[OperationRunner]:
    if request.param == "threads":
        yield ThreadRunner(wild_operations(), TYPES)
        return
    async with sandbox() as opened:
        yield opened


async def test_each_job_of_a_trip_has_its_own_outcome(runner: OperationRunner) -> None:
    jobs = [claimed("total", "[1,2]"), claimed("fail"), claimed("total_later", "[3]"), claimed("leave")]
    ran = await trip(runner, *jobs)
    assert [ran.of(job) for job in jobs] == ["3", E.OPERATION_FAILED, "3", E.OPERATION_FAILED]


async def test_a_trip_without_jobs_ends_at_once(runner: OperationRunner) -> None:
    assert not (await trip(runner)).outcomes


@pytest.mark.parametrize(
    ("operation", "data", "code"),
    [
        ("lie", "null", E.INVALID_RESULT),
        *[("unstorable", f'"{kind}"', E.INVALID_RESULT) for kind in ("set", "nan", "surrogate", "nul")],
        *[("unstorable", f'"{kind}"', E.INVALID_RESULT) for kind in ("long", "object")],
        ("fill", str(RESULT_BYTES), E.RESULT_TOO_LARGE),
    ],
)
async def test_a_result_that_cannot_be_kept_fails_its_job(
    runner: OperationRunner, operation: str, data: str, code: ErrorCode
) -> None:
    assert await one_of(runner, claimed(operation, data)) == code


async def test_an_outcome_comes_as_soon_as_it_is_there(runner: OperationRunner) -> None:
    ran = await trip(runner, claimed("total", "[1]"), claimed("tell", "0.6"))
    assert ran.ended_after[1] - ran.ended_after[0] > 0.4


async def test_once_patience_is_over_nothing_more_is_begun(runner: OperationRunner, tmp_path: Path) -> None:
    first, *rest = claimed("tell", "0.5"), claimed("tell", "0"), claimed("total", "[1]")
    ran = await trip(runner, first, *rest, patience=timedelta(seconds=0.1))
    assert ran.of(first) == f'"{first.id}"'
    assert [ran.of(job) for job in rest] == [None, None]
    assert {id for id, _ in ran.progress} == {first.id}


@pytest.mark.parametrize("operation", ["spin", "power"])
async def test_what_has_not_begun_comes_back_at_once_whatever_the_child_is_busy_with(
    children: SandboxRunner, operation: str
) -> None:
    await children.prepare(1)
    first, busy, *rest = (
        claimed("total", "[1]"),
        claimed(operation, timeout=2),
        *(claimed("tell", "0") for _ in range(5)),
    )
    ran = await trip(children, first, busy, *rest, patience=timedelta(seconds=0.2))
    assert [ran.of(job) for job in (first, busy)] == ["1", E.TIMEOUT]
    assert [ran.of(job) for job in rest] == [None] * 5
    assert not ran.progress
    assert ran.ended_after[5] < 1 < ran.ended_after[6]


async def test_a_child_is_good_for_more_after_patience_was_over(children: SandboxRunner) -> None:
    pid, *rest = claimed("pid"), claimed("tell", "0.3"), claimed("total", "[1]")
    ran = await trip(children, pid, *rest, patience=timedelta(seconds=0.1))
    assert ran.of(rest[1]) is None
    again = await trip(children, *(jobs := [claimed("total", "[1,2]"), claimed("pid")]))
    assert [again.of(job) for job in jobs] == ["3", ran.of(pid)]


async def test_progress_arrives_while_the_job_runs(runner: OperationRunner) -> None:
    ran, job = Ran(), claimed("tell", "0.5")
    running = asyncio.create_task(trip(runner, job, ran=ran))
    await eventually(lambda: ran.progress)
    assert not ran.outcomes
    id, progress = ran.progress[0]
    assert (id, progress.done, progress.total, progress.message) == (job.id, 1, 2, "half")
    await running


async def test_the_last_of_very_many_reports_is_kept_and_few_are_sent(children: SandboxRunner) -> None:
    ran = await trip(children, claimed("chatter", "100000"))
    assert ran.progress[-1][1].done == 99_999
    assert len(ran.progress) < 500


@pytest.mark.parametrize(
    ("operation", "data", "code"),
    [
        ("quit_hard", "0", CRASHED),
        ("quit_hard", "7", CRASHED),
        ("segfault", "null", CRASHED),
        ("kill_itself", "null", CRASHED),
        ("close_everything", "null", CRASHED),
        ("hoard", str(8 * MEMORY_BYTES), E.MEMORY_LIMIT),
    ],
)
async def test_what_takes_its_process_along_is_blamed_alone(
    children: SandboxRunner, operation: str, data: str, code: ErrorCode
) -> None:
    before, wild, after = claimed("total", "[1]"), claimed(operation, data), claimed("total", "[2]")
    ran = await trip(children, before, wild, after)
    assert [ran.of(job) for job in (before, wild, after)] == ["1", code, "2"]
    assert isinstance(ran.outcomes[wild.id], Lost)


@pytest.mark.parametrize("said", ["[]", "{}", "{["])
async def test_nonsense_on_the_connection_ends_one_job_only(children: SandboxRunner, said: str) -> None:
    wild, after = claimed("write_everywhere", json.dumps(said)), claimed("total", "[2]")
    ran = await trip(children, wild, after)
    assert [ran.of(job) for job in (wild, after)] == [CRASHED, "2"]


async def test_what_is_printed_does_no_harm(children: SandboxRunner) -> None:
    job = claimed("print_much")
    assert await one_of(children, job) == "1"


@pytest.mark.parametrize("operation", ["spin", "power"])
async def test_a_timeout_ends_whatever_runs_and_nothing_else(children: SandboxRunner, operation: str) -> None:
    wild, after = claimed(operation, timeout=0.3), claimed("total", "[2]")
    ran = await trip(children, wild, after)
    assert [ran.of(job) for job in (wild, after)] == [E.TIMEOUT, "2"]
    assert ran.ended_after[0] < 0.3 + 2


@pytest.mark.parametrize("operation", ["spin", "power"])
async def test_stopping_ends_a_running_job_untold_and_no_other(
    children: SandboxRunner, operation: str
) -> None:
    first, wild, after = claimed("total", "[1]"), claimed(operation), claimed("total", "[2]")
    ran = Ran()
    running = asyncio.create_task(trip(children, first, wild, after, ran=ran))
    await eventually(lambda: ran.outcomes)
    children.stop(wild.id)
    await asyncio.wait_for(running, 2)
    assert [ran.of(job) for job in (first, wild, after)] == ["1", "nothing", "2"]


async def test_a_job_that_is_stopped_before_its_turn_is_never_begun(children: SandboxRunner) -> None:
    first, wild, after = claimed("tell", "0.3"), claimed("spin"), claimed("total", "[2]")
    ran = Ran()
    running = asyncio.create_task(trip(children, first, wild, after, ran=ran))
    await eventually(lambda: ran.progress)
    children.stop(wild.id)
    await asyncio.wait_for(running, 5)
    assert [ran.of(job) for job in (first, wild, after)] == [f'"{first.id}"', "nothing", "2"]


async def test_stopping_at_any_moment_ends_the_job(children: SandboxRunner) -> None:
    await children.prepare(1)
    for moment in range(12):
        first, wild = claimed("total", "[1]"), claimed("spin")
        running = asyncio.create_task(trip(children, first, wild))
        await asyncio.sleep(moment / 4000)
        children.stop(wild.id)
        ran = await asyncio.wait_for(running, 2)
        assert [ran.of(job) for job in (first, wild)] == ["1", "nothing"]


async def test_stopping_what_is_not_here_does_nothing(runner: OperationRunner) -> None:
    runner.stop(claimed("total").id)
    assert await one_of(runner, claimed("total", "[1]")) == "1"


async def test_a_child_is_used_again(children: SandboxRunner) -> None:
    pids = {await one_of(children, claimed("pid")) for _ in range(5)}
    assert len(pids) == 1
    assert pids != {str(os.getpid())}


async def test_trips_at_once_run_side_by_side(children: SandboxRunner) -> None:
    for seconds in ("0.1", "0.5"):
        started = time.monotonic()
        await asyncio.gather(*(trip(children, claimed("tell", seconds)) for _ in range(3)))
    assert time.monotonic() - started < 1.4


async def test_a_trip_that_is_given_up_takes_its_child_along(children: SandboxRunner) -> None:
    ran = Ran()
    job = claimed("tell", "1000")
    running = asyncio.create_task(trip(children, job, ran=ran))
    await eventually(lambda: ran.progress)
    running.cancel()
    await asyncio.wait((running,), timeout=2)
    assert running.cancelled()
    assert await one_of(children, claimed("total", "[1]")) == "1"


async def test_leaving_ends_what_runs_and_blames_nobody() -> None:
    ran, jobs = Ran(), [claimed("tell", "1000"), claimed("total", "[1]")]
    async with sandbox() as runner:
        pid = int(await one_of(runner, claimed("pid")))
        running = asyncio.create_task(trip(runner, *jobs, ran=ran))
        await eventually(lambda: ran.progress)
    await asyncio.wait_for(running, 2)
    assert [ran.of(job) for job in jobs] == [None, None]
    assert not is_alive(pid)


@pytest.mark.parametrize("wish", ["crash", "hang", "leave"])
async def test_what_an_operation_has_started_does_not_outlive_its_child(tmp_path: Path, wish: str) -> None:
    written = tmp_path / "pid"
    async with sandbox() as runner:
        await trip(runner, claimed("start_another", f'"{wish}:{written}"', timeout=0.5))
        grandchild = int(written.read_text())
        if wish != "leave":
            await eventually(lambda: not is_alive(grandchild), 1)
    await eventually(lambda: not is_alive(grandchild), 1)


@pytest.mark.parametrize("operation", ["start_another_by_shell", "fork_another"])
async def test_a_crash_is_seen_at_once_whatever_was_started_before(
    children: SandboxRunner, operation: str, tmp_path: Path
) -> None:
    written = tmp_path / "pid"
    started = time.monotonic()
    assert await one_of(children, claimed(operation, f'"{written}"')) == CRASHED
    assert time.monotonic() - started < 3
    await eventually(lambda: not is_alive(int(written.read_text())), 1)


async def test_a_stopped_job_takes_along_what_it_has_started(children: SandboxRunner, tmp_path: Path) -> None:
    written, job = tmp_path / "pid", claimed("start_another", f'"hang:{tmp_path / "pid"}"')
    running = asyncio.create_task(trip(children, job))
    await eventually(lambda: written.exists() and written.read_text())
    children.stop(job.id)
    await asyncio.wait_for(running, 2)
    await eventually(lambda: not is_alive(int(written.read_text())), 1)


async def test_a_child_knows_no_secret_of_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBPROC_JWT_KEYS", f"kid:{'s' * 32}")
    async with sandbox() as runner:
        names = loads(str(await one_of(runner, claimed("environment"))))
        assert not [name for name in names if name.startswith("JOBPROC_")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_child_cannot_read_the_workers_environment(children: SandboxRunner) -> None:
    assert await one_of(children, claimed("spy")) == E.OPERATION_FAILED


async def test_a_child_has_one_socket_and_no_file_of_the_worker(tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        async with sandbox() as runner:
            await runner.prepare(2)
            opened = loads(str(await one_of(runner, claimed("descriptors"))))
    assert len([each for each in opened if each.startswith("socket:")]) == 1
    assert secret.name not in opened
