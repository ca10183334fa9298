"""The child's side: it takes trips of jobs, runs them one after the other, and tells what came of each."""

import os
import select
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from jobproc.adapters.sandbox.attempt import attempt
from jobproc.adapters.sandbox.frames import HEADER_BYTES, body_length, to_fields, to_frame, to_message
from jobproc.adapters.sandbox.reports import ReportingContext
from jobproc.adapters.sandbox.tickets import take_one
from jobproc.application.ports import OperationTypes
from jobproc.domain.operations import OperationRegistry


@dataclass(slots=True)
class Child:
    """One connection to the worker, until it is closed."""

    connection: socket.socket
    tickets: int
    operations: OperationRegistry
    types: OperationTypes
    max_result_bytes: int
    _writing: threading.Lock = field(default_factory=threading.Lock)
    _trip: int = 0
    _skipped: set[str] = field(default_factory=set)

    def serve(self) -> None:
        """Run trips until the worker hangs up."""
        # What an operation starts has no part in the connection: else it would outlive this process, and be heard.
        self.connection.set_inheritable(False)
        os.set_inheritable(self.tickets, False)
        os.register_at_fork(after_in_child=self._leave)
        self._send({"ready": True})
        while message := self._read():
            if "jobs" in message and not self._run(message["trip"], message["jobs"]):
                return

    def _run(self, trip: int, jobs: Sequence[dict[str, Any]]) -> bool:
        """Whether this process is still good for another trip.

        What came of a job is told together with what comes next, so that the worker's clock is always right.
        """
        self._trip = trip
        self._skipped.clear()
        told: dict[str, Any] = {}
        for job in jobs:
            if not take_one(self.tickets):
                break
            self._listen()
            if job["id"] in self._skipped:
                continue
            self._send({**told, "next": job["id"]})
            told = self._attempt(job)
            if "lost" in told:
                # What is left of the memory is in pieces: a new process is cheaper than a strange failure.
                self._send(told)
                return False
        self._send({**told, "over": True})
        return True

    def _attempt(self, job: dict[str, Any]) -> dict[str, Any]:
        context = ReportingContext(UUID(job["id"]), job["attempt"], self._send)
        operation = self.operations[job["operation"]]
        limit = self.max_result_bytes
        outcome = attempt(operation, job["data"], context, types=self.types, max_result_bytes=limit)
        context.flush()
        return {"id": job["id"], **to_fields(outcome)}

    def _listen(self) -> None:
        """Take what the worker has said meanwhile: to skip one of the jobs of a trip."""
        while select.select([self.connection], [], [], 0)[0]:
            message = self._read()
            if message is None:
                raise SystemExit(0)
            if message["trip"] == self._trip:
                self._skipped.update(message.get("skip", ()))

    def _leave(self) -> None:
        self.connection.close()
        with suppress(OSError):
            os.close(self.tickets)

    def _send(self, message: dict[str, Any]) -> None:
        with self._writing:
            self.connection.sendall(to_frame(message))

    def _read(self) -> dict[str, Any] | None:
        header = b"".join(self._receive(HEADER_BYTES))
        if len(header) < HEADER_BYTES:
            return None
        return to_message(b"".join(self._receive(body_length(header))))

    def _receive(self, missing: int) -> Iterator[bytes]:
        while missing and (chunk := self.connection.recv(min(missing, 1 << 20))):
            missing -= len(chunk)
            yield chunk
