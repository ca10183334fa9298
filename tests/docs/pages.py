"""The pages of the documentation, and the blocks of code in them that are marked for a test."""

import re
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "examples" / "jobproc-examples" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
_PRINTING = re.compile(r"<!-- test: (\w+) -->\n```python\n([^`]*)```\n\nprints `([^`]+)`")
_BLOCK = re.compile(r"<!-- test: ([\w ]+) -->\n *```\w+\n(.*?) *```", re.DOTALL)


def name_of(page: Path) -> str:
    """Where it is."""
    return str(page.relative_to(ROOT))


def printing(name: str = "run") -> list[tuple[str, str]]:
    """Blocks of Python of that mark that run as they stand, each with what the page says that it prints."""
    found = [found for page in PAGES for found in _PRINTING.findall(page.read_text())]
    return [(code, printed) for mark, code, printed in found if mark == name]


def blocks(name: str, page: Path | None = None) -> list[str]:
    """The blocks marked with that name, on one page or on all."""
    texts = [page.read_text() for page in ([page] if page else PAGES)]
    return [dedent(code) for text in texts for mark, code in _BLOCK.findall(text) if mark == name]


def reachable(tmp_path: Path) -> Path:
    """The servers' own account must be able to enter it."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    return tmp_path
