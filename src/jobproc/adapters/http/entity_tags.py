"""Entity tags (RFC 9110, 8.8.3): what a client has seen of a job, so that it is told only of news."""

import re
from collections.abc import Callable
from hashlib import blake2s

from fastapi import Request

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


def seen_by(request: Request) -> Callable[[str], bool] | None:
    """Whether a tag is one that `If-None-Match` names; None without that header."""
    lines = request.headers.getlist("if-none-match")
    if not lines:
        return None
    given = ", ".join(lines)
    tags = frozenset(_TAG.findall(given))
    return lambda tag: given.strip() == "*" or tag in tags
