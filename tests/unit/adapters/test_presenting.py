"""What a job says of itself in the headers of an answer."""

from datetime import UTC, datetime, timedelta

from jobproc.adapters.http.v1.presenting import headers_of
from jobproc.domain.jobs import JobStatus
from tests.unit.domain.jobs import in_status


def test_a_scheduled_job_says_how_long_it_still_takes_however_long_ago_it_was_scheduled() -> None:
    now = datetime.now(UTC)
    dated = in_status(JobStatus.SCHEDULED)
    waiting = dated._replace(changed_at=now - timedelta(days=1), run_at=now + timedelta(seconds=1000))
    assert 900 <= int(headers_of(waiting)["Retry-After"]) <= 1000
    assert headers_of(waiting._replace(run_at=now - timedelta(seconds=9)))["Retry-After"] == "1"
