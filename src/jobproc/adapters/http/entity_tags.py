"""Entity tags (RFC 9110, 8.8.3): what a client has seen of a job, so that it is told only of news."""

import re
from collections.abc import Callable
from hashlib import blake2s
from typing import Annotated

from fastapi import Depends, Header, Request

from jobproc.domain.batches import BatchState
from jobproc.domain.jobs import Job

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def tag_of(job: Job) -> str:
    """Another one after every change of its status and of its stored progress."""
    if job.progress is None:
        return f'"{job.version}"'
    progress = blake2s(repr(job.progress).encode(), digest_size=6).hexdigest()
    return f'"{job.version}-{progress}"'


def batch_tag_of(state: BatchState) -> str:
    """Another one after every change of a count."""
    counts = sorted((status, count) for status, count in state.counts.items() if count)
    return f'"{blake2s(repr(counts).encode(), digest_size=6).hexdigest()}"'


async def parse_if_none_match(
    request: Request,
    if_none_match: Annotated[
        str | None,
        Header(alias="If-None-Match", description="The `ETag` of what was seen: 304 while it stands."),
    ] = None,
) -> Callable[[str], bool] | None:
    """Whether a tag is one that the header names; None without it. Several lines of it are one."""
    lines = request.headers.getlist("if-none-match")
    if not lines:
        return None
    given = ", ".join(lines)
    tags = frozenset(_TAG.findall(given))
    return lambda tag: given.strip() == "*" or tag in tags


Seen = Annotated[Callable[[str], bool] | None, Depends(parse_if_none_match)]
