"""Batches: many jobs in one request, all or none."""

from collections.abc import Iterable
from typing import Any, Required
from uuid import uuid4

from jobproc.client.core.calls import Call, json_of
from jobproc.client.core.jobs import Options, checked_id, submission
from jobproc.client.core.session import Session
from jobproc.client.core.waiting import wait_until
from jobproc.client.reading import read_batch
from jobproc.client.views import BatchView


class NewJob(Options, total=False):
    """One job of a batch."""

    operation: Required[str]
    data: Required[Any]


async def submit(session: Session, jobs: Iterable[NewJob], *, key: str | None = None) -> BatchView:
    """Submit under a key, so that however often it is sent there is one batch."""
    body = json_of({"jobs": [_submission(each) for each in jobs]})
    headers = {"Idempotency-Key": key or str(uuid4())}
    answer = await session.ask(Call("POST", "/v1/batches", headers=headers, body=body))
    return answer.read(read_batch)


async def get(session: Session, id: str) -> BatchView:
    """The batch as it is now."""
    return (await session.ask(Call("GET", path_of(id)))).read(read_batch)


async def wait(session: Session, id: str, timeout: float | None) -> BatchView:
    """The batch once all its jobs are final; not within so many seconds: `StillRunning`."""
    return await wait_until(
        session, path_of(id), read_batch, lambda batch: batch.done, timeout, f"Batch {id}"
    )


async def cancel(session: Session, id: str) -> BatchView:
    """Cancel whatever is not final yet."""
    return (await session.ask(Call("POST", f"{path_of(id)}/cancel"))).read(read_batch)


def path_of(id: str) -> str:
    """Where a batch is."""
    return f"/v1/batches/{checked_id(id)}"


def _submission(job: NewJob) -> dict[str, Any]:
    options: Any = {name: value for name, value in job.items() if name not in ("operation", "data")}
    return submission(job["operation"], job["data"], options)
