"""Nobody is left behind who asks whether the server still answers."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from jobproc.adapters.postgres.watch import Watch
from tests.integration.http.wires import silent

pytestmark = pytest.mark.anyio


async def test_a_watch_that_is_stopped_while_it_asks_leaves_nobody_asking() -> None:
    with silent() as place:
        watch = Watch(
            create_async_engine(f"postgresql+asyncpg://{place}/").sync_engine, f"postgresql://{place}/"
        )
        watch.begin(1, None)
        watch.start()
        async with asyncio.timeout(10):
            while "_probe" not in working():  # noqa: ASYNC110 - a task tells nobody that it begins
                await asyncio.sleep(0.01)
        await watch.stop()
    assert not working()


def working() -> set[str]:
    """What watches are at."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return {name.removeprefix("Watch.") for name in names if name.startswith("Watch.")}
