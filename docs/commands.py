"""The reference of the commands: each with its options, their variables, and examples."""

from collections.abc import Iterator
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from jobproc.entrypoints.cli import cli

PREFIX = "JOBPROC_"
# Of the program itself.
LEFT_OUT = {"help", "version"}


def commands_reference() -> str:
    """A table of contents, and a part for each command."""
    found = dict(_of_group(get_command(cli)))
    rows = [
        f"| [`jobproc {name}`](#{_anchor(_usage(name, each))}) | {each.help} |"
        for name, each in found.items()
    ]
    parts = [_part(name, each) for name, each in found.items()]
    return "\n".join(("| command | does |", "|---|---|", *rows, "", "\n\n".join(parts)))


def all_variables() -> set[str]:
    """Of every option of every command."""
    found = _of_group(get_command(cli))
    options = (
        (name, each) for name, command in found for each in command.params if each.param_type_name == "option"
    )
    return {variable for name, option in options for variable in variables_of(name, option)}


def _of_group(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _of_group(command, f"{prefix}{name} ")
        else:
            yield prefix + name, command


def _usage(name: str, command: Any) -> str:
    arguments = [each.metavar for each in command.params if each.param_type_name == "argument"]
    return " ".join(("jobproc", name, *arguments))


def _anchor(usage: str) -> str:
    return usage.lower().replace(" ", "-").replace("…", "")


def _part(name: str, command: Any) -> str:
    options = [
        each for each in command.params if each.param_type_name == "option" and each.name not in LEFT_OUT
    ]
    _, _, examples = command.epilog.partition("Examples:")
    blocks = [
        f"## `{_usage(name, command)}`",
        command.help,
        _table(name, options),
        "\n".join(("```sh", *examples.split("\n\n")[1:], "```")),
    ]
    return "\n\n".join(filter(None, blocks))


def _table(name: str, options: list[Any]) -> str:
    rows = [
        f"| `{each.opts[0]}` | {_listed(variables_of(name, each))} | {_default(each)} | {each.help or ''} |"
        for each in options
    ]
    return "\n".join(("| option | variable | default | means |", "|---|---|---|---|", *rows)) if rows else ""


def variables_of(name: str, option: Any) -> list[str]:
    """As `--help` names them: its own, or one made of the names of the command and the option."""
    own = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())
    return own or [PREFIX + "_".join((*name.split(), option.name)).upper().replace("-", "_")]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{each}`" for each in names)


def _default(option: Any) -> str:
    if option.is_flag:
        return "off"
    if isinstance(option.show_default, str):
        return option.show_default
    return f"`{option.default}`" if option.default not in (None, "") else "none"
