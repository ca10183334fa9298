"""Parts of the documentation that are drawn from the code: `python -m docs.generate` writes them anew."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from docs.calls import calls_reference
from docs.commands import commands_reference
from jobproc.adapters.http.app import create_app
from jobproc.adapters.http.description import describe
from jobproc.adapters.http.problems import PROBLEMS
from jobproc.application.catalogue import DescribeOperations
from jobproc.domain.jobs import NEXT, JobStatus
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


def life_of_a_job() -> str:
    """The state machine, as a Mermaid diagram."""
    edges = [f"    {before} --> {after}" for before in JobStatus for after in sorted(NEXT[before])]
    return "\n".join(("```mermaid", "stateDiagram-v2", *edges, "```"))


def problems_table() -> str:
    """Every refusal of `/v1` with what helps."""
    rows = [f"| {kind.status} | `{code}` | {kind.title} | {kind.remedy} |" for code, kind in PROBLEMS.items()]
    return "\n".join(("| status | code | means | what helps |", "|---|---|---|---|", *rows))


def openapi() -> str:
    """The description of a service with the built-in operations, as JSON."""
    settings = Settings(profile=Profile.MEMORY, operations="")
    adapters = adapters_for(settings)
    described = DescribeOperations(adapters.operations(), adapters.types())()
    app = create_app(lambda: serve_application(settings), max_body_bytes=1, max_batch_bytes=1)
    return json.dumps(describe(app, described), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


PARTS: dict[str, Callable[[], str]] = {
    "reference/settings.md": settings_table,
    "reference/commands.md": commands_reference,
    "reference/calls.md": lambda: calls_reference(json.loads(openapi())),
    "reference/problems.md": problems_table,
    "explanation/engine.md": life_of_a_job,
}


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


if __name__ == "__main__":
    main()
