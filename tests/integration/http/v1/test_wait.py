"""`Prefer: wait`: an answer as soon as there is news, and not later than asked for."""

import asyncio
import time
from datetime import timedelta
from uuid import uuid4

import pytest

from jobproc.application.events import changes
from jobproc.domain.jobs import Progress
from tests.integration.http.service import Service

pytestmark = pytest.mark.anyio
JOB = {"operation": "square_sum", "data": [1, 2, 3]}


async def test_a_submission_that_waits_is_201_with_the_result_when_it_ends_in_time(service: Service) -> None:
    ada = await service.register()
    answer = await ada.post("/v1/jobs", JOB, prefer="wait=20")
    assert (answer.status_code, answer.json()["status"], answer.json()["result"]) == (201, "SUCCESS", 14)
    assert answer.headers["Preference-Applied"] == "wait=20"
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json()['id']}"


async def test_a_submission_that_does_not_end_in_time_is_202(idle_service: Service) -> None:
    ada = await idle_service.register()
    answer = await ada.post("/v1/jobs", JOB, prefer="wait=1")
    assert (answer.status_code, answer.json()["status"]) == (202, "PENDING")
    assert answer.headers["Preference-Applied"] == "wait=1"


async def test_a_job_is_waited_for_until_it_is_done(idle_service: Service) -> None:
    ada = await idle_service.register()
    job = (await ada.submit_v1())["id"]
    waiting = asyncio.create_task(ada.get(f"/v1/jobs/{job}", prefer="respond-async, wait=30"))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await idle_service.application.worker.run_all_due()
    answer = await asyncio.wait_for(waiting, 10)
    assert (answer.status_code, answer.json()["status"]) == (200, "SUCCESS")


async def test_with_a_tag_the_wait_ends_with_the_next_change_of_status_or_progress(
    idle_service: Service,
) -> None:
    ada = await idle_service.register()
    path = f"/v1/jobs/{(await ada.submit_v1())['id']}"
    seen = (await ada.get(path)).headers["ETag"]
    waiting = asyncio.create_task(ada.get(path, if_none_match=seen, prefer="wait=30"))
    await asyncio.sleep(0.1)
    [claim] = await idle_service.adapters.work().claim(
        uuid4(), ["square_sum"], limit=1, lease=timedelta(minutes=1)
    )
    idle_service.adapters.events().publish(changes([claim]))
    answer = await asyncio.wait_for(waiting, 25)
    assert (answer.status_code, answer.json()["status"]) == (200, "IN_PROGRESS")
    await idle_service.adapters.work().report([claim._replace(progress=Progress(1, 2, ""))])
    again = await ada.get(path, if_none_match=answer.headers["ETag"], prefer="wait=30")
    assert (again.status_code, again.json()["progress"]["done"]) == (200, 1)


async def test_nothing_new_within_the_wait_is_304(idle_service: Service) -> None:
    ada = await idle_service.register()
    path = f"/v1/jobs/{(await ada.submit_v1())['id']}"
    seen = (await ada.get(path)).headers["ETag"]
    began = time.monotonic()
    answer = await ada.get(path, if_none_match=seen, prefer="wait=1")
    assert (answer.status_code, answer.content) == (304, b"")
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("wait=90", "wait=60"),
        ("wait = 7", "wait=7"),
        ('WAIT="7"; x=1', "wait=7"),
        ("wait=0", None),
        ("wait=-1", None),
        ("wait=soon", None),
        ("await=3", None),
        (f"wait={'9' * 5000}", "wait=60"),
        ("wait=007", "wait=7"),
    ],
)
async def test_a_preference_is_bounded_and_one_that_is_not_understood_is_none(
    service: Service, prefer: str, applied: str | None
) -> None:
    ada = await service.register()
    job = (await ada.submit_v1())["id"]
    await ada.until(job)
    answer = await ada.get(f"/v1/jobs/{job}", prefer=prefer)
    assert answer.status_code == 200
    assert answer.headers.get("Preference-Applied") == applied


async def test_what_waits_answers_with_what_there_is_when_the_process_closes(idle_service: Service) -> None:
    ada = await idle_service.register()
    job = (await ada.submit_v1())["id"]
    waiting = asyncio.create_task(ada.get(f"/v1/jobs/{job}", prefer="wait=60"))
    await asyncio.sleep(0.1)
    idle_service.streams.closing = True
    answer = await asyncio.wait_for(waiting, 5)
    assert (answer.status_code, answer.json()["status"]) == (200, "PENDING")


async def test_a_wait_ends_when_nobody_is_there_any_more_to_hear_it(idle_service: Service) -> None:
    ada = await idle_service.register()
    job = (await ada.submit_v1())["id"]
    waiting = idle_service.stream(ada, f"/v1/jobs/{job}", prefer="wait=60")
    waiting.ask()
    await asyncio.sleep(0.1)
    waiting.leave()
    await waiting.ended(seconds=5)


async def test_hundreds_of_waits_hold_no_connection_to_the_database(idle_service: Service) -> None:
    ada = await idle_service.register()
    job = (await ada.submit_v1())["id"]
    waits = [asyncio.create_task(ada.get(f"/v1/jobs/{job}", prefer="wait=60")) for _ in range(200)]
    await asyncio.sleep(0.5)
    # The pool has 10 connections: held by the waits, none would be left for this.
    assert (await asyncio.wait_for(ada.post(f"/v1/jobs/{job}/cancel"), 5)).status_code == 200
    answers = await asyncio.wait_for(asyncio.gather(*waits), 20)
    assert {answer.json()["status"] for answer in answers} == {"CANCELLED"}
