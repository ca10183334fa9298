"""The files that ship the service, read as their tools read them."""

import re
import shlex
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PARTS = ("migrate", "api", "worker", "maintenance")


@dataclass(frozen=True, slots=True)
class Command:
    """What starts a part of the service, with the variables that it is given there."""

    words: list[str]
    variables: Mapping[str, str]

    @property
    def port(self) -> str:
        """Where the part listens, there."""
        return self.words[self.words.index("--port") + 1] if "--port" in self.words else self._door

    @property
    def _door(self) -> str:
        return self.variables.get("JOBPROC_METRICS_PORT", "")


def of_compose(part: str, env: Mapping[str, str]) -> Command:
    """With the variables of the `.env` file filled in."""
    variables = SERVICES[part]["environment"]
    filled = {name: interpolated(str(value), env) for name, value in variables.items()}
    return Command(list(SERVICES[part]["command"]), filled)


def interpolated(text: str, env: Mapping[str, str]) -> str:
    """As compose does it: `${NAME:-default}`, and `${NAME:?words}` for what has to be there."""

    def fill(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if not env.get(name) and kind == ":?":
            raise LookupError(f"{name}: {rest}")
        return env.get(name) or rest or ""

    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", fill, text)


def objects() -> Iterator[dict[str, Any]]:
    """Everything that the manifests for Kubernetes make."""
    for file in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        yield from yaml.safe_load_all(file.read_text())


def of_kubernetes(part: str, env: Mapping[str, str]) -> Command:
    """With what the secret would hold."""
    found = {each["metadata"]["name"]: each for each in objects() if "template" in each.get("spec", {})}
    [container] = found[f"jobproc-{part}"]["spec"]["template"]["spec"]["containers"]
    own = {each["name"]: each["value"] for each in container.get("env", ())}
    return Command(container["args"], {**_settings(), **env, **own})


def _settings() -> dict[str, str]:
    [found] = [each for each in objects() if each["kind"] == "ConfigMap"]
    return dict(found["data"])


def unit(part: str) -> ConfigParser:
    """A systemd unit; of keys that stand there twice the last one."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / "systemd" / f"jobproc-{part}.service")
    return parser


def of_systemd(part: str, env: Mapping[str, str]) -> Command:
    """With what the file of the environment would hold."""
    program, *words = shlex.split(unit(part)["Service"]["ExecStart"])
    assert program == "/opt/jobproc/bin/jobproc"
    return Command(words, env)
