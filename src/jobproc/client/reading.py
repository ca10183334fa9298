"""From the service's JSON to views."""

from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from jobproc.client.views import (
    BatchView,
    Event,
    Finished,
    JobError,
    JobPage,
    JobStatus,
    JobView,
    Members,
    Operation,
    Percentiles,
    Progress,
    ProgressEvent,
    Reset,
    Stats,
    StatusEvent,
    Step,
    User,
)

View = TypeVar("View", Progress, JobError, Percentiles)


def read_job(members: Members) -> JobView:
    """A job, whole or as lists show it."""
    moments = ("run_at", "created_at", "started_at", "finished_at", "expires_at")
    known: dict[str, Any] = {each.name: members.get(each.name) for each in fields(JobView)}
    read: dict[str, Any] = {
        "status": JobStatus(members["status"]),
        "error": members["error"] and _read(JobError, members["error"]),
        "progress": members["progress"] and _read(Progress, members["progress"]),
        "tags": tuple(members["tags"]),
        "raw": members,
    }
    return JobView(**(known | read | {name: _moment(members[name]) for name in moments}))


def read_page(members: Members) -> JobPage:
    """Part of a list."""
    return JobPage([read_job(each) for each in members["items"]], members["next_cursor"])


def read_step(members: Members) -> Step:
    """One change of status."""
    return Step(
        version=members["version"],
        status=JobStatus(members["status"]),
        attempt=members["attempt"],
        at=datetime.fromisoformat(members["at"]),
        cause=members.get("cause", ""),
    )


def read_event(name: str, members: Members) -> Event | None:
    """An event of a stream; None for one that this client does not know."""
    match name:
        case "status":
            return StatusEvent(read_step(members), read_job(members["job"]))
        case "progress":
            return ProgressEvent(members["job_id"], members["version"], _read(Progress, members))
        case "reset":
            return Reset()
        case _:
            return None


def read_user(members: Members) -> User:
    """Somebody."""
    created = datetime.fromisoformat(members["created_at"])
    return User(id=members["id"], username=members["username"], created_at=created)


def read_batch(members: Members) -> BatchView:
    """A batch, just submitted or later."""
    return BatchView(
        id=members["id"],
        total=members["total"],
        counts=members.get("counts", {}),
        done=members.get("done", False),
        job_ids=tuple(members.get("job_ids", ())),
    )


def read_operation(members: Members) -> Operation:
    """One operation of the catalogue."""
    return Operation(
        name=members["name"],
        summary=members.get("summary", ""),
        input_schema=members.get("input_schema"),
        output_schema=members.get("output_schema"),
        raw=members,
    )


def read_stats(members: Members) -> Stats:
    """The caller's jobs in numbers."""
    finished = (
        Finished(datetime.fromisoformat(each["at"]), each["counts"]) for each in members.get("finished", ())
    )
    return Stats(
        counts=members["counts"],
        finished=tuple(finished),
        wait=_read(Percentiles, members["wait"]),
        run=_read(Percentiles, members["run"]),
        sample=members["sample"],
        raw=members,
    )


def _read(kind: type[View], members: Members) -> View:
    return kind(**{each.name: members[each.name] for each in fields(kind)})


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
