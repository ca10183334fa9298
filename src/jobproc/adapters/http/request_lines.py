"""Every request is seen: what was asked, by whom, and how it went."""

from starlette.types import Scope

from jobproc.adapters.http.routing import template_of

# A path that no route has is somebody's own: it names no series.
NO_ROUTE = "none"
LONGEST_PATH = 200
METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
# Who asked is gone before there was an answer; as nginx has it.
GONE = 499


def tell(scope: Scope, status: int, seconds: float) -> None:
    """Tell the application's `Sight` of a request whose answer is through; before it is open there is none."""
    state = scope["state"]
    if "application" not in state:
        return
    state["route"] = template_of(scope) or NO_ROUTE
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
