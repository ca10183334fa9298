"""One connection by hand: every answer belongs to its question, whatever became of the one before."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import ResponseError, TimeoutError

from jobproc.adapters.redis.wire import Wire
from tests.integration.redis.own import OwnValkey

pytestmark = pytest.mark.anyio


@pytest.fixture
async def wire(valkey: OwnValkey, anyio_backend: str) -> AsyncIterator[Wire]:
    opened = Wire(valkey.url, connect_seconds=1, answer_seconds=1)
    await opened.ask(("SET", "name", "ada"))
    yield opened
    await opened.close()


async def test_several_answers_come_in_the_order_of_their_commands(wire: Wire) -> None:
    assert await wire.ask(("INCR", "n"), ("GET", "name"), ("INCR", "n")) == [1, b"ada", 2]


async def test_a_refused_command_is_raised_and_spoils_no_other(wire: Wire) -> None:
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await wire.ask(("LPUSH", "name", "x"), ("INCR", "n"))
    assert await wire.ask(("GET", "n"), ("GET", "name")) == [b"1", b"ada"]


async def test_one_that_was_closed_while_nobody_used_it_is_made_anew(wire: Wire, valkey: OwnValkey) -> None:
    async with valkey.client() as client:
        await client.client_kill_filter(_type="normal", skipme=True)
    assert await wire.ask(("GET", "name")) == [b"ada"]


async def test_who_stops_waiting_leaves_no_answer_to_the_next_one(wire: Wire) -> None:
    asking = asyncio.create_task(wire.ask(("BLPOP", "nothing", 10)))
    await asyncio.sleep(0.05)
    asking.cancel()
    await asyncio.wait((asking,))
    assert await wire.ask(("GET", "name")) == [b"ada"]
    with pytest.raises(TimeoutError):
        await wire.ask(("BLPOP", "nothing", 10))
    assert await wire.ask(("GET", "name")) == [b"ada"]
