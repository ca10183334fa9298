"""Which jobs a table shows: what its tabs and filters say, as the address of the page has it."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query

from jobproc.domain.filters import JobFilter
from jobproc.domain.jobs import JobStatus

WITHIN = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """The tab and the filters; what is empty asks for nothing."""

    status: str = ""
    operation: str = ""
    tag: str = ""
    within: str = ""

    @classmethod
    def of(cls, values: dict[str, str]) -> "Shown":
        """From the fields of a form or an address; what is none of ours asks for nothing."""
        given = {each.name: values.get(each.name, "").strip() for each in fields(cls)}
        if given["status"] not in list(JobStatus):
            given["status"] = ""
        if given["within"] not in WITHIN:
            given["within"] = ""
        return cls(**given)

    def filter(self) -> JobFilter:
        """What the jobs must be, as of now."""
        return JobFilter(
            statuses=(JobStatus(self.status),) if self.status else (),
            operation=self.operation or None,
            tag=self.tag or None,
            created_after=datetime.now(UTC) - WITHIN[self.within] if self.within else None,
        )

    def address(self, path: str = "/ui", **more: object) -> str:
        """The address of a page with these filters; `more` comes on top, None leaves out."""
        values = {each.name: getattr(self, each.name) for each in fields(self)} | more
        query = urlencode({name: value for name, value in values.items() if value not in ("", None)})
        return f"{path}?{query}" if query else path

    @property
    def filters(self) -> bool:
        """Whether anything but the tab narrows the table."""
        return bool(self.operation or self.tag or self.within)


async def parse_shown(
    status: Annotated[str, Query()] = "",
    operation: Annotated[str, Query()] = "",
    tag: Annotated[str, Query()] = "",
    within: Annotated[str, Query()] = "",
) -> Shown:
    """The address as it is; a wrong value is no error, since people edit addresses."""
    return Shown.of({"status": status, "operation": operation, "tag": tag, "within": within})


Asked = Annotated[Shown, Depends(parse_shown)]


async def parse_before(before: Annotated[str, Query()] = "") -> UUID | None:
    """Where a table goes on."""
    try:
        return UUID(before)
    except ValueError:
        return None


Before = Annotated[UUID | None, Depends(parse_before)]
