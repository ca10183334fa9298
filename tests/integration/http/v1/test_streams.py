"""Live streams: of one job and of all, without a gap, without a repeat, for their owner only."""

import asyncio
from uuid import UUID

import pytest

from jobproc.adapters.http.streams import MOST_STREAMS
from jobproc.application.events import Hint
from jobproc.domain.jobs import Progress
from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import Service, Visitor, serving
from tests.integration.http.streaming import Event, Stream

pytestmark = pytest.mark.anyio
LIVE = {"accept": "text/event-stream"}


def of_job(service: Service, visitor: Visitor, job: str, **headers: str) -> Stream:
    return service.stream(visitor, f"/v1/jobs/{job}/events", **LIVE, **headers)


def told(events: list[Event]) -> list[tuple[str | None, str]]:
    return [(event.id, event.data["status"]) for event in events if event.name == "status"]


async def test_a_stream_tells_every_change_and_ends_with_the_final_status(idle_service: Service) -> None:
    ada = await idle_service.register()
    job = await ada.submit_v1()
    async with of_job(idle_service, ada, job["id"]) as stream:
        first = await stream.next()
        assert (first.name, first.id, first.data["status"]) == ("status", "1", "PENDING")
        shown = {name: value for name, value in job.items() if name not in ("data", "result")}
        assert first.data["job"] == shown
        await idle_service.application.worker.run_all_due()
        rest = await stream.rest()
    assert told(rest) == [("2", "IN_PROGRESS"), ("3", "SUCCESS")]
    assert rest[-1].data["job"]["finished_at"] is not None


async def test_a_resumed_stream_tells_exactly_what_was_missed(service: Service) -> None:
    ada = await service.register()
    job = (await ada.submit_v1())["id"]
    await ada.until(job)
    everything = [("1", "PENDING"), ("2", "IN_PROGRESS"), ("3", "SUCCESS")]
    for seen, missed in (("0", 3), ("1", 2), ("2", 1), ("3", 0), ("nonsense", 3), ("-1", 3)):
        async with of_job(service, ada, job, last_event_id=seen) as stream:
            assert told(await stream.rest()) == everything[3 - missed :], seen


async def test_a_retried_job_is_followed_through_its_earlier_ends(idle_service: Service) -> None:
    ada = await idle_service.register()
    job = (await ada.submit_v1())["id"]
    await ada.post(f"/v1/jobs/{job}/cancel")
    await ada.post(f"/v1/jobs/{job}/retry")
    async with of_job(idle_service, ada, job) as stream:
        before = [await stream.next() for _ in range(3)]
        await idle_service.application.worker.run_all_due()
        after = await stream.rest()
    statuses = ["PENDING", "CANCELLED", "PENDING", "IN_PROGRESS", "SUCCESS"]
    assert told([*before, *after]) == [(str(version + 1), status) for version, status in enumerate(statuses)]


async def test_progress_comes_between_without_an_id(idle_service: Service) -> None:
    ada = await idle_service.register()
    job = await ada.submit_v1()
    owner = (await idle_service.application.authenticate(ada.token)).user_id
    async with of_job(idle_service, ada, job["id"]) as stream:
        await stream.next()
        hint = Hint(owner, UUID(job["id"]), 1, progress=Progress(1, 3, "one"))
        idle_service.adapters.events().publish([hint])
        event = await stream.next()
    assert (event.name, event.id) == ("progress", None)
    assert event.data == {"job_id": job["id"], "version": 1, "done": 1, "total": 3, "message": "one"}


async def test_a_stream_of_somebody_elses_job_is_404(idle_service: Service) -> None:
    ada, bob = await idle_service.register("ada"), await idle_service.register("bob")
    job = (await ada.submit_v1())["id"]
    async with of_job(idle_service, bob, job) as stream:
        assert stream.status == 404


async def test_the_stream_of_all_jobs_tells_of_the_callers_own(idle_service: Service) -> None:
    ada, bob = await idle_service.register("ada"), await idle_service.register("bob")
    async with idle_service.stream(ada, "/v1/events") as stream:
        await bob.submit_v1()
        job = (await ada.submit_v1())["id"]
        event = await stream.next()
        assert (event.name, event.data["status"], event.data["job"]["id"]) == ("status", "PENDING", job)
        await ada.post(f"/v1/jobs/{job}/cancel")
        event = await stream.next()
        assert (event.data["version"], event.data["status"], event.data["job"]["id"]) == (2, "CANCELLED", job)


