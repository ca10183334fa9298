"""What a process does not use it does not load: it would hold it as long as it runs."""

import subprocess
import sys

import pytest

from tests.integration.processes.running import environment, production

SERVE_NOBODY = """
import asyncio
from jobproc.entrypoints.api import make_app

async def run():
    async with (app := make_app()).router.lifespan_context(app):
        pass

asyncio.run(run())
"""
DO_NOTHING = """
import asyncio
import jobproc.entrypoints.{process}
from jobproc.entrypoints.container import open_application
from jobproc.entrypoints.settings import load_settings

async def run():
    async with open_application(load_settings()):
        pass

asyncio.run(run())
"""
WEB = ("fastapi", "starlette", "uvicorn", "werkzeug", "jobproc.adapters.http")


def test_the_api_loads_neither_an_object_mapper_nor_migrations(database_url: str, redis_url: str) -> None:
    assert loaded(SERVE_NOBODY, database_url, redis_url, "sqlalchemy.orm", "alembic") == []


@pytest.mark.parametrize("process", ["worker", "maintenance"])
def test_who_serves_nobody_loads_neither_the_web_nor_weak_passwords(
    process: str, database_url: str, redis_url: str
) -> None:
    names = ("sqlalchemy.orm", "alembic", "zxcvbn", *WEB)
    assert loaded(DO_NOTHING.format(process=process), database_url, redis_url, *names) == []


def test_the_api_has_loaded_what_judges_passwords_before_anybody_registers(
    database_url: str, redis_url: str
) -> None:
    assert loaded(SERVE_NOBODY, database_url, redis_url, "zxcvbn") == ["zxcvbn"]


def loaded(code: str, database_url: str, redis_url: str, *names: str) -> list[str]:
    """Those of the modules that are there after it."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{code}\nimport sys\nprint(*[name for name in {names} if name in sys.modules])",
        ],
        env=environment(**production(database_url, redis_url)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()
