"""What a process does not use it does not load: it would hold it as long as it runs."""

import subprocess
import sys

from tests.integration.processes.running import environment, production

CODE = """
import asyncio, sys
from jobproc.entrypoints.api import make_app

async def serve_nobody():
    async with (app := make_app()).router.lifespan_context(app):
        pass

asyncio.run(serve_nobody())
print([name for name in ("sqlalchemy.orm", "alembic") if name in sys.modules])
"""


def test_the_api_loads_neither_an_object_mapper_nor_migrations(database_url: str, redis_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env=environment(**production(database_url, redis_url)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "[]\n", done.stderr
