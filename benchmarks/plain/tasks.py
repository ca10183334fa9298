"""Its worker: one message, one job, two commits."""

import asyncio
import json
import os
from collections.abc import Awaitable
from typing import Any

import asyncpg
from celery import Celery
from celery.signals import worker_process_init

DATABASE = os.environ.get("PLAIN_DATABASE", "")
CLAIM = (
    "UPDATE jobs SET status = 'IN_PROGRESS' WHERE id = $1 AND status = 'PENDING' RETURNING operation, data"
)
SAVE = "UPDATE jobs SET status = 'SUCCESS', result = $2, finished_at = now() WHERE id = $1"
POWERS = {"square_sum": 2, "cube_sum": 3}

app = Celery("plain", broker=os.environ.get("PLAIN_BROKER"))
app.conf.update(task_ignore_result=True, task_acks_late=True, broker_connection_retry_on_startup=True)
loop = asyncio.new_event_loop()
connections: list[Any] = []


@worker_process_init.connect  # type: ignore[untyped-decorator]
def connect(**_: object) -> None:
    """One connection for each process of the pool."""
    connections.append(_wait(asyncpg.connect(DATABASE)))


@app.task(name="run")  # type: ignore[untyped-decorator]
def run(id: str) -> None:
    """Claim, compute, save."""
    [connection] = connections
    row = _wait(connection.fetchrow(CLAIM, id))
    if row is not None:
        result = sum(number ** POWERS[row["operation"]] for number in json.loads(row["data"]))
        _wait(connection.execute(SAVE, id, str(result)))


def _wait(call: Awaitable[Any]) -> Any:
    return loop.run_until_complete(call)
