"""However somebody's time with a connection ends, the next one has it sound, and in the middle of nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.util import greenlet_spawn

from jobproc.adapters.postgres.database import Database, open_database
from jobproc.adapters.postgres.watch import LOOK_SECONDS, Watch
from jobproc.domain.errors import Unavailable
from tests.integration.http.wires import wire

pytestmark = pytest.mark.anyio

ADD = text("INSERT INTO notes VALUES (1)")
SLEEP, SHORT_SLEEP = text("SELECT pg_sleep(30)"), text("SELECT pg_sleep(0.3)")
PID = text("SELECT pg_backend_pid()")
IS_CONNECTED = text("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = :pid)")
MOMENT = 0.2
Task = asyncio.Task[None]


@pytest.fixture
async def database(database_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    """With one connection, and a table whose key is looked at when a transaction ends."""
    async with open_database(database_url, pool_size=1) as opened:
        await opened.run(text("CREATE TABLE notes (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        yield opened


async def nothing_is_left(database: Database) -> None:
    assert database.pool_use() == (0, 1)
    async with database.transaction() as connection:
        # Refused while another session has written.
        await connection.execute(text("LOCK TABLE notes"))
        assert (await connection.execute(text("SELECT count(*) FROM notes"))).scalar_one() == 0


async def sleep_in_a_transaction(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(ADD)
        await connection.execute(SLEEP)


async def sleep_between_statements(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(ADD)
        await asyncio.sleep(30)


async def sleep(database: Database) -> None:
    await database.run(SLEEP)


async def fail(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(ADD)
        raise ZeroDivisionError


async def add_twice(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(ADD)
        await connection.execute(ADD)


async def once(task: Task) -> None:
    task.cancel()
    await asyncio.wait((task,))


async def again_and_again(task: Task) -> None:
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)


async def is_cancelled(
    work: Coroutine[Any, Any, None], cancel: Callable[[Task], Awaitable[None]] = once
) -> bool:
    task = asyncio.create_task(work)
    await asyncio.sleep(MOMENT)
    await cancel(task)
    return task.cancelled()


@pytest.mark.parametrize(
    ("work", "cancel"),
    [
        # Who insists there does not wait until the server has given the statement up.
        (sleep_in_a_transaction, once),
        (sleep_between_statements, once),
        (sleep_between_statements, again_and_again),
        (sleep, once),
        (sleep, again_and_again),
    ],
)
async def test_who_is_cancelled_leaves_nothing(
    database: Database,
    work: Callable[[Database], Coroutine[Any, Any, None]],
    cancel: Callable[[Task], Awaitable[None]],
) -> None:
    assert await is_cancelled(work(database), cancel)
    await nothing_is_left(database)


async def test_who_is_cancelled_while_a_connection_is_put_back_hears_it_afterwards(
    database: Database,
) -> None:
    before = await database.run(PID)
    failing = asyncio.create_task(fail(database))
    event.listen(database.engine, "rollback", lambda _: failing.cancel(), once=True)
    await asyncio.wait((failing,))
    assert failing.cancelled()
    await nothing_is_left(database)
    assert await database.run(PID) == before


async def test_who_is_cancelled_while_none_is_free_takes_none(database: Database) -> None:
    async with database.transaction() as connection:
        assert await is_cancelled(sleep(database))
        assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
    await nothing_is_left(database)


async def test_who_waits_too_long_for_one_is_told_to_try_again(database: Database) -> None:
    async with database.transaction():
        with pytest.raises(Unavailable, match="Try again"):
            await database.run(PID)
    await nothing_is_left(database)


@pytest.mark.parametrize(("work", "failure"), [(fail, ZeroDivisionError), (add_twice, IntegrityError)])
async def test_what_fails_or_cannot_be_committed_leaves_nothing(
    database: Database, work: Callable[[Database], Awaitable[None]], failure: type[Exception]
) -> None:
    before = await database.run(PID)
    with pytest.raises(failure):
        await work(database)
    await nothing_is_left(database)
    assert await database.run(PID) == before


THREE = 3


@pytest.fixture
async def three(database_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    """With three connections at most."""
    async with open_database(database_url, pool_size=THREE) as opened:
        yield opened


async def pid_of(database: Database) -> int:
    return int((await database.fetch(PID, {}))[0][0])


async def test_as_many_are_lent_as_there_may_be_and_who_comes_then_waits(three: Database) -> None:
    for _ in range(2):
        async with three.straight(), three.straight(), three.straight():
            assert three.pool_use() == (THREE, THREE)
            late = asyncio.create_task(pid_of(three))
            await asyncio.wait((late,), timeout=MOMENT)
            assert not late.done()
        await late
        assert three.pool_use() == (0, THREE)


class Greenlets:
    """Counts those that the lending takes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number = 0
        monkeypatch.setattr("jobproc.adapters.postgres.at_hand.greenlet_spawn", self)

    async def __call__(self, function: Callable[[], Any]) -> Any:
        """As the library's."""
        self.number += 1
        return await greenlet_spawn(function)


