"""The few kinds of refusal. Each carries a `code` for programs and a `detail` for people."""

from collections.abc import Sequence
from dataclasses import dataclass


class JobprocError(Exception):
    """A refusal that its receiver can act on.

    `code` is stable and names the problem; `detail` says what happened and what to do next; `retry_after`, where it
    is known, is the number of seconds after which the same request may succeed.
    """

    code: str = "error"
    retry_after: int | None = None

    def __init__(self, detail: str, *, code: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.retry_after = retry_after or self.retry_after


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong value: a JSON pointer (RFC 6901) to it, a code, and a sentence that never echoes the value."""

    pointer: str
    code: str
    detail: str


def pointer_to(*steps: object) -> str:
    """The JSON pointer (RFC 6901) that goes these steps down."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


class InvalidInput(JobprocError):
    """Values that cannot be accepted; `faults` says where each one stands."""

    code = "invalid-input"

    def __init__(self, detail: str, *, code: str | None = None, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail, code=code)
        self.faults = tuple(faults)

    def below(self, pointer: str) -> list[Fault]:
        """Its faults as those of a part of something larger; without any the part as a whole is at fault."""
        faults = [Fault(pointer + each.pointer, each.code, each.detail) for each in self.faults]
        return faults or [Fault(pointer, self.code, self.detail)]


class NotAuthenticated(JobprocError):
    """Nobody we know, or no longer."""

    code = "not-authenticated"


class Refused(JobprocError):
    """Known, but not allowed."""

    code = "refused"


class NotFound(JobprocError):
    """Not there, or not yours: the two are never told apart."""

    code = "not-found"


class Conflict(JobprocError):
    """The present state does not allow it."""

    code = "conflict"


class TooLarge(JobprocError):
    """More bytes than the limit."""

    code = "too-large"


class TooMany(JobprocError):
    """More requests than the limit."""

    code = "too-many-requests"


class Unavailable(JobprocError):
    """A needed part is away; the same call may succeed in a few seconds."""

    code = "unavailable"
    retry_after = 2


class ConfigurationError(JobprocError):
    """The process cannot start as it is set up."""

    code = "configuration"
