"""What every way to submit has in common: the key that makes a repeated request the same request."""

from typing import Annotated

from fastapi import Header

from jobproc.application.batches import SubmittedBatch
from jobproc.application.jobs import Submitted

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        description="The same key and body make the same job, however often they are sent.",
    ),
]


def replayed(submitted: Submitted | SubmittedBatch) -> dict[str, str]:
    """Says in a header that an earlier request made the job."""
    return {"Idempotent-Replayed": "true"} if submitted.replayed else {}
