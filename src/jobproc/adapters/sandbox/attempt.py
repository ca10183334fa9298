"""One attempt: the function called, and whatever it does made into an outcome that can be stored and shown."""

import asyncio
import inspect
import logging
import traceback
from typing import Any

from jobproc.application.ports import OperationTypes
from jobproc.domain.errors import InvalidInput
from jobproc.domain.failures import failure_of, safe_message
from jobproc.domain.jobs import ErrorCode, Failed, JobError, Lost, Outcome, Succeeded
from jobproc.domain.operations import Context, Operation

log = logging.getLogger("jobproc")

MEMORY_LIMIT = JobError(
    ErrorCode.MEMORY_LIMIT, "MemoryError", "The attempt needed more memory than it may have."
)


def attempt(
    operation: Operation, data: str, context: Context, *, types: OperationTypes, max_result_bytes: int
) -> Outcome:
    """Run the operation on this data here and now. Never raises."""
    try:
        result = _call(operation, types.read(operation, data), context)
        return _succeeded(operation, result, types, max_result_bytes)
    except MemoryError:
        return Lost(MEMORY_LIMIT)
    except BaseException as error:  # noqa: BLE001 - whatever an operation raises ends that one job only
        facts = {"job": str(context.job_id), "attempt": context.attempt, "operation": operation.name}
        log.warning("attempt.failed", extra={"facts": {**facts, "exception": _trace(error)}})
        return Failed(failure_of(error), operation.retries(error))


def _trace(error: BaseException) -> str:
    """For those who run the service; users read the name and the message only. A log takes no half of a pair."""
    return "".join(traceback.format_exception(error)).encode(errors="backslashreplace").decode()


def _call(operation: Operation, data: Any, context: Context) -> Any:
    name = operation.signature().context
    result = operation.function(data, **({name: context} if name else {}))
    return asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result


async def _awaited(result: Any) -> Any:
    return await result


def _succeeded(operation: Operation, result: Any, types: OperationTypes, max_result_bytes: int) -> Outcome:
    try:
        text = types.write(operation, result)
    except InvalidInput as error:
        return Failed(JobError(ErrorCode.INVALID_RESULT, "InvalidResult", safe_message(error)))
    if len(text.encode()) > max_result_bytes:
        message = f"The result is larger than {max_result_bytes} bytes."
        return Failed(JobError(ErrorCode.RESULT_TOO_LARGE, "ResultTooLarge", message))
    return Succeeded(text)