async def test_one_after_the_other_is_lent_the_same_and_no_greenlet_is_needed(
    three: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with three.straight(), three.straight():
        pass
    greenlets = Greenlets(monkeypatch)
    assert len({await pid_of(three) for _ in range(5)}) == 1
    assert not greenlets.number


async def test_one_that_broke_is_made_anew_at_once_though_others_lie_idle(
    three: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with three.straight(), three.straight():
        pass
    with pytest.raises(ZeroDivisionError):
        async with three.straight():
            raise ZeroDivisionError
    await pid_of(three)
    greenlets = Greenlets(monkeypatch)
    assert len({await pid_of(three) for _ in range(5)}) == 1
    assert not greenlets.number


async def test_one_that_was_ended_while_it_lay_idle_is_made_anew(three: Database, database: Database) -> None:
    before = await pid_of(three)
    ended = asyncio.Event()
    async with three.straight() as lent:
        lent.add_termination_listener(lambda _: ended.set())
    await database.run(text("SELECT pg_terminate_backend(:pid)"), {"pid": before})
    await asyncio.wait_for(ended.wait(), 10)
    assert await pid_of(three) != before
    assert three.pool_use() == (0, THREE)


async def test_what_is_kept_at_hand_is_there_for_everybody(three: Database) -> None:
    async with three.straight(), three.straight(), three.straight():
        pass
    # Who waits is refused, since nobody gives one back.
    async with three.transaction(), three.transaction(), three.transaction():
        assert three.pool_use() == (THREE, THREE)
    async with three.transaction(), three.straight():
        await three.run(PID)
    assert three.pool_use() == (0, THREE)


async def test_whoever_waits_gets_what_is_given_back_however_many_there_are(three: Database) -> None:
    given_back, lent = asyncio.Event(), asyncio.Barrier(THREE + 1)

    async def hold() -> None:
        async with three.straight():
            await lent.wait()
            await given_back.wait()

    async def stay() -> None:
        async with three.transaction():
            await asyncio.sleep(10)

    holding = [asyncio.create_task(hold()) for _ in range(THREE)]
    await lent.wait()
    waiting = [asyncio.create_task(stay()) for _ in range(THREE - 1)]
    late = asyncio.create_task(three.run(PID))
    await asyncio.sleep(MOMENT)
    given_back.set()
    await late
    for each in waiting:
        each.cancel()
    await asyncio.wait((*holding, *waiting))
    assert three.pool_use() == (0, THREE)


async def test_a_server_that_takes_no_more_connections_is_asked_for_none_while_one_lies_idle(
    three: Database,
) -> None:
    pid = await pid_of(three)

    def refuse(*_: object) -> None:
        raise asyncpg.TooManyConnectionsError

    event.listen(three.engine, "do_connect", refuse)
    for _ in range(2):
        assert (await three.run(PID))[0][0] == await pid_of(three) == pid


async def test_one_that_is_given_back_after_the_end_is_ended_and_counts_for_nothing(three: Database) -> None:
    async with three.straight() as lent:
        await three.__aexit__()
        async with three:
            await pid_of(three)
    assert lent.is_closed()
    assert three.pool_use() == (0, THREE)


async def test_what_is_kept_at_hand_does_not_look_like_somebody_waiting(
    three: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def answers(_: Watch) -> bool:
        asked.set()
        return True

    monkeypatch.setattr(Watch, "_answers", answers)
    await pid_of(three)
    # On a busy machine even that may have taken long.
    asked.clear()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asked.wait(), 3 * LOOK_SECONDS)
    # It does look like that while it is lent.
    async with three.straight():
        await asyncio.wait_for(asked.wait(), 10)


async def test_a_server_that_hangs_is_left_as_soon_as_any(database_url: str) -> None:
    url = make_url(database_url)
    async with wire(str(url.host), int(url.port or 5432)) as (line, port), asyncio.timeout(15):
        near = url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        async with open_database(near, pool_size=THREE) as three:
            async with three.straight(), three.transaction():
                pass
            line.cut()


async def test_nothing_is_kept_open_once_the_database_is_left(database_url: str) -> None:
    ended = asyncio.Event()
    async with open_database(database_url, pool_size=THREE) as three, three.straight() as lent:
        lent.add_termination_listener(lambda _: ended.set())
    await asyncio.wait_for(ended.wait(), 10)


async def test_who_asks_once_the_database_is_left_makes_no_connection(database_url: str) -> None:
    async with open_database(database_url) as left:
        pass
    with pytest.raises(Unavailable):
        await left.fetch(PID)
    with pytest.raises(Unavailable):
        await left.run(PID)
    with pytest.raises(Unavailable):
        async with left.transaction():
            pass
    async with left:
        assert len(await left.fetch(PID)) == 1


async def test_what_is_under_way_when_the_database_is_left_ends_its_connection(
    database: Database, database_url: str
) -> None:
    async with open_database(database_url) as left:
        [[pid]] = await left.run(PID)
        under_way = asyncio.create_task(left.run(SHORT_SLEEP))
        while left.pool_use()[0] == 0:  # noqa: ASYNC110 - a pool sends no event
            await asyncio.sleep(0)
    await under_way
    async with asyncio.timeout(10):
        while (await database.run(IS_CONNECTED, {"pid": pid}))[0][0]:  # noqa: ASYNC110 - nor does a server
            await asyncio.sleep(0.01)
