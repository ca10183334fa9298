"""Every request is told of, once the loop turns."""

import asyncio

import pytest

from jobproc.adapters.http.request_lines import RequestLines

pytestmark = pytest.mark.anyio


class Picky:
    """A `Sight` that does not want to see one of the paths; it stands for the application as well."""

    def __init__(self) -> None:
        self.seen: list[object] = []
        self.sight = self

    def saw(self, event: str, **facts: object) -> None:
        if facts["path"] == "/wrong":
            raise RuntimeError
        self.seen.append((event, facts["path"], facts["status"]))


async def test_requests_of_a_turn_are_told_together_and_each_for_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lines, picky = RequestLines(), Picky()
    for path in ("/a", "/wrong", "/b"):
        state = {"application": picky, "request_id": path}
        lines.add({"method": "GET", "path": path, "state": state}, 200, 0.1)
    assert not picky.seen
    await asyncio.sleep(0)
    assert picky.seen == [("request.served", "/a", 200), ("request.served", "/b", 200)]
    assert "could not be told of" in caplog.text


async def test_before_the_application_is_open_nobody_is_told(caplog: pytest.LogCaptureFixture) -> None:
    RequestLines().add({"method": "GET", "path": "/a", "state": {"request_id": "a"}}, 200, 0.1)
    await asyncio.sleep(0)
    assert not caplog.records
