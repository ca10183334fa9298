"""One service for each file of faults, which must outlive all of them, and the oracle after every one."""

import os
from collections.abc import Iterator
from random import Random, SystemRandom

import pytest

from tests.integration.faults.client import Client, Ledger
from tests.integration.faults.cluster import Cluster, running_cluster
from tests.integration.faults.oracle import Oracle


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them can be chosen, or left out, by one name."""
    for item in items:
        if "/faults/" in item.nodeid:
            item.add_marker("faults")


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The service; a file says in `WORKERS` how many workers it wants."""
    with running_cluster(workers=getattr(request.module, "WORKERS", 1)) as running:
        yield running


@pytest.fixture(scope="module")
def client(cluster: Cluster) -> Iterator[Client]:
    """A user."""
    ada = Client(cluster.url, Ledger())
    ada.register("ada")
    yield ada
    ada.close()


@pytest.fixture(scope="module")
def oracle(cluster: Cluster, client: Client) -> Oracle:
    """It has seen the service at rest and warm."""
    oracle = Oracle(cluster, client)
    for number in range(20):
        client.submit("echo", number)
    oracle.check(30)
    return oracle


@pytest.fixture
def random(request: pytest.FixtureRequest) -> Random:
    """Chance that can be had again: `JOBPROC_TEST_SEED` takes the seed that a failed test has printed."""
    seed = os.environ.get("JOBPROC_TEST_SEED") or str(SystemRandom().getrandbits(32))
    print(f"JOBPROC_TEST_SEED={seed}")
    return Random(f"{seed} {request.node.name}")


@pytest.fixture(autouse=True)
def _holds(oracle: Oracle) -> Iterator[None]:
    """Whatever a test does to the service, all is well with it afterwards."""
    yield
    dead = [part for part in oracle.cluster.parts.values() if not part.is_up()]
    oracle.cluster.start(*(part.name for part in dead))
    assert not dead, "\n".join(f"{part.name} was not there any more:\n{part.text()}" for part in dead)
    oracle.check()
