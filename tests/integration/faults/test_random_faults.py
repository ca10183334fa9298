"""Whatever happens to the service, in whatever order: every promise holds. `./dev soak` does the same for longer."""

from random import Random

import pytest

from tests.integration.faults.campaign import Campaign
from tests.integration.faults.client import Client
from tests.integration.faults.cluster import Cluster
from tests.integration.faults.oracle import Oracle

WORKERS = 2


@pytest.mark.timeout(240)
def test_one_mishap_after_another_breaks_no_promise(
    cluster: Cluster, client: Client, oracle: Oracle, random: Random
) -> None:
    campaign = Campaign(cluster, client, oracle, random)
    campaign.run(40)
    assert campaign.recoveries
