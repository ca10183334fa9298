"""Parts of the documentation that are drawn from the code: `python -m docs.generate` writes them anew."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from jobproc.adapters.http.app import create_app
from jobproc.adapters.http.description import describe
from jobproc.adapters.http.problems import PROBLEMS
from jobproc.application.catalogue import DescribeOperations
from jobproc.domain.jobs import NEXT, JobStatus
from jobproc.entrypoints.cli import cli
from jobproc.entrypoints.container import adapters_for
from jobproc.entrypoints.serving import serve_application
from jobproc.entrypoints.settings import PREFIX, Profile, Settings

DOCS = Path(__file__).parent


def settings_table() -> str:
    """Every setting with its default and its meaning."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_shown(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(("| variable | default | means |", "|---|---|---|", *rows))


def commands_table() -> str:
    """Every command with its options."""
    rows = [
        f"| `jobproc {name}` | {_options(command)} | {command.help} |"
        for name, command in _commands().items()
    ]
    return "\n".join(("| command | options | does |", "|---|---|---|", *rows))


def life_of_a_job() -> str:
    """The state machine, as a Mermaid diagram."""
    edges = [f"    {before} --> {after}" for before in JobStatus for after in sorted(NEXT[before])]
    return "\n".join(("```mermaid", "stateDiagram-v2", *edges, "```"))


def problems_table() -> str:
    """Every refusal of `/v1` with what helps."""
    rows = [f"| {kind.status} | `{code}` | {kind.title} | {kind.remedy} |" for code, kind in PROBLEMS.items()]
    return "\n".join(("| status | code | means | what helps |", "|---|---|---|---|", *rows))


PARTS: dict[str, Callable[[], str]] = {
    "reference/settings.md": settings_table,
    "reference/commands.md": commands_table,
    "reference/problems.md": problems_table,
    "explanation/engine.md": life_of_a_job,
}


def openapi() -> str:
    """The description of a service with the built-in operations, as JSON."""
    settings = Settings(profile=Profile.MEMORY, operations="")
    adapters = adapters_for(settings)
    described = DescribeOperations(adapters.operations(), adapters.types())()
    app = create_app(lambda: serve_application(settings), max_body_bytes=1, max_batch_bytes=1)
    return json.dumps(describe(app, described), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


FILES: dict[str, Callable[[], str]] = {"reference/openapi.json": openapi}


def filled(text: str, part: str) -> str:
    """The page with the part between its two marks."""
    marks = r"(<!-- generated -->\n).*(\n<!-- /generated -->)"
    return re.sub(marks, lambda found: found[1] + part + found[2], text, flags=re.DOTALL)


def main() -> None:
    """Write every part into its page."""
    for name, draw in PARTS.items():
        page = DOCS / name
        page.write_text(filled(page.read_text(), draw()))
    for name, draw in FILES.items():
        (DOCS / name).write_text(draw())


def _shown(default: object) -> str:
    text = getattr(default, "value", default)
    return f"`{text}`" if text not in (None, "") and "SecretStr" not in repr(default) else "none"


def _commands() -> dict[str, Any]:
    return dict(_of_group(get_command(cli)))


def _of_group(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _of_group(command, f"{prefix}{name} ")
        else:
            arguments = [each.metavar for each in command.params if each.param_type_name == "argument"]
            yield " ".join((prefix + name, *arguments)), command


def _options(command: Any) -> str:
    options = [each for each in command.params if each.param_type_name == "option" and each.name != "help"]
    return ", ".join(map(_option, options))


def _option(each: Any) -> str:
    return f"`{each.opts[0]}`" if each.is_flag else f"`{each.opts[0]}` ({_default(each)})"


def _default(option: Any) -> str:
    if isinstance(option.show_default, str):
        return option.show_default
    return _shown(option.default)


if __name__ == "__main__":
    main()
