"""Entity tags (RFC 9110, 8.8.3): what a client has seen of a job, so that it is told only of news."""

import re
from hashlib import blake2s

from fastapi import Request

from jobproc.domain.jobs import Job

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def tag_of(job: Job) -> str:
    """Another one after every change of its status and of its stored progress."""
    if job.progress is None:
        return f'"{job.version}"'
    progress = blake2s(repr(job.progress).encode(), digest_size=6).hexdigest()
    return f'"{job.version}-{progress}"'


def has_seen(request: Request, tag: str) -> bool:
    """Whether `If-None-Match` names this very state."""
    given = request.headers.get("if-none-match", "").strip()
    return given == "*" or tag in _TAG.findall(given)
