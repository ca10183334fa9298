"""Children of a worker: how they start, rest and end, and that none is left and no job suffers for it."""

import asyncio
import os
import signal
import sys

import pytest

from jobproc.adapters.sandbox import trip as trips
from jobproc.adapters.sandbox.runner import SandboxRunner
from jobproc.adapters.sandbox.slot import Slot
from jobproc.domain.errors import ConfigurationError
from tests.integration.contracts.sandboxes import (
    CRASHED,
    claimed,
    eventually,
    is_alive,
    one_of,
    sandbox,
    trip,
    wild_operations,
)
from tests.integration.processes.running import alive, descendants

pytestmark = pytest.mark.anyio


async def test_a_start_that_is_given_up_leaves_no_child_that_was_ready_already() -> None:
    class OneReady(SandboxRunner):
        """The second child never gets ready."""

        ready = 0

        async def _start(self) -> Slot:
            self.ready += 1
            return await (super()._start() if self.ready == 1 else asyncio.Event().wait())  # type: ignore[return-value]

    before = descendants(os.getpid())
    async with OneReady(wild_operations(), sandbox()._command) as runner:
        starting = asyncio.create_task(runner.prepare(2))
        await eventually(lambda: descendants(os.getpid()) - before)
        await asyncio.sleep(1)
        starting.cancel()
        await asyncio.wait((starting,), timeout=5)
    assert starting.cancelled()
    assert not alive(descendants(os.getpid()) - before)


async def test_a_start_that_is_given_up_returns_when_all_children_have_ended() -> None:
    class Slow(SandboxRunner):
        """Each child takes longer than the one before to end."""

        begun = ended = 0

        async def _start(self) -> Slot:
            self.begun += 1
            number = self.begun
            try:
                return await asyncio.Event().wait()  # type: ignore[return-value]
            finally:
                await asyncio.sleep(number / 50)
                self.ended += 1

    async with Slow(wild_operations(), sandbox()._command) as runner:
        starting = asyncio.create_task(runner.prepare(3))
        await eventually(lambda: runner.begun == 3)
        starting.cancel()
        await asyncio.wait((starting,), timeout=5)
        assert (starting.cancelled(), runner.ended) == (True, 3)


async def test_a_child_whose_end_nobody_waits_for_has_ended(children: SandboxRunner) -> None:
    await children.prepare(1)
    slot = children._idle.pop()
    closing = asyncio.create_task(slot.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait((closing,), timeout=5)
    assert closing.cancelled()
    assert slot.child.process.returncode is not None


async def test_children_that_do_not_start_are_told() -> None:
    async with SandboxRunner(wild_operations(), ["jobproc.not_there"]) as runner:
        with pytest.raises(ConfigurationError, match="do not start"):
            await runner.prepare(2)
        with pytest.raises(ConfigurationError, match="do not start"):
            await one_of(runner, claimed("pid"))


@pytest.mark.parametrize("number", [1, 3])
async def test_children_that_were_killed_while_they_were_idle_cost_no_attempt(
    children: SandboxRunner, number: int
) -> None:
    before = descendants(os.getpid())
    await children.prepare(number)
    killed = descendants(os.getpid()) - before
    assert len(killed) == number
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert int(await one_of(children, claimed("pid"))) not in killed


async def test_a_child_that_an_earlier_job_holds_up_is_given_up_and_blames_no_other(
    children: SandboxRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trips, "BEGIN_SECONDS", 1.0)
    haunted = str(await one_of(children, claimed("haunt", "0.1")))
    await asyncio.sleep(0.3)
    ran = await trip(children, *(jobs := [claimed("pid"), claimed("total", "[2]")]))
    assert ran.of(jobs[0]) not in (haunted, None)
    assert ran.of(jobs[1]) == "2"
    assert not is_alive(int(haunted))


async def test_stopping_what_a_child_never_begins_ends_it_at_once(children: SandboxRunner) -> None:
    await one_of(children, claimed("haunt", "0.1"))
    await asyncio.sleep(0.3)
    running = asyncio.create_task(trip(children, job := claimed("pid")))
    await asyncio.sleep(0.1)
    children.stop(job.id)
    assert (await asyncio.wait_for(running, 2)).of(job) == "nothing"


async def test_a_job_that_no_child_begins_is_blamed_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trips, "BEGIN_SECONDS", 0.2)
    async with SandboxRunner(wild_operations(), ["tests.integration.contracts.deaf"]) as runner:
        job = claimed("total", "[1]")
        assert await asyncio.wait_for(one_of(runner, job), 20) == CRASHED


async def test_children_end_with_a_worker_that_is_killed() -> None:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.contracts.doomed", stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout
    child = int(await asyncio.wait_for(worker.stdout.readline(), 20))
    assert is_alive(child)
    worker.kill()
    await worker.wait()
    await eventually(lambda: not is_alive(child), 2)
