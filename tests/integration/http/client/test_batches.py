"""Batches, the catalogue and numbers, as the client shows them, over both profiles."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from jobproc.client import AsyncClient, InvalidInput, NewJob, NotFound
from tests.integration.http.service import PASSWORD, Service

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ada(service: Service) -> AsyncIterator[AsyncClient]:
    transport = httpx2.ASGITransport(app=service.served, raise_app_exceptions=False)
    async with AsyncClient("http://jobproc", patience=5, transport=transport) as client:
        await client.register("ada", PASSWORD)
        yield client


def squares(*numbers: object, **options: int) -> list[NewJob]:
    return [NewJob(operation="square_sum", data=[each], **options) for each in numbers]  # type: ignore[typeddict-item]


async def test_a_batch_is_submitted_waited_for_and_counted(ada: AsyncClient) -> None:
    batch = await ada.submit_batch(squares(1, 2, 3), idempotency_key="monday")
    assert (await ada.submit_batch(squares(1, 2, 3), idempotency_key="monday")).id == batch.id
    assert (await batch.wait(20)).counts["SUCCESS"] == 3
    results = {job.id: await job.result() async for job in batch.jobs()}
    assert [
        results[id]
        for id in (await ada.submit_batch(squares(1, 2, 3), idempotency_key="monday")).view.job_ids
    ] == [1, 4, 9]
    numbers = await ada.stats("1h")
    assert (numbers.counts["SUCCESS"], numbers.sample) == (3, 3)


async def test_a_batch_is_cancelled_as_a_whole(ada: AsyncClient) -> None:
    batch = await ada.submit_batch(squares(1, 2, delay_seconds=3600))
    assert (await (await ada.batch(batch.id)).cancel()).counts["CANCELLED"] == 2


async def test_a_batch_is_refused_as_a_whole_with_the_place_of_each_fault(ada: AsyncClient) -> None:
    with pytest.raises(InvalidInput) as caught:
        await ada.submit_batch(squares(1, "2"))
    assert caught.value.errors[0].pointer == "/jobs/1/data/0"
    assert [job async for job in ada.jobs()] == []


async def test_the_service_says_what_it_can_do(ada: AsyncClient) -> None:
    assert [each.name for each in await ada.operations()] == ["cube_sum", "square_sum"]
    assert (await ada.operation("cube_sum")).input_schema["type"] == "array"
    with pytest.raises(NotFound):
        await ada.operation("nothing")
