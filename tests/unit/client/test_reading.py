"""Answers as typed values, and refusals as exceptions that say what to do."""

from datetime import UTC, datetime

import pytest

from jobproc.client.blocking.running import iterate, run
from jobproc.client.core import batches, catalogue, jobs
from jobproc.client.core.calls import Answer, json_of
from jobproc.client.core.opening import url_of
from jobproc.client.errors import (
    ClientError,
    InvalidInput,
    JobCancelled,
    JobFailed,
    NotFound,
    TooLarge,
    Unavailable,
)
from jobproc.client.reading import read_job
from tests.unit.client.fake import ID, TIME, FakeWire, answer, job, problem, session, turns


def test_a_job_has_its_types_and_keeps_what_it_does_not_know() -> None:
    members = job("FAILED", error={"code": "timeout", "type": "TimeoutError", "message": "5 s"}, extra=1)
    view = read_job(members)
    assert view.created_at == datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    assert view.error
    assert view.error.code == "timeout"
    assert view.raw["extra"] == 1


def test_a_job_without_a_result_says_why() -> None:
    error = {"code": "operation_failed", "type": "ValueError", "message": "no"}
    with pytest.raises(JobFailed, match="ValueError: no") as failed:
        jobs.result_of(read_job(job("FAILED", error=error)))
    assert (failed.value.code, failed.value.job.id) == ("operation_failed", ID)
    with pytest.raises(JobCancelled):
        jobs.result_of(read_job(job("CANCELLED")))


def test_a_refusal_carries_all_that_the_service_says() -> None:
    wrong = {"pointer": "/data/0", "code": "int_type", "detail": "Input should be a valid integer"}
    body = {"code": "invalid-data", "detail": "It does not fit.", "errors": [wrong]}
    wire = FakeWire(turns(answer(422, body, x_request_id="r-1")))
    with pytest.raises(InvalidInput) as caught:
        run(jobs.submit(session(wire), "square_sum", ["1"], {}))
    error = caught.value
    assert (error.code, error.detail, error.request_id) == ("invalid-data", "It does not fit.", "r-1")
    assert error.errors[0].pointer == "/data/0"
    assert "/data/0: Input should be a valid integer" in str(error)


@pytest.mark.parametrize(
    ("found", "kind", "words"),
    [
        (Answer(200, {}, b"<html>"), Unavailable, "not a jobproc service"),
        (Answer(200, {}, b'{"hello": "world"}'), Unavailable, "not one that this client understands"),
        (Answer(404, {}, b"<html>"), NotFound, "status 404"),
        (Answer(413, {}, b"[]"), TooLarge, "status 413"),
        (Answer(301, {"location": "https://x/"}, b""), ClientError, "points to https://x/"),
        (Answer(500, {}, b""), ClientError, "status 500"),
    ],
)
def test_an_answer_of_something_else_is_understood_as_far_as_it_can_be(
    found: Answer, kind: type[ClientError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        run(jobs.get(session(FakeWire(turns(found))), ID))


@pytest.mark.parametrize("data", [float("nan"), {1, 2}, object(), datetime(2026, 1, 1, tzinfo=UTC)])
def test_what_json_cannot_say_is_refused_before_it_is_sent(data: object) -> None:
    with pytest.raises(InvalidInput, match="cannot be sent as JSON"):
        json_of(data)


def test_a_time_without_an_offset_is_refused() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - that is what is wrong with it
    with pytest.raises(InvalidInput, match="run_at needs a time zone"):
        run(jobs.submit(session(FakeWire()), "square_sum", [1], {"run_at": naive}))
    with pytest.raises(InvalidInput, match="created_after needs a time zone"):
        list(iterate(jobs.find(session(FakeWire()), {"created_after": naive}, None)))


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://x", "http://", "http://[", "http://x:99999"])
def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        url_of(url)


def test_a_batch_is_read_while_it_goes_and_when_it_is_done() -> None:
    counts = {"SUCCESS": 1, "PENDING": 1}
    shown = {"id": ID, "total": 2, "counts": counts, "done": False}
    wire = FakeWire(turns(answer(202, {"id": ID, "total": 2, "job_ids": [ID, ID]}), answer(200, shown)))
    made = run(batches.submit(session(wire), [{"operation": "square_sum", "data": [1], "tags": ("a",)}] * 2))
    assert (made.total, made.job_ids, made.done) == (2, (ID, ID), False)
    job = '{"operation":"square_sum","data":[1],"tags":["a"]}'
    assert wire.calls[0].body == f'{{"jobs":[{job},{job}]}}'
    assert run(batches.get(session(wire), ID)).counts == counts
    wire = FakeWire(turns(answer(200, shown), answer(200, shown | {"done": True})))
    assert run(batches.wait(session(wire), ID, None)).done


def test_operations_and_numbers_are_read() -> None:
    shown = {"name": "a b", "summary": "Sum.", "input_schema": {"type": "array"}, "output_schema": {}}
    wire = FakeWire(turns(answer(200, {"items": [shown]}), answer(200, shown)))
    assert [each.name for each in run(catalogue.get_operations(session(wire)))] == ["a b"]
    assert run(catalogue.get_operation(session(wire), "a b")).input_schema == {"type": "array"}
    assert wire.calls[-1].path == "/v1/operations/a%20b"
    stats = {
        "counts": {"SUCCESS": 2},
        "finished": [{"at": TIME, "counts": {"SUCCESS": 2}}],
        "wait": {"p50": 0.1, "p95": 0.2},
        "run": {"p50": None, "p95": None},
        "sample": 2,
    }
    read = run(catalogue.get_stats(session(FakeWire(turns(answer(200, stats)))), "24h"))
    assert (read.wait.p95, read.run.p50, read.finished[0].counts) == (0.2, None, {"SUCCESS": 2})


def test_nothing_that_exists_is_left_out_of_a_list() -> None:
    pages = [
        {"items": [job()] * 200, "next_cursor": "c1"},
        {"items": [], "next_cursor": "c2"},
        {"items": [job()], "next_cursor": None},
    ]
    wire = FakeWire(turns(*(answer(200, page) for page in pages)))
    found = list(iterate(jobs.find(session(wire), {"status": ["FAILED", "PENDING"], "tag": "a"}, None)))
    assert len(found) == 201
    wanted = [("status", "FAILED"), ("status", "PENDING"), ("tag", "a"), ("limit", "200")]
    assert list(wire.calls[0].query) == wanted
    assert list(wire.calls[2].query) == [*wanted, ("cursor", "c2")]


def test_an_unknown_code_of_a_refusal_is_kept() -> None:
    with pytest.raises(ClientError) as caught:
        run(jobs.get(session(FakeWire(turns(problem(418, "teapot")))), ID))
    assert caught.value.code == "teapot"
