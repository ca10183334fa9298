"""`./dev soak MINUTES [--seed N]`: mishaps for as long as one likes, and a table of what became of the work."""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from random import Random, SystemRandom

from tests.integration.faults.campaign import Campaign
from tests.integration.faults.client import FINAL, Client, Ledger
from tests.integration.faults.cluster import running_cluster
from tests.integration.faults.oracle import Oracle, is_recorded_twice

DATA = shutil.ignore_patterns("data")


def main() -> int:
    """0 when every promise held."""
    asked = argparse.ArgumentParser(
        prog="./dev soak", description="Harm a whole service, and see that it holds."
    )
    asked.add_argument("minutes", type=float, help="how long")
    asked.add_argument("--seed", type=int, default=SystemRandom().getrandbits(32), help="an earlier run's")
    given = asked.parse_args()
    print(f"seed {given.seed}", flush=True)
    with running_cluster(workers=2) as cluster:
        client = Client(cluster.url, Ledger())
        client.register("ada")
        campaign = Campaign(cluster, client, Oracle(cluster, client), Random(given.seed))
        broken = run(campaign, given.minutes * 60)
        print("\n".join(table(campaign)))
        if broken:
            print("\n".join(traces(campaign)))
            print(
                f"logs: {shutil.copytree(cluster.folder, tempfile.mkdtemp(), dirs_exist_ok=True, ignore=DATA)}"
            )
        client.close()
    print(f"broken: {broken}" if broken else "every promise held")
    return int(broken is not None)


def run(campaign: Campaign, seconds: float) -> AssertionError | None:
    """What broke, if anything did."""
    try:
        campaign.run(seconds)
    except AssertionError as error:
        return error
    return None


def table(campaign: Campaign) -> Iterator[str]:
    """What became of the work, and how soon it went on after each mishap."""
    client, oracle = campaign.client, campaign.oracle
    # What is proven has left the ledger.
    left = list(client.ledger.accepted)
    unfinished = [id for id in left if client.job(id).get("status") not in FINAL]
    yield "| jobs accepted | finished | lost | recorded twice | stale reports refused |"
    yield "|--:|--:|--:|--:|--:|"
    accepted, twice = oracle.finished + len(left), sum(is_recorded_twice(client.timeline(id)) for id in left)
    yield f"| {accepted} | {accepted - len(unfinished)} | {len(unfinished)} | {twice} | {campaign.refused()} |"
    yield ""
    yield "| mishap | times | recovery p50 | max |"
    yield "|---|--:|--:|--:|"
    for name, seconds in sorted(campaign.recoveries.items()):
        yield f"| {name} | {len(seconds)} | {statistics.median(seconds):.1f} s | {max(seconds):.1f} s |"


def traces(campaign: Campaign) -> Iterator[str]:
    """The latest mishaps, and what is known of jobs that have no end."""
    yield f"mishaps: {', '.join(campaign.history[-10:])}"
    for id, accepted in campaign.client.ledger.accepted.items():
        job = campaign.client.job(id)
        if job.get("status") not in FINAL:
            yield f"{accepted}\n{job}"
            yield from map(str, campaign.client.timeline(id))


if __name__ == "__main__":
    sys.exit(main())
