"""All numbers as text."""

import os
from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from jobproc.domain.workers import Backlog, Presence, nobody_knows

# Where several processes of one server keep their numbers together; read by the library itself.
SHARED = "PROMETHEUS_MULTIPROC_DIR"
PoolUse = Callable[[], tuple[int, int]]


class PrometheusExposition:
    """An `Exposition` of what is counted here, or by all processes of this server, and of the queue as it is now."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, registry: CollectorRegistry, pool: PoolUse | None = None) -> None:
        self._counted = registry
        self._pool = pool
        if os.environ.get(SHARED):
            self._counted = CollectorRegistry()
            MultiProcessCollector(self._counted)  # type: ignore[no-untyped-call]

    def text(self, due: Sequence[Backlog] | None, present: Sequence[Presence] | None) -> bytes:
        """The present numbers."""
        now = CollectorRegistry()
        ProcessCollector(registry=now)
        now.register(_Now(due, present, self._pool))
        return bytes(generate_latest(self._counted) + generate_latest(now))


class _Now(Collector):
    """What is looked up instead of counted."""

    def __init__(
        self,
        due: Sequence[Backlog] | None,
        present: Sequence[Presence] | None,
        pool: PoolUse | None,
    ) -> None:
        self._due, self._present, self._pool = due, present, pool

    def collect(self) -> Iterator[Gauge]:
        """One family after the other."""
        if self._due is not None:
            yield from _queue(self._due)
        if self._present is not None:
            yield from _workers(self._present)
        if self._due is not None and self._present is not None:
            yield _orphans(nobody_knows(self._due, self._present))
        if self._pool is not None:
            yield from _connections(*self._pool())


def _queue(due: Sequence[Backlog]) -> Iterator[Gauge]:
    depth = Gauge("jobproc_queue_depth", "Due jobs, counted up to 10000.", labels=["operation"])
    age = Gauge("jobproc_queue_age_seconds", "How long the oldest due job waits.", labels=["operation"])
    for each in due:
        depth.add_metric([each.operation], each.count)
        age.add_metric([each.operation], each.age.total_seconds())
    yield from (depth, age)


def _workers(present: Sequence[Presence]) -> Iterator[Gauge]:
    yield Gauge("jobproc_workers", "Workers that have said lately that they are there.", len(present))
    yield Gauge("jobproc_worker_slots", "Their job slots.", sum(each.slots for each in present))


def _orphans(unknown: Sequence[Backlog]) -> Gauge:
    orphans = Gauge("jobproc_queue_unknown", "Due jobs whose operation no worker has.", labels=["operation"])
    for each in unknown:
        orphans.add_metric([each.operation], each.count)
    return orphans


def _connections(in_use: int, size: int) -> Iterator[Gauge]:
    yield Gauge("jobproc_pool_connections_in_use", "Database connections of this process in use.", in_use)
    yield Gauge("jobproc_pool_connections_limit", "As many may be in use.", size)
