"""Request bodies: read within a limit and in time, and taken as JSON only when they are nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from email.message import Message
from functools import lru_cache
from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from jobproc.adapters.http.schemas import Credentials
from jobproc.adapters.http.strict_json import Member, NotJson, parse_object
from jobproc.application.turns import let_others
from jobproc.domain.errors import Fault, InvalidInput, JobprocError, TooLarge, pointer_to

M = TypeVar("M", bound=BaseModel)
# The second is no registered name, and often sent.
UTF_8 = ("utf-8", "utf8")
# Clients send few, again and again; to read one takes five microseconds.
MOST_TYPES = 16
LONG = 100_000


class UnsupportedMediaType(JobprocError):
    """A body that is not JSON by its own headers."""

    code = "unsupported-media-type"


class TooSlow(JobprocError):
    """A body that was not here in time."""

    code = "too-slow"


async def read_object(request: Request) -> Mapping[str, Member]:
    """The members of a JSON object in the body, each with its own text."""
    text = await read_text(request, request.app.state.max_body_bytes)
    members = parse_object(text)
    if len(text) > LONG:
        # Who goes on looks at all of it again.
        await let_others()
    return members


async def read_text(request: Request, limit: int) -> str:
    """The body, which says to be JSON, as text; of more bytes than the limit: `TooLarge`."""
    _check_type(request)
    body = await read_bytes(request, limit)
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise NotJson("The body is not UTF-8.") from None


def reading(model: type[M]) -> Callable[[Request], Awaitable[M]]:
    """Reads a body as that model."""

    async def read(request: Request) -> M:
        body = await read_object(request)
        return check(model, {name: member.value for name, member in body.items()})

    return read


read_credentials = reading(Credentials)


def check(model: type[M], values: Mapping[str, object]) -> M:
    """The values as a model; wrong ones: `InvalidInput`, each fault with its pointer."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        faults = [Fault(pointer_to(*each["loc"]), each["type"], each["msg"]) for each in details]
        raise InvalidInput("The body does not fit.", faults=faults) from None


def _check_type(request: Request) -> None:
    if not _is_json(request.headers.get("content-type", "")):
        raise UnsupportedMediaType("Send JSON: Content-Type: application/json, in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body without Content-Encoding.")


@lru_cache(MOST_TYPES)
def _is_json(content_type: str) -> bool:
    header = Message()
    header["content-type"] = content_type
    try:
        return (
            header.get_content_type() == "application/json" and header.get_content_charset("utf-8") in UTF_8
        )
    except (TypeError, ValueError):
        # Parameters in numbered parts (RFC 2231) that are none.
        return False


async def read_bytes(request: Request, limit: int) -> bytes:
    """The body; of more bytes than the limit: `TooLarge`."""
    if int(request.headers.get("content-length", 0)) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(seconds := request.app.state.body_seconds):
            return await _gather(request, limit)
    except ClientDisconnect:
        raise NotJson("The body ended before its end.") from None
    except TimeoutError:
        raise TooSlow(f"The body was not here within {seconds} s.") from None


async def _gather(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit} bytes.")
