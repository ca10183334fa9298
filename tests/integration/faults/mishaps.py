"""What happens to a service in its life, at a random moment and for a random while; then all is there again."""

import os
import signal
import time
from collections.abc import Callable, Mapping
from random import Random

from tests.integration.faults.cluster import BELLS, LEASE_SECONDS, Cluster
from tests.integration.faults.parts import Part
from tests.integration.processes.running import descendants

Mishap = Callable[[Cluster, Random], None]
NONSENSE = (b"", b"nonsense", b"{}", b'{"body": 7, "properties": 7}', b"\xff")


def some_worker(cluster: Cluster, random: Random) -> Part:
    return random.choice([part for part in cluster.parts.values() if part.name.startswith("worker")])


def kill_worker(cluster: Cluster, random: Random) -> None:
    worker = some_worker(cluster, random)
    worker.kill()
    cluster.start(worker.name)


def stop_worker(cluster: Cluster, random: Random) -> None:
    worker = some_worker(cluster, random)
    assert worker.stop() == 0
    cluster.start(worker.name)


def freeze_worker(cluster: Cluster, random: Random) -> None:
    with some_worker(cluster, random).frozen(children=random.random() < 0.5):
        time.sleep(random.random() * 2 * LEASE_SECONDS)


def kill_children(cluster: Cluster, random: Random) -> None:
    for pid in descendants(some_worker(cluster, random).pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def kill_maintenance(cluster: Cluster, random: Random) -> None:
    cluster.maintenance.kill()
    time.sleep(random.random())
    cluster.start("maintenance")


def kill_api(cluster: Cluster, _: Random) -> None:
    with cluster.outage():
        cluster.api.kill()
        cluster.start("api")


def kill_redis(cluster: Cluster, random: Random) -> None:
    cluster.valkey.end(signal.SIGKILL)
    time.sleep(random.random())
    cluster.valkey.start()


def hang_redis(cluster: Cluster, random: Random) -> None:
    with cluster.valkey.frozen():
        time.sleep(random.random() * 3)


def empty_redis(cluster: Cluster, _: Random) -> None:
    with cluster.redis() as redis:
        redis.flushall()


def fill_redis(cluster: Cluster, random: Random) -> None:
    with cluster.redis() as redis:
        redis.config_set("maxmemory", 1)
        time.sleep(random.random() * 3)
        redis.config_set("maxmemory", 0)


def ring_nonsense(cluster: Cluster, random: Random) -> None:
    with cluster.redis() as redis:
        redis.lpush(BELLS, random.choice(NONSENSE))


def restart_postgres(cluster: Cluster, _: Random) -> None:
    with cluster.outage():
        cluster.postgres.restart(signal.SIGINT)


def crash_postgres(cluster: Cluster, random: Random) -> None:
    with cluster.outage():
        cluster.postgres.end(random.choice((signal.SIGQUIT, signal.SIGKILL)))
        time.sleep(random.random())
        cluster.postgres.start()


def hang_postgres(cluster: Cluster, random: Random) -> None:
    with cluster.outage(), cluster.postgres.frozen():
        time.sleep(random.random() * 3)


MISHAPS: Mapping[str, Mishap] = {
    "worker killed": kill_worker,
    "worker stopped": stop_worker,
    "worker frozen": freeze_worker,
    "children killed": kill_children,
    "maintenance killed": kill_maintenance,
    "API killed": kill_api,
    "Redis killed": kill_redis,
    "Redis hung": hang_redis,
    "Redis emptied": empty_redis,
    "Redis full": fill_redis,
    "nonsense rung": ring_nonsense,
    "Postgres restarted": restart_postgres,
    "Postgres crashed": crash_postgres,
    "Postgres hung": hang_postgres,
}
