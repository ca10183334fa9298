"""Whether the broker of the doorbell answers."""

import asyncio

from celery import Celery
from kombu.exceptions import OperationalError

from jobproc.domain.errors import Unavailable


class BrokerPart:
    """A `Part`: without it idle workers look by themselves, about once a second."""

    name = "broker"
    is_needed = False

    def __init__(self, app: Celery) -> None:
        self._app = app

    async def check(self) -> str:
        """Whether it lets us in."""
        try:
            await asyncio.to_thread(self._connect)
        except (OperationalError, OSError, *self._app.connection().connection_errors) as error:
            raise Unavailable("The broker does not answer: jobs start up to a second later.") from error
        return "answers"

    def _connect(self) -> None:
        with self._app.connection_for_write() as connection:
            connection.connect()
            connection.channel().close()
