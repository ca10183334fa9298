"""Users who go on submitting, whatever is done to the service."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any
from uuid import uuid4

from tests.integration.faults.client import Client

# Operation, data and options of what they submit.
Work = tuple[str, Any, dict[str, Any]]
USERS = 3


@contextmanager
def load(
    client: Client, random: Random, works: Sequence[Work] = (("echo", 7, {}),), pause: float = 0.1
) -> Iterator[None]:
    """Several submit at once, with pauses of up to so many seconds, while the block runs.

    What a request does not bring is asked for again, by its key.
    """
    over = threading.Event()
    users = [
        threading.Thread(target=_submit_until, args=(over, client, Random(random.random()), works, pause))
        for _ in range(USERS)
    ]
    for user in users:
        user.start()
    try:
        yield
    finally:
        over.set()
        for user in users:
            user.join()


def _submit_until(
    over: threading.Event, client: Client, random: Random, works: Sequence[Work], pause: float
) -> None:
    while not over.wait(random.random() * pause):
        operation, data, options = random.choice(works)
        key, deadline = uuid4().hex, time.monotonic() + 60
        while client.try_submit(operation, data, key, **options) is None and time.monotonic() < deadline:
            time.sleep(0.1)
