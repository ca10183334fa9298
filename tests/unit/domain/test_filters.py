"""A filter wants the jobs that are all of what it asks for, and asks for nothing unless told."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from jobproc.domain.filters import EVERY_JOB, JobFilter
from jobproc.domain.jobs import JobStatus
from tests.unit.domain.jobs import NOW, submitted

TICK = timedelta(microseconds=1)
BATCH = UUID(int=9)
JOB = submitted(tags=("nightly", "big"))._replace(batch_id=BATCH)


def test_a_filter_that_asks_for_nothing_wants_every_job() -> None:
    assert EVERY_JOB.wants(JOB)


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        ({"statuses": (JobStatus.FAILED, JobStatus.PENDING)}, True),
        ({"statuses": (JobStatus.FAILED,)}, False),
        ({"operation": "square_sum"}, True),
        ({"operation": "square"}, False),
        ({"tag": "big"}, True),
        ({"tag": "bi"}, False),
        ({"batch_id": BATCH}, True),
        ({"batch_id": UUID(int=8)}, False),
        ({"created_after": NOW - TICK}, True),
        ({"created_after": NOW}, False),
        ({"created_before": NOW + TICK}, True),
        ({"created_before": NOW}, False),
    ],
)
def test_each_wish_is_asked_of_the_job(wish: dict[str, Any], wanted: bool) -> None:
    assert JobFilter(**wish).wants(JOB) is wanted
    assert not JobFilter(**wish | {"tag": "other"}).wants(JOB)
