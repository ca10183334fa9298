"""Adding an operation is writing one function, anywhere outside this package."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobproc.adapters.pydantic.types import PydanticTypes
from jobproc.domain.errors import ConfigurationError
from jobproc.entrypoints.operations import load_operations
from jobproc.entrypoints.settings import Profile, Settings
from tests.integration.http.service import serving
from tests.integration.processes.running import complete

FIVE_LINES = '''
from jobproc import operation

@operation
def word_count(data: str) -> dict[str, int]:
    """Count the words of a text."""
    words = data.split()
    return {word: words.count(word) for word in words}
'''
TWICE = FIVE_LINES.replace("def word_count(", "def square_sum(")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that Python imports from; what came from it is forgotten again."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


def names(*modules: str) -> set[str]:
    return set(load_operations(modules, PydanticTypes()))


@pytest.mark.anyio
async def test_five_lines_and_a_setting_are_a_new_operation(place: Path) -> None:
    (place / "text_operations.py").write_text(FIVE_LINES)
    async with serving(Settings(profile=Profile.MEMORY, operations="text_operations")) as service:
        ada = await service.register()
        job = await ada.submit("to be or not to be", "word_count")
        assert (await ada.result(job))["result"] == {"to": 2, "be": 2, "or": 1, "not": 1}
        refused = await ada.post("/jobs", {"operation": "word_count", "data": 7})
        assert refused.status_code == 422


def test_an_installed_package_brings_its_operations_along(place: Path) -> None:
    (place / "words.py").write_text(FIVE_LINES)
    about = place / "words-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: words\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[jobproc.operations]\nwords = words\n")
    assert names() == {"square_sum", "cube_sum", "word_count"}


def test_a_broken_installed_package_is_named(place: Path) -> None:
    about = place / "lost-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lost\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[jobproc.operations]\nlost = lost_module\n")
    with pytest.raises(ConfigurationError, match=r"'lost' of group 'jobproc.operations'.*'lost_module'"):
        names()


def test_a_name_that_comes_twice_stops_the_start_and_both_places_are_named(place: Path) -> None:
    (place / "twice.py").write_text(TWICE)
    with pytest.raises(ConfigurationError, match=r"'square_sum'.*jobproc\.domain\.sums.*twice\.square_sum"):
        names("twice")


def test_a_module_that_is_not_there_stops_the_start(place: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"JOBPROC_OPERATIONS: cannot import 'nowhere'"):
        names("nowhere")


def test_a_module_that_fails_at_its_import_stops_the_start_with_its_reason(place: Path) -> None:
    (place / "broken.py").write_text("import nowhere_at_all\n")
    with pytest.raises(ConfigurationError, match=r"'broken'.*nowhere_at_all"):
        names("broken")


def test_a_module_that_breaks_stops_the_start_with_one_line(place: Path) -> None:
    (place / "bad.py").write_text("raise ValueError('first\\nsecond')\n")
    (place / "worse.py").write_text("def (:\n")
    with pytest.raises(ConfigurationError, match=r"^JOBPROC_OPERATIONS: .*'bad': ValueError: first second$"):
        names("bad")
    with pytest.raises(ConfigurationError, match=r"^JOBPROC_OPERATIONS: .*'worse': SyntaxError: .*$"):
        names("worse")


def test_spaces_and_empty_names_in_the_setting_do_no_harm(place: Path) -> None:
    (place / "spaced.py").write_text(FIVE_LINES)
    assert "word_count" in names(" spaced ", "", " ")


def test_the_command_line_lists_operations_with_their_types(place: Path) -> None:
    (place / "listed.py").write_text(FIVE_LINES)
    done = complete(place, "operations", OPERATIONS="listed")
    assert done.returncode == 0, done.stderr
    [line] = [line for line in done.stdout.splitlines() if line.startswith("word_count")]
    assert re.fullmatch(r"word_count\(str\) -> dict\[str, int\]  Count the words of a text\.", line)


def test_the_command_line_refuses_a_name_that_comes_twice_in_one_line(place: Path) -> None:
    (place / "again.py").write_text(TWICE)
    done = complete(place, "api", PROFILE="memory", OPERATIONS="again")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "square_sum" in done.stderr
