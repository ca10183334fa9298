"""Values as people read them."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from markupsafe import Markup, escape

from jobproc.adapters.http.ui.pretty import pretty
from jobproc.domain.jobs import Job, JobStatus, Progress

LABELS = {
    JobStatus.SCHEDULED: "Scheduled",
    JobStatus.PENDING: "Pending",
    JobStatus.IN_PROGRESS: "Running",
    JobStatus.SUCCESS: "Succeeded",
    JobStatus.FAILED: "Failed",
    JobStatus.CANCELLED: "Cancelled",
}
CAUSES = {
    "submitted": "Submitted",
    "claimed": "A worker has begun",
    "succeeded": "The result is recorded",
    "given_back": "A stopping worker gave it back",
    "due": "Its time has come",
    "cancelled": "Cancelled",
    "retried": "Retried",
    "operation_failed": "The operation raised an error",
    "timeout": "It took too long",
    "worker_lost": "Its worker was lost",
    "worker_crashed": "It ended its process",
    "memory_limit": "It needed too much memory",
    "invalid_result": "Its result was not of the promised type",
    "result_too_large": "Its result was too large",
}


def label(status: JobStatus) -> str:
    """A status in a word."""
    return LABELS[JobStatus(status)]


def cause(name: str) -> str:
    """Why a status changed, in a few words."""
    return CAUSES.get(name, name)


def moment(at: datetime | None) -> Markup:
    """A time in UTC; the page's script shows it in the reader's zone."""
    if at is None:
        return Markup('<span class="none">–</span>')
    at = at.astimezone(UTC)
    exact, text = at.isoformat(timespec="milliseconds"), f"{at:%Y-%m-%d %H:%M:%S} UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, text, text)


def duration(seconds: float | timedelta | None) -> str:
    """A length of time with its two largest units."""
    if seconds is None:
        return "–"
    left = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
    if left < 1:
        return f"{left * 1000:.0f} ms" if left >= 0.001 else "under 1 ms"
    if left < 60:
        return f"{left:.1f} s"
    whole = round(left)
    for unit, size, next_unit, next_size in _UNITS:
        if whole >= size:
            rest = whole % size // next_size
            return f"{whole // size} {unit}" + (f" {rest} {next_unit}" if rest else "")
    return f"{whole} s"


_UNITS = (("d", 86_400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1))


def elapsed(since: datetime) -> Markup:
    """How long ago that was; the page's script goes on counting."""
    return _counting("elapsed", datetime.now(UTC) - since)


def left(until: datetime) -> Markup:
    """How long it is until then; the page's script goes on counting."""
    return _counting("left", until - datetime.now(UTC))


def _counting(name: str, length: timedelta) -> Markup:
    length = max(length, timedelta())
    return Markup('<span data-{}="{}">{}</span>').format(name, length.total_seconds(), duration(length))


def waited(job: Job) -> timedelta | None:
    """From when it was due until its attempt began."""
    return job.started_at - job.run_at if job.started_at and _has_begun(job) else None


def ran(job: Job) -> timedelta | None:
    """How long its last attempt took."""
    return (
        job.finished_at - job.started_at if job.finished_at and job.started_at and _has_begun(job) else None
    )


def _has_begun(job: Job) -> bool:
    """Since it was last due, that is; what began before is an earlier attempt."""
    return job.started_at is not None and job.started_at >= job.run_at


def advance(progress: Progress) -> str:
    """How far, in words."""
    if progress.total is None:
        return f"{progress.done:g}"
    share = f" ({progress.done / progress.total:.0%})" if progress.total > 0 else ""
    return f"{progress.done:g} of {progress.total:g}{share}"


def breakable(name: str) -> Markup:
    """A name that breaks where its words end."""
    return Markup("_<wbr>").join(escape(part) for part in name.split("_"))


def short(id: object) -> str:
    """The end of an id, where ids of one moment differ."""
    return str(id)[-8:]


def plain(value: Any) -> str:
    """A value as JSON."""
    return json.dumps(value, ensure_ascii=False)


FILTERS: Mapping[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        label,
        cause,
        moment,
        duration,
        elapsed,
        left,
        waited,
        ran,
        advance,
        breakable,
        short,
        plain,
        pretty,
    )
}
