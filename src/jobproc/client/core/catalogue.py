"""What the service can do, and what it has done for this user."""

from urllib.parse import quote

from jobproc.client.core.calls import Call
from jobproc.client.core.session import Session
from jobproc.client.reading import read_operation, read_stats
from jobproc.client.views import Operation, Stats


async def get_operations(session: Session) -> list[Operation]:
    """Every operation of the service."""
    answer = await session.ask(Call("GET", "/v1/operations"))
    return answer.read(lambda shown: [read_operation(each) for each in shown["items"]])


async def get_operation(session: Session, name: str) -> Operation:
    """One of them; none of that name: `NotFound`."""
    return (await session.ask(Call("GET", f"/v1/operations/{quote(name, safe='')}"))).read(read_operation)


async def get_stats(session: Session, window: str) -> Stats:
    """The user's jobs in numbers; the window is such as `15m`, `24h` or `7d`."""
    answer = await session.ask(Call("GET", "/v1/stats", query=[("window", window)]))
    return answer.read(read_stats)
