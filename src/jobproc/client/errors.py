"""What can go wrong, as exceptions: refusals of the service, its absence, and jobs that did not succeed."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobproc.client.views import JobView


@dataclass(frozen=True, slots=True)
class WrongValue:
    """One wrong value: a JSON pointer (RFC 6901) to it, a code, and what is wrong."""

    pointer: str
    code: str
    detail: str


class ClientError(Exception):
    """Whatever this client raises on purpose.

    `code` is stable and for programs, `detail` for people; `errors` points to wrong values of the request;
    `request_id` finds the request in the service's logs; after `retry_after` seconds, where the service gave any, the
    same request may succeed.
    """

    def __init__(
        self,
        detail: str,
        *,
        code: str = "client-error",
        errors: Sequence[WrongValue] = (),
        request_id: str | None = None,
        retry_after: float = 0,
    ) -> None:
        # A refusal of one thing says the same in both places.
        places = (f"  {each.pointer}: {each.detail}" for each in errors if each.detail != detail)
        super().__init__("\n".join((detail, *places)))
        self.detail = detail
        self.code = code
        self.errors = tuple(errors)
        self.request_id = request_id
        self.retry_after = retry_after


class Unavailable(ClientError):
    """The service was not reached, or could not answer, for as long as the client is patient."""


class InvalidInput(ClientError):
    """The request has wrong values."""


class NotAuthenticated(ClientError):
    """Nobody is logged in: no token, or one that is no longer good."""


class Refused(ClientError):
    """Not allowed."""


class NotFound(ClientError):
    """Not there, or not yours."""


class Conflict(ClientError):
    """The present state does not allow it."""


class TooLarge(ClientError):
    """More bytes than the service takes."""


class TooMany(ClientError):
    """More requests than the limit, for longer than the client is patient."""


class StillRunning(ClientError, TimeoutError):
    """What was waited for is not done yet; it goes on."""


class JobNotSuccessful(ClientError):
    """The job has no result; `job` says why."""

    def __init__(self, detail: str, job: JobView, *, code: str) -> None:
        super().__init__(detail, code=code)
        self.job = job


class JobFailed(JobNotSuccessful):
    """The operation failed; `code` is the code of the job's error, such as `operation_failed` or `timeout`."""


class JobCancelled(JobNotSuccessful):
    """Somebody cancelled the job."""
