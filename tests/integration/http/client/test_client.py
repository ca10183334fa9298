"""The client for asyncio against the whole service, over both profiles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from jobproc.client import (
    AsyncClient,
    ClientError,
    Conflict,
    InvalidInput,
    JobCancelled,
    JobFailed,
    JobStatus,
    NotAuthenticated,
    NotFound,
    ProgressEvent,
    StatusEvent,
    StillRunning,
)
from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import PASSWORD, Service, serving

pytestmark = pytest.mark.anyio

BIG = 10**999 + 1


@asynccontextmanager
async def client_of(service: Service, username: str = "ada") -> AsyncIterator[AsyncClient]:
    """Somebody new, logged in."""
    transport = httpx2.ASGITransport(app=service.served, raise_app_exceptions=False)
    async with AsyncClient("http://jobproc", patience=5, transport=transport) as client:
        assert (await client.register(username, PASSWORD)).username == username
        yield client


@pytest.fixture
def profile(profile: Settings) -> Settings:
    return profile.model_copy(update={"operations": "tests.integration.http.client.steps"})


@pytest.fixture
async def ada(service: Service) -> AsyncIterator[AsyncClient]:
    async with client_of(service) as client:
        yield client


async def test_a_submitted_job_gives_its_result(ada: AsyncClient) -> None:
    assert await (await ada.submit("square_sum", [1, 2, 3])).result() == 14
    assert (await ada.submit("square_sum", [1, 2, 3], wait=20)).view.result == 14


async def test_integers_of_any_size_are_exact(ada: AsyncClient) -> None:
    job = await ada.submit("cube_sum", [BIG])
    assert await job.result() == BIG**3
    assert (await ada.job(job.id)).view.data == [BIG]


async def test_a_job_that_fails_says_why(ada: AsyncClient) -> None:
    job = await ada.submit("refuse", "not today")
    with pytest.raises(JobFailed, match="ValueError: not today") as failed:
        await job.result()
    assert failed.value.code == "operation_failed"
    assert (await job.wait()).status is JobStatus.FAILED
    assert (await job.retry()).view.version > failed.value.job.version


async def test_a_job_goes_through_what_its_user_does_with_it(ada: AsyncClient) -> None:
    job = await ada.submit("square_sum", [2], delay_seconds=3600, priority=7, tags=["later"])
    assert (job.view.priority, job.view.tags, job.status) == (7, ("later",), "SCHEDULED")
    with pytest.raises(StillRunning):
        await job.result(timeout=0.1)
    with pytest.raises(Conflict):
        await job.delete()
    await job.cancel()
    with pytest.raises(JobCancelled):
        await job.result()
    await job.retry()
    assert await job.result() == 4
    await job.delete()
    with pytest.raises(NotFound):
        await job.refresh()


async def test_a_job_can_be_followed_as_it_goes(ada: AsyncClient) -> None:
    job = await ada.submit("count", 3)
    events = [event async for event in job.events()]
    statuses = [event.step.status for event in events if isinstance(event, StatusEvent)]
    assert statuses == ["PENDING", "IN_PROGRESS", "SUCCESS"]
    told = [event.progress.done for event in events if isinstance(event, ProgressEvent)]
    assert told == sorted(told)
    assert told
    assert [step.status for step in await job.timeline()] == statuses
    assert [progress async for progress in job.progress()] == []


async def test_a_key_of_ones_own_makes_one_job(ada: AsyncClient) -> None:
    first = await ada.submit("square_sum", [1], idempotency_key="monday")
    assert (await ada.submit("square_sum", [1], idempotency_key="monday")).id == first.id
    with pytest.raises(InvalidInput) as caught:
        await ada.submit("square_sum", [2], idempotency_key="monday")
    assert caught.value.code == "idempotency-mismatch"


async def test_all_pages_of_a_list_are_read_as_they_are_needed(ada: AsyncClient) -> None:
    made = [(await ada.submit("square_sum", [1], tags=["many"])).id for _ in range(5)]
    await ada.submit("square_sum", [1])
    assert [job.id async for job in ada.jobs(tag="many")] == made[::-1]
    assert [job.id async for job in ada.jobs(tag="many", limit=2)] == made[:2:-1]
    assert [job async for job in ada.jobs(status=["CANCELLED"])] == []
    async for job in ada.jobs(limit=1):
        assert await job.result() == 1


async def test_a_refusal_carries_code_detail_places_and_the_id_of_the_request(ada: AsyncClient) -> None:
    with pytest.raises(InvalidInput) as caught:
        await ada.submit("square_sum", [1, "2"])
    error = caught.value
    assert (error.code, error.errors[0].pointer) == ("invalid-data", "/data/1")
    assert error.request_id
    with pytest.raises(ClientError, match="Supported operations") as unknown:
        await ada.submit("nothing", [1])
    assert unknown.value.code == "unknown-operation"


async def test_nobody_sees_the_jobs_of_another(service: Service, ada: AsyncClient) -> None:
    job = await ada.submit("square_sum", [1])
    async with client_of(service, "bob") as bob:
        with pytest.raises(NotFound):
            await bob.job(job.id)
        assert [each async for each in bob.jobs()] == []


async def test_wrong_credentials_and_taken_names_are_refused(service: Service, ada: AsyncClient) -> None:
    with pytest.raises(Conflict) as taken:
        await ada.register("ada", PASSWORD)
    assert taken.value.code == "username-taken"
    with pytest.raises(NotAuthenticated) as wrong:
        await ada.login("ada", "wrong-horse-9")
    assert wrong.value.code == "invalid-credentials"
    assert await (await ada.submit("square_sum", [1])).result() == 1


async def test_without_a_token_nobody_is_let_in(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        transport = httpx2.ASGITransport(app=service.served)
        async with AsyncClient("http://jobproc", token="", transport=transport) as nobody:
            with pytest.raises(NotAuthenticated):
                await nobody.submit("square_sum", [1])
