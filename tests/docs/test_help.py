"""The help of each command: examples, and a variable for every flag."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from docs.commands import variables_of
from jobproc.entrypoints.cli import cli
from tests.docs.pages import ROOT, blocks

# They ask about the program itself.
ASKING = {"help", "version"}


def commands(group: Any, *before: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, *before, name)
        else:
            yield (*before, name), command


COMMANDS = dict(commands(get_command(cli)))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_flag_has_a_variable_that_the_help_names(words: tuple[str, ...]) -> None:
    told = " ".join(CliRunner().invoke(cli, [*words, "--help"]).stdout.split())
    for option in COMMANDS[words].params:
        if option.param_type_name == "option" and option.name not in ASKING:
            named = ", ".join(variables_of(" ".join(words), option))
            assert f"[env var: {named}" in told, option.name


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_examples_of_itself(words: tuple[str, ...]) -> None:
    _, _, examples = (COMMANDS[words].epilog or "").partition("Examples:")
    assert " ".join(("jobproc", *words)) in examples


def test_a_variable_stands_in_for_its_flag() -> None:
    told = CliRunner(env={"JOBPROC_OPERATIONS_JSON": "1"}).invoke(cli, ["operations"]).stdout
    assert told.startswith("[{")
    version = CliRunner(env={"JOBPROC_VERSION": "1"}).invoke(cli, ["operations"]).stdout
    assert version.startswith("cube_sum(")


def test_operations_are_those_that_the_file_of_settings_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [shown, *_] = blocks("operation", ROOT / "README.md")
    (tmp_path / "named_in_env.py").write_text(shown)
    (tmp_path / ".env").write_text("JOBPROC_OPERATIONS=named_in_env\nJOBPROC_LEASE_SECONDS=wrong\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert (
        "word_count(str) -> int  Count the words of a text." in CliRunner().invoke(cli, ["operations"]).stdout
    )
