"""What ships the service: nothing before what it needs, no secret, no more rights than needed."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from jobproc.entrypoints.cli import cli
from jobproc.entrypoints.settings import PREFIX, Settings
from tests.integration.deploy.files import COMPOSE, DEPLOY, PARTS, ROOT, SERVICES, objects, unit

OURS = {name: service for name, service in SERVICES.items() if "build" in service}
SETTINGS = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
COMMANDS = {each.name or (each.callback and each.callback.__name__) for each in cli.registered_commands}
DRAIN = Settings.model_fields["drain_seconds"].default


SCHEMAS = Path(__file__).parent / "schemas"


def test_compose_finds_no_key_that_it_does_not_know() -> None:
    jsonschema_rs.validate(json.loads((SCHEMAS / "compose.json").read_text()), COMPOSE)


def test_the_parts_of_the_service_and_their_servers_are_there() -> None:
    assert set(OURS) == set(PARTS)
    assert {name for name in SERVICES if "profiles" not in SERVICES[name]} - set(OURS) == {
        "postgres",
        "valkey",
    }
    assert {name for name in SERVICES if SERVICES[name].get("profiles") == ["metrics"]} == {
        "prometheus",
        "grafana",
    }


@pytest.mark.parametrize("name", OURS)
def test_every_part_is_a_command_with_settings_that_exist(name: str) -> None:
    assert OURS[name]["command"][0] in COMMANDS
    assert set(OURS[name]["environment"]) <= SETTINGS


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_starts_before_what_it_needs(name: str) -> None:
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        assert how["condition"] == "service_completed_successfully" or "healthcheck" in SERVICES[needed]


@pytest.mark.parametrize("name", SERVICES)
def test_what_ends_by_itself_starts_again_and_what_is_stored_has_a_volume(name: str) -> None:
    assert SERVICES[name]["restart"] == ("no" if name == "migrate" else "unless-stopped")
    named = {each.partition(":")[0] for each in SERVICES[name].get("volumes", ()) if not each.startswith(".")}
    assert named <= set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", OURS)
def test_containers_have_no_more_rights_than_they_need(name: str) -> None:
    assert OURS[name]["read_only"] is True
    assert OURS[name]["cap_drop"] == ["ALL"]


def test_only_this_machine_reaches_what_is_published() -> None:
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_a_stopping_worker_has_the_time_to_give_its_jobs_back() -> None:
    assert int(OURS["worker"]["stop_grace_period"].removesuffix("s")) > DRAIN
    assert int(unit("worker")["Service"]["TimeoutStopSec"]) > DRAIN
    made = {each["metadata"]["name"]: each for each in objects() if each["kind"] == "Deployment"}
    worker = made["jobproc-worker"]
    assert worker["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > DRAIN


def test_the_image_is_built_from_files_that_exist_without_its_tools_and_runs_as_nobody_in_particular() -> (
    None
):
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if re.match(r"COPY (?!--from)", line)]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for name in (name for names in copied for name in names):
        assert (ROOT / name).exists()
        assert f"!{name}" in ignored
    _, built, shipped = (ROOT / "Dockerfile").read_text().split("\nFROM ")
    assert "uv" in built
    assert not re.search(r"\b(uv|pip|apt-get|gcc)\b", shipped)
    assert [line for line in lines if line.startswith("USER")][-1].split()[1].isdecimal()
    [health] = [line for line in lines if line.startswith("HEALTHCHECK")]
    assert json.loads(health.partition("CMD ")[2])[1] in COMMANDS


MADE = pytest.mark.parametrize(
    "made", list(objects()), ids=lambda made: f"{made['kind']} {made.get('metadata', {}).get('name')}"
)


@MADE
def test_kubernetes_takes_each_manifest_as_it_is(made: dict[str, Any]) -> None:
    if made["kind"] == "Kustomization":
        assert set(made) <= {"apiVersion", "kind", "namespace", "images", "resources"}
        return
    schema = json.loads((SCHEMAS / "kubernetes.json").read_text())
    group, _, version = made["apiVersion"].rpartition("/")
    name = f"{group.partition('.')[0] or 'core'}.{version}.{made['kind']}"
    jsonschema_rs.validate(schema | {"$ref": f"#/$defs/{name}"}, made)


@MADE
def test_each_manifest_holds_together(made: dict[str, Any]) -> None:
    if made["kind"] == "Kustomization":
        files = {file.name for file in (DEPLOY / "kubernetes").iterdir()}
        assert set(made["resources"]) == files - {"kustomization.yaml"}
    if made["kind"] == "ConfigMap":
        assert set(made["data"]) <= SETTINGS
    if made["kind"] in ("Deployment", "Job"):
        template = made["spec"]["template"]
        assert (
            made["spec"].get("selector", {}).get("matchLabels", {}).items()
            <= template["metadata"]["labels"].items()
        )
        [container] = template["spec"]["containers"]
        assert container["args"][0] in COMMANDS
        assert {each["name"] for each in container.get("env", ())} <= SETTINGS
        ports = {each["name"] for each in container.get("ports", ())}
        probes = [container[name] for name in container if name.endswith("Probe")]
        assert {probe["httpGet"]["port"] for probe in probes} <= ports
        assert {probe["httpGet"]["path"] for probe in probes} <= {"/livez", "/readyz"}
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert template["spec"]["securityContext"]["runAsNonRoot"] is True


@pytest.mark.parametrize("part", PARTS)
def test_no_unit_gives_up_while_postgres_is_away_or_stops_for_a_migration(part: str) -> None:
    read = unit(part)
    assert read["Service"]["Restart"] == ("on-failure" if part == "migrate" else "always")
    assert read["Unit"]["StartLimitIntervalSec"] == "0"
    # What is required stops, and fails, together with what requires it.
    assert "Requires" not in read["Unit"]
    assert part == "migrate" or "jobproc-migrate.service" in read["Unit"]["Wants"]


@pytest.mark.parametrize("part", PARTS)
def test_systemd_takes_each_unit_and_finds_it_well_locked_up(tmp_path: Path, part: str) -> None:
    if not (analyze := shutil.which("systemd-analyze")):
        pytest.skip("there is no systemd-analyze")
    text = (DEPLOY / "systemd" / f"jobproc-{part}.service").read_text()
    file = tmp_path / f"jobproc-{part}.service"
    file.write_text(text.replace("/opt/jobproc/bin/jobproc", shutil.which("true") or ""))
    for other in PARTS:
        (tmp_path / f"jobproc-{other}.service").exists() or (
            tmp_path / f"jobproc-{other}.service"
        ).write_text("[Service]\nExecStart=/bin/true\n")
    verified = subprocess.run([analyze, "verify", str(file)], capture_output=True, text=True, check=False)
    if "bus" in verified.stderr.lower():
        pytest.skip("there is no systemd to ask")
    assert (verified.returncode, verified.stderr) == (0, "")
    judged = [analyze, "security", "--offline=true", "--threshold=20", str(file)]
    assert subprocess.run(judged, capture_output=True, check=False).returncode == 0


def test_every_part_that_lasts_may_be_disrupted_a_little_and_no_more() -> None:
    budgets = [made["spec"] for made in objects() if made["kind"] == "PodDisruptionBudget"]
    parts = [made["spec"] for made in objects() if made["kind"] == "Deployment"]
    assert [budget["selector"] for budget in budgets] == [part["selector"] for part in parts]
    # A budget that lets nobody go keeps a node from ever being emptied.
    for part, budget in zip(parts, budgets, strict=True):
        assert budget.get("minAvailable", 1) < part.get("replicas", 2)
        assert budget.get("maxUnavailable", 1) >= 1


def test_the_autoscaler_alone_says_how_many_workers_there_are() -> None:
    [scaler] = [made["spec"] for made in objects() if made["kind"] == "HorizontalPodAutoscaler"]
    named = {made["metadata"]["name"]: made for made in objects() if made["kind"] == "Deployment"}
    scaled = named[scaler["scaleTargetRef"]["name"]]
    assert scaled["spec"]["template"]["spec"]["containers"][0]["args"][0] == "worker"
    assert "replicas" not in scaled["spec"]
