"""Ringing: gathered for a moment, from one thread of its own."""

import asyncio
import threading
from typing import Self

from kombu.connection import Connection
from kombu.exceptions import OperationalError

from jobproc.adapters.celery.bell import CONNECT_SECONDS, QUEUE, TRANSPORT, send_bell
from jobproc.application.ports import Sight

LARGEST_QUEUE = 64
ASK_EVERY = 32
CLOSE_SECONDS = 0.1
# A broker that hangs is not waited for.
LAST_SECONDS = 0.3
# Postgres tells of due work by itself, with the commit: this bell is for when it does not. A moment later it is out of
# the way of the request that rang, and of the job.
GATHER_SECONDS = 0.05
# Then none for a while: each takes 3 ms of the processors, and holds up the loops of an API and of a worker. Workers
# that idle look by themselves more often.
PAUSE_SECONDS = 2.0


class CeleryQueue:
    """A `JobQueue` whose rings never block: a broker that is away costs time, never an answer.

    An async context manager; leaving it lets a last ring go out.
    """

    def __init__(self, broker_url: str, sight: Sight) -> None:
        self._broker_url = broker_url
        self._sight = sight
        self._woken = threading.Event()
        self._asked = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._publish_asked, name="doorbell", daemon=True)
        self._connection: Connection | None = None
        self._rung = 0
        self._full = False

    async def __aenter__(self) -> Self:
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        self._woken.set()
        await asyncio.to_thread(self._thread.join, LAST_SECONDS)

    def ring(self) -> None:
        """Ask for a ring; several in one moment are one."""
        self._asked = True
        self._woken.set()

    def _publish_asked(self) -> None:
        while not self._stopping.is_set() or self._asked:
            self._woken.wait()
            self._stopping.wait(GATHER_SECONDS)
            self._woken.clear()
            if self._asked:
                self._asked = False
                self._publish()
                self._stopping.wait(PAUSE_SECONDS)
        self._forget()

    def _publish(self) -> None:
        connection = self._connection or self._connect()
        try:
            if not self._is_full(connection):
                send_bell(connection)
        except (OperationalError, *connection.connection_errors, *connection.channel_errors) as error:
            self._sight.saw("ring.lost", reason=type(error).__name__)
            self._forget()

    def _connect(self) -> Connection:
        self._connection = Connection(
            self._broker_url, connect_timeout=CONNECT_SECONDS, transport_options=TRANSPORT
        )
        return self._connection

    def _is_full(self, connection: Connection) -> bool:
        """Whether enough bells wait already: without a worker the queue would grow with every ring."""
        self._rung += 1
        # Asked every time once it was full, or it would be taken for full long after somebody has heard them all.
        if self._full or self._rung % ASK_EVERY == 1:
            declared = connection.default_channel.queue_declare(queue=QUEUE, durable=True, auto_delete=False)
            self._full = declared.message_count >= LARGEST_QUEUE
        return self._full

    def _forget(self) -> None:
        """Drop the connection; the next ring makes a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.collect(socket_timeout=CLOSE_SECONDS)
