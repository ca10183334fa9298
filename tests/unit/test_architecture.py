"""What the linters do not see: who imports what in the core, and how large things grow."""

import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import jobproc

SOURCE = Path(jobproc.__file__).parent
TESTS = Path(__file__).parents[1]
FILES = sorted(SOURCE.rglob("*.py"))
OWN = {"domain": ("jobproc.domain",), "application": ("jobproc.domain", "jobproc.application")}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "common", "base", "manager", "helper", "helpers", "misc"}

MOST_LINES = 300
MOST_FUNCTION_LINES = 40
MEDIAN_LINES = 75
MEDIAN_FUNCTION_LINES = 7


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield node.module or ""


def named(tree: ast.AST) -> Iterator[str]:
    """Every name that is imported or used, without the module that it is from."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=names):
                yield from (alias.name for alias in names)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


@pytest.mark.parametrize("ring", OWN)
def test_the_core_imports_the_standard_library_and_itself_only(ring: str) -> None:
    for file in (SOURCE / ring).rglob("*.py"):
        for name in imported(parse(file)):
            standard = name.partition(".")[0] in sys.stdlib_module_names
            assert standard or name.startswith(OWN[ring]), f"{file.name} imports {name}"


def test_the_domain_is_not_asynchronous_and_knows_no_clock() -> None:
    for file in (SOURCE / "domain").rglob("*.py"):
        tree = parse(file)
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)], file.name
        assert not {"asyncio", "time", "random", "secrets"} & set(imported(tree)), file.name


def test_files_are_short() -> None:
    sizes = {file: len(file.read_text().splitlines()) for file in FILES}
    assert not {file.name: size for file, size in sizes.items() if size > MOST_LINES}
    assert statistics.median(sizes.values()) <= MEDIAN_LINES


def test_functions_are_short() -> None:
    sizes = {f"{file.name}:{each.name}": lines(each) for file in FILES for each in functions(parse(file))}
    assert not {name: size for name, size in sizes.items() if size > MOST_FUNCTION_LINES}
    assert statistics.median(sizes.values()) <= MEDIAN_FUNCTION_LINES


def test_every_file_says_what_it_is_for() -> None:
    silent = [file for file in FILES if file.read_text().strip() and not ast.get_docstring(parse(file))]
    assert not silent


def test_no_name_says_nothing() -> None:
    parts = {part for file in FILES for part in file.relative_to(SOURCE).with_suffix("").parts}
    assert not parts & NAMES_THAT_SAY_NOTHING


def test_nothing_is_mocked_and_no_import_is_for_types_only() -> None:
    for file in (*FILES, *TESTS.rglob("*.py")):
        tree = parse(file)
        assert not {"unittest", "unittest.mock", "mock"} & set(imported(tree)), file.name
        assert "TYPE_CHECKING" not in set(named(tree)), file.name


def catches_all(handler: ast.ExceptHandler) -> bool:
    caught = {"BaseException"} if handler.type is None else set(named(handler.type))
    return bool(caught & {"Exception", "BaseException"})


def test_only_the_outermost_ring_catches_everything_unless_it_says_why() -> None:
    for file in set(FILES) - set((SOURCE / "entrypoints").rglob("*.py")):
        text = file.read_text().splitlines()
        for node in ast.walk(parse(file)):
            if isinstance(node, ast.ExceptHandler) and catches_all(node):
                reason = text[node.lineno - 1].partition("# noqa: BLE001 - ")[2]
                assert reason, f"{file.name}:{node.lineno}"
