"""A server that refuses a new connection is told as such, on either way to it."""

import asyncpg
import pytest
from sqlalchemy import make_url, text

from jobproc.adapters.postgres.database import Database, driver_url, open_database
from jobproc.domain.errors import Unavailable

pytestmark = pytest.mark.anyio

ONE = text("SELECT 1 AS one")
REFUSALS = [
    # While it starts after a crash, while it stops, and when no place is left.
    asyncpg.CannotConnectNowError("the database system is starting up"),
    asyncpg.AdminShutdownError("terminating connection"),
    asyncpg.TooManyConnectionsError("sorry, too many clients already"),
    asyncpg.InterfaceError("connection is closed"),
    ConnectionRefusedError("nobody is there"),
]


async def ask(database: Database, straight: bool) -> None:
    await (database.fetch(ONE, {}) if straight else database.run(ONE))


@pytest.mark.parametrize("straight", [True, False])
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda error: type(error).__name__)
async def test_who_is_let_in_by_nobody_is_told_to_try_again(
    database_url: str, straight: bool, refusal: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise refusal

    async with open_database(database_url) as database:
        monkeypatch.setattr(asyncpg, "connect", refuse)
        with pytest.raises(Unavailable, match="Try again"):
            await ask(database, straight)
        monkeypatch.undo()
        await ask(database, straight)


@pytest.mark.parametrize(
    "ending",
    [
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        asyncpg.CrashShutdownError("terminating connection because of crash of another server process"),
        asyncpg.InternalClientError("another operation is in progress"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_connection_that_the_server_is_ending_is_not_lent_again(
    database_url: str, ending: Exception
) -> None:
    async with open_database(database_url, pool_size=1) as database:
        before = await pid_of(database)
        with pytest.raises(Unavailable, match="Try again"):
            async with database.straight():
                raise ending
        assert await pid_of(database) != before


async def test_a_connection_whose_statement_was_refused_is_lent_again(database_url: str) -> None:
    async with open_database(database_url, pool_size=1) as database:
        before = await pid_of(database)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await database.fetch(text("SELECT 1 / 0 AS one"), {})
        assert await pid_of(database) == before


async def pid_of(database: Database) -> int:
    return int((await database.fetch(text("SELECT pg_backend_pid() AS pid"), {}))[0][0])


@pytest.mark.parametrize("straight", [True, False])
async def test_a_wrong_password_is_told_with_the_setting_that_holds_it(
    database_url: str, straight: bool
) -> None:
    wrong = make_url(database_url).set(password="wrong").render_as_string(hide_password=False)
    async with open_database(wrong) as database:
        with pytest.raises(Unavailable, match="JOBPROC_DATABASE_URL"):
            await ask(database, straight)


@pytest.mark.parametrize("spelled", ["ssl", "sslmode"])
def test_either_spelling_of_tls_is_read_by_the_pool_and_by_the_driver_alone(spelled: str) -> None:
    url = f"postgres://ada:secret@db.example.com:5433/jobs?{spelled}=require"
    assert driver_url(url) == "postgresql://ada:secret@db.example.com:5433/jobs?sslmode=require"
    assert dict(open_database(url).engine.url.query) == {"ssl": "require"}
