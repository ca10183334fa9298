"""What shows the service and wakes people: every rule and panel can be parsed, and reads numbers that exist."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import promql_parser as promql
import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from jobproc.adapters.prometheus.exposition import PrometheusExposition
from jobproc.adapters.prometheus.numbers import Numbers
from jobproc.domain.workers import Backlog
from tests.integration.deploy.files import DEPLOY, SERVICES, objects

PROMETHEUS = DEPLOY / "prometheus"
GROUPS = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "jobproc.json").read_text())
[ADAPTED] = yaml.safe_load((PROMETHEUS / "adapter.yml").read_text())["rules"]["external"]
# What Prometheus adds.
TARGET = {"instance", "job"}


def shown() -> dict[str, set[str]]:
    """Every series that a process shows, with the names of its labels."""
    registry = CollectorRegistry()
    for number in vars(Numbers(registry)).values():
        if isinstance(number, MetricWrapperBase) and number._labelnames:
            number.labels(*number._labelnames)
    waiting = [Backlog("square_sum", 1, timedelta(seconds=1))]
    text = PrometheusExposition(registry, lambda: (0, 1)).text(waiting, []).decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name: sample.labels.keys() | TARGET for sample in samples} | {"up": TARGET}


SHOWN = shown()


def nodes(expression: str) -> list[promql.Expr]:
    """All parts of an expression, which has to be one."""
    found: list[promql.Expr] = []
    promql.walk(promql.parse(expression), found.append)
    return found


def selectors(expression: str) -> Iterator[promql.VectorSelector]:
    for node in nodes(expression):
        if isinstance(node, promql.MatrixSelector):
            yield node.vector_selector
        elif isinstance(node, promql.VectorSelector):
            yield node


def read_by(expressions: Iterable[str]) -> set[str]:
    """The names of the series."""
    return {selector.name or "" for each in expressions for selector in selectors(each)}


def labels(expression: str) -> Iterator[str]:
    """Those that it groups, joins and chooses by."""
    for node in nodes(expression):
        if isinstance(node, promql.AggregateExpr) and node.modifier:
            yield from node.modifier.labels
        elif isinstance(node, promql.BinaryExpr) and node.modifier and node.modifier.matching:
            yield from node.modifier.matching.labels
    for selector in selectors(expression):
        yield from (matcher.name for matcher in selector.matchers.matchers)


def check(expression: str) -> None:
    """It can be parsed, and reads series that are shown by labels that they have."""
    names = read_by([expression])
    assert names
    assert names <= SHOWN.keys()
    assert set(labels(expression)) <= set().union(*(SHOWN[name] for name in names))


def test_rules_are_of_the_form_that_prometheus_takes() -> None:
    assert all(group.keys() == {"name", "rules"} for group in GROUPS)
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_reads_numbers_that_exist_and_says_what_to_do(rule: dict[str, Any]) -> None:
    check(rule["expr"])
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
    assert rule["labels"].keys() == {"severity"}
    assert rule["annotations"].keys() == {"summary", "description"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_names_only_labels_that_its_numbers_are_grouped_by(rule: dict[str, Any]) -> None:
    told = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    grouped = [node for node in nodes(rule["expr"]) if isinstance(node, promql.AggregateExpr)]
    assert told <= (set(labels(rule["expr"])) if grouped else TARGET)


@pytest.mark.parametrize("panel", DASHBOARD["panels"], ids=lambda panel: panel["title"])
def test_every_panel_reads_numbers_that_exist(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        check(target["expr"])


def test_every_number_is_on_the_dashboard_or_wakes_somebody() -> None:
    told = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    told += [rule["expr"] for rule in RULES]
    assert families(name for name in SHOWN if name.startswith("jobproc_")) <= families(read_by(told))


def families(series: Iterable[str]) -> set[str]:
    return {re.sub(r"_(total|bucket|count|sum|created)$", "", name) for name in series}


def test_workers_are_scaled_by_a_number_that_somebody_tells() -> None:
    check(ADAPTED["seriesQuery"])
    check(ADAPTED["metricsQuery"])
    [scaler] = [made["spec"] for made in objects() if made["kind"] == "HorizontalPodAutoscaler"]
    assert [each["external"]["metric"]["name"] for each in scaler["metrics"]] == [ADAPTED["name"]["as"]]


def test_what_is_scraped_is_where_the_parts_listen() -> None:
    [job] = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    places = {name: each["port"] for each in job["dns_sd_configs"] for name in each["names"]}
    assert places == {"api": 8000, "worker": 9100, "maintenance": 9100}
    assert SERVICES["worker"]["environment"]["JOBPROC_METRICS_PORT"] == "9100"
