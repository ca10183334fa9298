"""One call and its answer, before and after HTTP."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from jobproc.client.errors import (
    ClientError,
    Conflict,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    Refused,
    TooLarge,
    TooMany,
    Unavailable,
    WrongValue,
)

T = TypeVar("T")
KINDS: Mapping[int, type[ClientError]] = {
    400: InvalidInput,
    401: NotAuthenticated,
    403: Refused,
    404: NotFound,
    408: Unavailable,
    409: Conflict,
    413: TooLarge,
    415: InvalidInput,
    422: InvalidInput,
    429: TooMany,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask; `wait` is how many seconds the service may take on purpose."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    wait: int = 0

    def sent(self) -> dict[str, str]:
        """All headers that say what this is."""
        kind = {} if self.body is None else {"Content-Type": "application/json"}
        prefer = {"Prefer": f"wait={self.wait}"} if self.wait else {}
        return {**self.headers, **kind, **prefer}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `asked` is how many times the call was sent for it. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked: int = 1

    def json(self) -> Any:
        """The body, with integers of any size exact; anything else than JSON: `Unavailable`."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Unavailable(
                f"The answer (status {self.status}) is not JSON: this is not a jobproc service. Check the URL.",
                code="not-jobproc",
            ) from None

    def read(self, reader: Callable[[Any], T]) -> T:
        """The body as the reader understands it; what it cannot understand: `Unavailable`."""
        try:
            return reader(self.json())
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Unavailable(
                f"The answer is not one that this client understands ({type(error).__name__}: {error}). Is this a "
                "jobproc service, and not a newer one than the client?",
                code="not-jobproc",
            ) from error

    def checked(self) -> "Answer":
        """Itself, or the refusal that it is raised."""
        if 200 <= self.status < 300:
            return self
        raise refusal_of(self)


def refusal_of(answer: Answer) -> ClientError:
    """A problem document as an exception; of what is none, as much as can be known."""
    problem = _problem(answer)
    detail = problem.get("detail") or _unlike_a_problem(answer)
    wrong, pause = problem.get("errors") or (), answer.headers.get("retry-after", "")
    return KINDS.get(answer.status, ClientError)(
        str(detail),
        code=str(problem.get("code") or f"http-{answer.status}"),
        errors=[WrongValue(each["pointer"], each["code"], each["detail"]) for each in wrong],
        request_id=answer.headers.get("x-request-id"),
        retry_after=float(pause) if pause.isascii() and pause.isdecimal() else 0,
    )


def json_of(value: Any) -> str:
    """As JSON text; what JSON cannot say (NaN, a set, a date): `InvalidInput`."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"The data cannot be sent as JSON: {error}", code="invalid-data") from error


def _problem(answer: Answer) -> dict[str, Any]:
    try:
        problem = json.loads(answer.body)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _unlike_a_problem(answer: Answer) -> str:
    told = f"The service answered with status {answer.status}{_moved(answer)}"
    # A proxy whose service is away says so in its own words.
    return f"{told}." if answer.status in (502, 503, 504) else f"{told}, not as jobproc does. Check the URL."


def _moved(answer: Answer) -> str:
    location = answer.headers.get("location")
    return f" and points to {location}" if location and 300 <= answer.status < 400 else ""
