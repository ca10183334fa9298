"""Jobs and their timelines as JSON texts."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from math import ceil
from typing import Any

from fastapi.sse import format_sse_event

from jobproc.adapters.http.entity_tags import tag_of
from jobproc.adapters.http.raw_json import object_of
from jobproc.application.feeds import Entry, Reset
from jobproc.application.following import Advance, Change, News
from jobproc.domain.jobs import Job, JobStatus, Step


def show_job(job: Job) -> str:
    """Everything that its owner may know."""
    return f'{_name(job)[:-1]},"data":{job.data},"result":{job.result or "null"},{text_of(_plain(job))[1:]}'


def show_listed(job: Job) -> str:
    """Everything but what may be large."""
    return f"{_name(job)[:-1]},{text_of(_plain(job))[1:]}"


def show_news(news: News) -> bytes | None:
    """As an event of a stream; nothing for nothing."""
    match news:
        case Change(step, job):
            return format_sse_event(event="status", id=str(step.version), data_str=_change(step, job))
        case Advance():
            return format_sse_event(event="progress", data_str=_advance(news))
        case _:
            return None


def show_entry(entry: Entry | None) -> bytes | None:
    """The same for the stream of all jobs, where every event has its cursor as `id`."""
    match entry:
        case Entry(cursor, Change(step, job)):
            return format_sse_event(event="status", id=cursor, data_str=_change(step, job))
        case Entry(cursor, Advance() as advance):
            return format_sse_event(event="progress", id=cursor, data_str=_advance(advance))
        case Entry(cursor, Reset()):
            return format_sse_event(event="reset", id=cursor, data_str="{}")
        case _:
            return None


def _change(step: Step, job: Job) -> str:
    return object_of(
        {name: text_of(value) for name, value in asdict(step).items()} | {"job": show_listed(job)}
    )


def _advance(advance: Advance) -> str:
    named = {"job_id": str(advance.job_id), "version": advance.version}
    return text_of(named | asdict(advance.progress))


def show_step(step: Step) -> str:
    """One change."""
    return text_of(asdict(step))


def show_time(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds, so that texts sort as the times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def headers_of(job: Job) -> dict[str, str]:
    """The state as a tag and, while it is not final, when to ask again."""
    headers = {"ETag": tag_of(job)}
    if not job.status.is_final:
        headers["Retry-After"] = str(_seconds_until_news(job))
    return headers


def _seconds_until_news(job: Job) -> int:
    waits = job.status is JobStatus.SCHEDULED
    # By the clock of this machine: a second more or less does no harm here.
    return max(1, ceil((job.run_at - datetime.now(UTC)).total_seconds())) if waits else 1


def _name(job: Job) -> str:
    return text_of({"id": str(job.id), "operation": job.operation, "status": job.status})


def _plain(job: Job) -> Mapping[str, Any]:
    return {
        "error": job.error and asdict(job.error),
        "priority": job.priority,
        "tags": job.tags,
        "batch_id": job.batch_id and str(job.batch_id),
        "attempt": job.attempt,
        "max_attempts": job.max_attempts,
        "timeout_seconds": _number(job.timeout_seconds),
        "progress": job.progress and asdict(job.progress),
        "run_at": job.run_at,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "expires_at": job.expires_at,
        "version": job.version,
    }


def _number(seconds: float) -> float:
    return int(seconds) if float(seconds).is_integer() else seconds


def text_of(value: Any) -> str:
    """A plain value as JSON text."""
    return _ENCODER.encode(value)


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return show_time(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


# Made once: `json.dumps` makes one for every call with options.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_time)
