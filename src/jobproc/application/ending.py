"""Ending tasks, so that they have ended."""

import asyncio
from collections.abc import Coroutine
from typing import Any

# Long enough for what a task puts in order at its end.
INSIST_SECONDS = 0.5


async def end(*tasks: asyncio.Task[Any], insist: float = INSIST_SECONDS) -> list[BaseException | None]:
    """Cancel those that still run, until they do no longer; what each one failed of, if it did.

    Once is not enough: before Python 3.12 `asyncio.wait_for`, which libraries use, swallows a cancel that comes
    together with what it waits for.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=insist)
    return [None if task.cancelled() else task.exception() for task in tasks]


async def side_by_side(*parts: Coroutine[Any, Any, object], insist: float = INSIST_SECONDS) -> None:
    """Run them until all are done or one fails, which is raised when all have ended.

    A `TaskGroup` cancels once, and then waits for ever for a part that has swallowed it.
    """
    tasks = [asyncio.create_task(each) for each in parts]
    try:
        if tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        failures = await end(*tasks, insist=insist)
    for failure in filter(None, failures):
        raise failure
