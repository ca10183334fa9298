"""Every request is seen: what was asked, by whom, and how it went."""

import asyncio
import logging

from starlette.types import Scope

from jobproc.adapters.http.routing import template_of

log = logging.getLogger(__name__)

# A path that no route has is somebody's own: it names no series.
NO_ROUTE = "none"
LONGEST_PATH = 200
METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
# Who asked is gone before there was an answer; as nginx has it.
GONE = 499


class RequestLines:
    """Tells the application's `Sight` of every request whose answer is through.

    All of one turn of the loop together, when it turns: in between other work each took six times as long.
    """

    def __init__(self) -> None:
        self._through: list[tuple[Scope, int, float]] = []

    def add(self, scope: Scope, status: int, seconds: float) -> None:
        """One more; before the application is open there is nobody to tell."""
        state = scope["state"]
        if "application" not in state:
            return
        state["route"] = template_of(scope) or NO_ROUTE
        if not self._through:
            asyncio.get_running_loop().call_soon(self._tell_all)
        self._through.append((scope, status, seconds))

    def _tell_all(self) -> None:
        through, self._through = self._through, []
        for each in through:
            try:
                _tell(*each)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others must be told of
                log.warning("A request could not be told of: %r", error)


def _tell(scope: Scope, status: int, seconds: float) -> None:
    state = scope["state"]
    state["application"].sight.saw(
        "request.served",
        request=state["request_id"],
        user=state.get("user_id"),
        method=scope["method"] if scope["method"] in METHODS else NO_ROUTE,
        route=state["route"],
        path=scope["path"][:LONGEST_PATH],
        status=status,
        seconds=round(seconds, 6),
    )
