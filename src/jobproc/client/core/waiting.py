"""Waiting without asking all the time: the service answers when it is done, or after a while."""

from collections.abc import Callable
from math import ceil, inf
from typing import TypeVar

from jobproc.client.core.calls import Call
from jobproc.client.core.session import Session
from jobproc.client.errors import StillRunning
from jobproc.client.views import Members

# Below what proxies grant a silent connection.
LONGEST_WAIT = 25
# A service that is about to stop answers at once.
PAUSE = 0.25
T = TypeVar("T")


async def wait_until(
    session: Session,
    path: str,
    read: Callable[[Members], T],
    is_done: Callable[[T], bool],
    timeout: float | None,
    name: str,
) -> T:
    """What is at the path once it is done; not within so many seconds (None: without end): `StillRunning`."""
    deadline = inf if timeout is None else session.wire.now() + timeout
    while True:
        left = max(0.0, deadline - session.wire.now())
        asked, wait = session.wire.now(), ceil(min(left, LONGEST_WAIT))
        answer = await session.ask(Call("GET", path, wait=wait), patience=left if timeout else None)
        if is_done(view := answer.read(read)):
            return view
        if session.wire.now() >= deadline or not wait:
            raise StillRunning(f"{name} is not done after {timeout:g} s. It goes on.", code="still-running")
        if session.wire.now() - asked < PAUSE:
            await session.wire.sleep(PAUSE)
