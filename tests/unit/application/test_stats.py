"""Numbers of somebody's jobs."""

from datetime import timedelta
from uuid import UUID

import pytest

from jobproc.adapters.memory.statistics import MemoryStatistics
from jobproc.application.stats import GetStats, TallyJobs
from jobproc.domain.filters import JobFilter
from jobproc.domain.jobs import Job, JobStatus
from jobproc.domain.stats import Tally, Window
from tests.unit.application.memory import OWNER, House
from tests.unit.domain.jobs import NOW

pytestmark = pytest.mark.anyio
QUARTER = Window.parse("15m")
NOBODY = UUID(int=7)


async def test_the_owners_jobs_are_shown_step_by_step_also_where_none_ended() -> None:
    house = House()
    house.clock.read = lambda: NOW + house.ahead
    await house.submit()
    await house.cancel_job(OWNER, (await house.submit()).id)
    house.ahead = timedelta(minutes=2)
    get_stats = GetStats(MemoryStatistics(house.jobs._store), house.clock)
    stats = await get_stats(OWNER, QUARTER)
    assert stats.counts == {JobStatus.PENDING: 1, JobStatus.CANCELLED: 1}
    start = QUARTER.start_of_step(NOW)
    assert [(each.at - start) / QUARTER.step for each in stats.finished] == [*range(-13, 3)]
    assert [each.at for each in stats.finished if each.counts] == [start]
    assert not (await get_stats(NOBODY, QUARTER)).counts


async def test_a_tally_counts_what_the_filter_wants_of_the_owners_jobs() -> None:
    house = House()
    old = [await house.submit(tags=("old",)) for _ in range(3)]
    await house.submit()
    await house.jobs.change(OWNER, [old[0].id], Job.cancel)
    tally = TallyJobs(MemoryStatistics(house.jobs._store))
    wanted = JobFilter(tag="old")
    assert await tally(OWNER, wanted) == Tally({JobStatus.PENDING: 2, JobStatus.CANCELLED: 1}, is_cut=False)
    assert await tally(NOBODY, wanted) == Tally({}, is_cut=False)
