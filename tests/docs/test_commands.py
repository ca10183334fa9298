"""Every command that a page shows is one that there is: its program, its options, and what it names."""

import json
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from jobproc.entrypoints.cli import cli
from tests.docs.pages import PAGES, ROOT, name_of
from tests.docs.shell import calls
from tests.integration.deploy.files import DEPLOY, PARTS, SERVICES, objects

# Of every system, or of what the page says that it needs.
ORDINARY = {
    *(
        "cat",
        "cd",
        "cp",
        "curl",
        "cut",
        "echo",
        "env",
        "export",
        "grep",
        "install",
        "openssl",
        "pass",
        "sleep",
        "xargs",
    ),
    *("pg_dump", "pg_restore", "pip", "python3", "systemd-run", "useradd"),
}
# After one of these, our own name begins a command.
STARTING = {"exec", "xargs", "systemd-run", "--wait"}
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`((?:JOBPROC_\w+=\S+ )?(?:jobproc|\./dev|docker compose|kubectl) [^`…]+)`")
PROFILES = {name for each in SERVICES.values() for name in each.get("profiles", ())}


def fences(page: Path, *languages: str) -> list[str]:
    return [code for language, code in FENCE.findall(page.read_text()) if language in languages]


SHOWN = [
    pytest.param(code, id=f"{name_of(page)} {number}")
    for page in PAGES
    for number, code in enumerate((*fences(page, "sh"), *INLINE.findall(page.read_text())))
]


@pytest.mark.parametrize("code", SHOWN)
def test_every_command_that_is_shown_is_one(code: str) -> None:
    checked = subprocess.run(["sh", "-n", "-c", code], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    found = list(calls(code))
    assert found
    for words in found:
        check(words)


def check(words: list[str]) -> None:
    program, *rest = words
    name = program.rpartition("/")[2]
    assert name in CHECKS or name in ORDINARY, f"no such program: {program}"
    for command in _inner([name, *rest]) if name != "jobproc" else ():
        check(command)
    if name in CHECKS:
        CHECKS[name](rest)


def _inner(words: list[str]) -> Iterator[list[str]]:
    """A command that another one starts."""
    for number, word in enumerate(words):
        if word.rpartition("/")[2] == "jobproc" and STARTING & set(words[:number]):
            yield words[number:]
            return


def check_jobproc(words: list[str]) -> None:
    command: Any = get_command(cli)
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        assert words[0] in command.commands, f"no such command: {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    known = {name for each in command.params for name in each.opts} | {"--help"}
    given = {word.partition("=")[0] for word in words if re.match(r"--[a-z]", word)}
    assert given <= known, given - known


def check_dev(words: list[str]) -> None:
    commands = re.findall(r"^  (\w+) {2,}", (ROOT / "dev").read_text(), re.MULTILINE)
    assert words[0] in commands
    if words[0] in ("up", "demo"):
        check_jobproc(words)


def check_docker(words: list[str]) -> None:
    if words[0] != "compose":
        return
    for option, value in pairwise(words):
        if option == "--profile":
            assert value in PROFILES
        if option == "--scale":
            assert value.partition("=")[0] in SERVICES
        if option in ("exec", "--follow"):
            assert value in SERVICES


def check_kubectl(words: list[str]) -> None:
    made = {(each["kind"].lower(), each["metadata"]["name"]) for each in objects() if "metadata" in each}
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in ("--kustomize", "--filename"):
            assert (ROOT / following).exists()
        if match := re.fullmatch(r"(deployment|service|configmap)/(\S+)", word):
            assert match.groups() in made
        if word == "job":
            assert (word, following) in made


def check_units(words: list[str]) -> None:
    named = [word for word in words if word.startswith("jobproc-")]
    assert {word.removeprefix("jobproc-") for word in named} <= set(PARTS)


def check_sources(words: list[str]) -> None:
    for source in [word for word in words[:-1] if word.startswith(("deploy/", ".env", "examples/"))]:
        assert list(ROOT.glob(source)), source


CHECKS: dict[str, Callable[[list[str]], None]] = {
    "jobproc": check_jobproc,
    "dev": check_dev,
    "docker": check_docker,
    "kubectl": check_kubectl,
    "systemctl": check_units,
    "journalctl": check_units,
    "cp": check_sources,
}


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("jobproc submitt x", "no such command"),
        ("jobproc jobs --state x", "--state"),
        ("docker compose exec nobody jobproc doctor", "nobody"),
        ("docker compose exec api jobproc doctr", "doctr"),
        ("kubectl scale deployment/nobody", "nobody"),
        ("systemctl restart jobproc-nobody", "nobody"),
        ("frobnicate", "no such program"),
    ],
)
def test_what_there_is_not_would_be_found(words: str, wrong: str) -> None:
    with pytest.raises(AssertionError, match=wrong):
        check(words.split())


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_is_shown_can_be_read(page: Path) -> None:
    for text in fences(page, "json"):
        json.loads(text)
    for text in fences(page, "toml"):
        tomllib.loads(text)
    for text in fences(page, "ini"):
        ConfigParser(strict=True).read_string(text if text.startswith("[") else f"[variables]\n{text}")
    for text in fences(page, "dockerfile"):
        assert text.startswith("FROM ")


def test_every_block_says_what_it_is() -> None:
    known = {"sh", "python", "json", "toml", "ini", "dockerfile", "mermaid", "nginx", "text"}
    assert {language for page in PAGES for language, _ in FENCE.findall(page.read_text())} <= known


def test_every_manifest_and_unit_is_named_in_a_page() -> None:
    text = "".join(page.read_text() for page in PAGES)
    for folder in (each for each in DEPLOY.iterdir() if each.is_dir() and each.name != "grafana"):
        assert f"deploy/{folder.name}" in text
