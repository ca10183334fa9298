"""The benchmarks that there are can be asked for."""

import subprocess
import sys
from pathlib import Path

import benchmarks
from benchmarks.__main__ import BENCHMARKS, read
from benchmarks.sizes import Size

ROOT = Path(benchmarks.__file__).parents[1]


def asked(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_every_benchmark_is_listed_and_says_what_it_measures() -> None:
    files = (ROOT / "benchmarks").glob("*.py")
    measuring = {file.stem for file in files if "\ndef run(size: Size)" in file.read_text()}
    assert measuring == set(BENCHMARKS)
    told = asked("--help").stdout
    assert [name for name in BENCHMARKS if f"\n  {name} " in told] == list(BENCHMARKS)


def test_all_are_run_where_none_is_named() -> None:
    assert read([]) == (list(BENCHMARKS), Size.USUAL)
    assert read(["--quick", "growth", "big"]) == (["growth", "big"], Size.QUICK)


def test_an_unknown_benchmark_is_refused_with_those_that_there_are() -> None:
    refused = asked("nonsense")
    assert refused.returncode == 2
    assert "'nonsense'" in refused.stderr
    assert all(name in refused.stderr for name in BENCHMARKS)