async def test_the_stream_of_all_jobs_goes_on_after_the_last_event_that_was_seen(
    idle_service: Service,
) -> None:
    ada = await idle_service.register()
    async with idle_service.stream(ada, "/v1/events") as stream:
        first = (await ada.submit_v1())["id"]
        seen = await stream.next()
        assert seen.data["job"]["id"] == first
    missed = [(await ada.submit_v1())["id"] for _ in range(3)]
    assert seen.id
    async with idle_service.stream(ada, "/v1/events", last_event_id=seen.id) as stream:
        events = [await stream.next() for _ in missed]
        assert [event.data["job"]["id"] for event in events] == missed
        assert len({event.id for event in events} | {seen.id}) == 4


@pytest.mark.parametrize("cursor", ["nonsense", "0123456789ab-3", "", "é"])
async def test_where_the_memory_does_not_reach_back_the_stream_says_so_first(
    idle_service: Service, cursor: str
) -> None:
    ada = await idle_service.register()
    async with idle_service.stream(ada, "/v1/events", last_event_id=cursor) as stream:
        assert (await stream.next()).name == "reset"
        await ada.submit_v1()
        assert (await stream.next()).name == "status"


async def test_a_user_may_have_so_many_streams_and_no_more(idle_service: Service) -> None:
    ada, bob = await idle_service.register("ada"), await idle_service.register("bob")
    streams = [idle_service.stream(ada, "/v1/events") for _ in range(MOST_STREAMS)]
    for stream in streams:
        await stream.__aenter__()
    assert {stream.status for stream in streams} == {200}
    async with idle_service.stream(ada, "/v1/events") as one_more:
        assert one_more.status == 429
    async with idle_service.stream(bob, "/v1/events") as other:
        assert other.status == 200
    for stream in streams:
        await stream.__aexit__()
    async with idle_service.stream(ada, "/v1/events") as again:
        assert again.status == 200


async def test_streams_end_when_the_process_closes(idle_service: Service) -> None:
    # Of whoever has submitted something there may still be word on its way.
    ada, bob = await idle_service.register("ada"), await idle_service.register("bob")
    job = (await ada.submit_v1())["id"]
    async with of_job(idle_service, ada, job) as one, idle_service.stream(bob, "/v1/events") as all_jobs:
        await one.next()
        idle_service.streams.closing = True
        assert not await one.rest(seconds=5)
        assert not await all_jobs.rest(seconds=5)


async def test_a_stream_ends_with_the_session_that_opened_it(idle_service: Service) -> None:
    ada = await idle_service.register()
    identity = await idle_service.application.authenticate(ada.token)
    async with idle_service.stream(ada, "/v1/events") as stream:
        await idle_service.application.logout(identity)
        assert not await stream.rest(seconds=8)


async def test_a_stream_ends_with_the_token_that_opened_it(memory: Settings) -> None:
    async with serving(memory.model_copy(update={"access_token_seconds": 2}), slots=0) as service:
        ada = await service.register()
        job = (await ada.submit_v1())["id"]
        async with of_job(service, ada, job) as one, service.stream(ada, "/v1/events") as all_jobs:
            assert (await one.next()).id == "1"
            assert not await one.rest(seconds=7)
            assert not await all_jobs.rest(seconds=7)


async def test_a_reader_that_takes_nothing_any_more_is_let_go_with_all_that_it_held(
    idle_service: Service,
) -> None:
    idle_service.streams.patience = 0.2
    ada = await idle_service.register()
    streams = [idle_service.stream(ada, "/v1/events") for _ in range(MOST_STREAMS)]
    for stream in streams:
        await stream.__aenter__()
        stream.takes.clear()
    await ada.submit_v1()
    await asyncio.gather(*(stream.ended() for stream in streams))
    async with idle_service.stream(ada, "/v1/events") as again:
        assert again.status == 200


async def test_five_hundred_streams_hold_no_connection_to_the_database(idle_service: Service) -> None:
    visitors = [await idle_service.register(f"user-{number}") for number in range(10)]
    batch = {"jobs": [{"operation": "square_sum", "data": [1]}] * MOST_STREAMS}
    made = [(visitor, await visitor.post("/v1/batches", batch)) for visitor in visitors]
    jobs = [(visitor, job) for visitor, answer in made for job in answer.json()["job_ids"]]
    streams = [of_job(idle_service, visitor, job) for visitor, job in jobs]
    # All at once they would be more than a pool of 10 connections serves in time on a busy machine.
    for begin in range(0, len(streams), MOST_STREAMS):
        opening = streams[begin : begin + MOST_STREAMS]
        await asyncio.gather(*(stream.__aenter__() for stream in opening))
    for stream in streams:
        assert (await stream.next()).data["status"] == "PENDING"
    await asyncio.wait_for(idle_service.application.worker.run_all_due(), 30)
    for stream in streams:
        assert told(await stream.rest())[-1] == ("3", "SUCCESS")
        await stream.__aexit__()
