"""The list of a user's jobs, and the filters that narrow it."""

import re
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from jobproc.adapters.http.authentication import Reader, TheApplication
from jobproc.adapters.http.declared import headers
from jobproc.adapters.http.problems import problems
from jobproc.adapters.http.raw_json import array_of, json_answer, object_of
from jobproc.adapters.http.routing import EitherSlashRouter
from jobproc.adapters.http.schemas import EXAMPLE_ID
from jobproc.adapters.http.v1.cursors import from_cursor, to_cursor
from jobproc.adapters.http.v1.jobs import ALWAYS
from jobproc.adapters.http.v1.presenting import show_listed, text_of
from jobproc.adapters.http.v1.schemas import LONGEST_TAG, UUID_PATTERN, JobPage, parse_time
from jobproc.domain.filters import JobFilter
from jobproc.domain.jobs import JobStatus

MOST_LISTED = 200
_BARE_PLUS = re.compile(r" (\d\d:\d\d)$", re.ASCII)

# A body with NUL is refused as a whole; here it would be the one thing that a database cannot look for.
Word = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]


def parse_moment(text: object) -> datetime | None:
    """A time whose `+` was sent as it is: in a query that means a space, which no time has before its offset."""
    return parse_time(_BARE_PLUS.sub(r"+\1", text) if isinstance(text, str) else text)


def parse_limit(text: object) -> object:
    """Digits; Python would take `1_0` and `1.0` as well."""
    if isinstance(text, str) and not (text.isascii() and text.isdecimal()):
        raise PydanticCustomError("limit", "Give a whole number.")
    return text


Limit = Annotated[int, Field(ge=1, le=MOST_LISTED), BeforeValidator(parse_limit)]
Moment = Annotated[datetime | None, BeforeValidator(parse_moment)]


class ListQuery(BaseModel):
    """Which jobs, and how many."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[list[JobStatus], Field(default_factory=list, description="Any of these; repeatable.")]
    operation: Annotated[Word | None, Field(examples=["square_sum"])] = None
    tag: Annotated[Word | None, Field(max_length=LONGEST_TAG)] = None
    batch_id: Annotated[str | None, Field(pattern=UUID_PATTERN, examples=[EXAMPLE_ID])] = None
    created_after: Annotated[Moment, Field(description="RFC 3339, exclusive.")] = None
    created_before: Annotated[Moment, Field(description="RFC 3339, exclusive.")] = None
    limit: Limit = 50
    cursor: Annotated[str | None, Field(description="`next_cursor` of the page before.")] = None

    def filter(self) -> JobFilter:
        """What the jobs must be."""
        return JobFilter(
            statuses=tuple(sorted(set(self.status))),
            operation=self.operation,
            tag=self.tag,
            batch_id=UUID(self.batch_id) if self.batch_id else None,
            created_after=self.created_after,
            created_before=self.created_before,
        )


router = EitherSlashRouter(prefix="/jobs", tags=["jobs"])


@router.get(
    "",
    summary="Your jobs, newest first",
    response_model=JobPage,
    responses={200: headers("Link"), **problems(*ALWAYS, "invalid-input", "invalid-cursor")},
)
async def list_jobs(
    request: Request, application: TheApplication, caller: Reader, query: Annotated[ListQuery, Query()]
) -> Response:
    """Without `data` and `result`. A filtered page looks at 10,000 jobs at most: it may be short, even empty, and
    still have a `next_cursor`; only a page without one is the last."""
    wanted = query.filter()
    before = from_cursor(query.cursor, caller.user_id, wanted) if query.cursor is not None else None
    page = await application.find_jobs(caller.user_id, wanted, before=before, limit=query.limit)
    cursor = to_cursor(page.next, caller.user_id, wanted) if page.next else None
    members = {"items": array_of(map(show_listed, page.jobs)), "next_cursor": text_of(cursor)}
    return json_answer(object_of(members), headers=_link(request, cursor))


def _link(request: Request, cursor: str | None) -> dict[str, str]:
    if cursor is None:
        return {}
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return {"Link": f'<{request.url.path}?{urlencode([*asked, ("cursor", cursor)])}>; rel="next"'}
