"""Whatever an operation does, its job gets an outcome that can be stored and shown."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import pytest
from pydantic import AfterValidator

from jobproc.adapters.pydantic.types import PydanticTypes
from jobproc.adapters.sandbox.attempt import attempt
from jobproc.adapters.sandbox.reports import ReportingContext
from jobproc.domain.jobs import ErrorCode, Failed
from jobproc.domain.operations import Operation

T = TypeVar("T")
HOSTILE = "no \0 such \ud800 file: '/srv/app/in.csv'"
HARMLESS = "no \ufffd such \ufffd file: 'in.csv'"


class Mute(Exception):
    def __str__(self) -> str:
        raise SystemExit


def raising(error: BaseException) -> Callable[[T], T]:
    def fail(value: T) -> T:
        raise error

    return fail


def returning(check: Callable[[int], int]) -> Callable[..., Any]:
    def answer(data: Any) -> Annotated[int, AfterValidator(check)]:
        return 1

    return answer


def failure_of(function: Callable[..., Any]) -> Failed:
    context = ReportingContext(UUID(int=1), 1, lambda _: None)
    operation = Operation("tried", function)
    outcome = attempt(operation, "[1]", context, types=PydanticTypes(), max_result_bytes=1000)
    assert isinstance(outcome, Failed)
    return outcome


def test_the_message_of_an_exception_can_be_stored_and_shows_no_folder() -> None:
    error = (failure_of(raising(ValueError(HOSTILE)))).error
    assert (error.code, error.type, error.message) == (
        ErrorCode.OPERATION_FAILED,
        "ValueError",
        HARMLESS,
    )


def test_an_exception_that_ends_threads_while_it_tells_its_message_ends_its_job_only() -> None:
    error = (failure_of(raising(Mute()))).error
    assert (error.code, error.type, error.message) == (ErrorCode.OPERATION_FAILED, "Mute", "")


def test_the_message_of_a_refused_result_can_be_stored_and_shows_no_folder() -> None:
    error = (failure_of(returning(raising(ValueError("no \0 file: '/srv/app/in.csv'"))))).error
    assert error.code is ErrorCode.INVALID_RESULT
    assert error.message.endswith("no \ufffd file: 'in.csv'")


def test_a_result_whose_check_breaks_ends_its_job_at_once() -> None:
    error = (failure_of(returning(raising(KeyError("x"))))).error
    assert (error.code, error.type) == (ErrorCode.OPERATION_FAILED, "KeyError")


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), GeneratorExit()])
def test_whatever_is_raised_ends_that_one_job(error: BaseException) -> None:
    failed = failure_of(raising(error))
    assert (failed.error.code, failed.error.type) == (ErrorCode.OPERATION_FAILED, type(error).__name__)
    assert not failed.retryable


def test_the_log_has_the_traceback_and_the_job(caplog: pytest.LogCaptureFixture) -> None:
    failure_of(raising(ValueError("boom")))
    [record] = caplog.records
    facts = vars(record)["facts"]
    assert facts["job"] == str(UUID(int=1))
    assert "Traceback" in facts["exception"]
    assert "ValueError: boom" in facts["exception"]
