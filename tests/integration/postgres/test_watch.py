"""Whoever asks whether the server still answers."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from jobproc.adapters.postgres.watch import Watch
from tests.integration.http.wires import silent

pytestmark = pytest.mark.anyio


async def test_a_watch_that_is_stopped_while_it_asks_leaves_nobody_asking() -> None:
    before = asyncio.all_tasks()
    with silent() as place:
        watch = Watch(
            create_async_engine(f"postgresql+asyncpg://{place}/").sync_engine, f"postgresql://{place}/"
        )
        watch.begin(1, None)
        watch.start()
        async with asyncio.timeout(10):
            while len(asyncio.all_tasks() - before) < len(("watch", "question")):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await watch.stop()
        assert asyncio.all_tasks() == before
