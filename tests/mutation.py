"""Break domain and application in many small ways, and count how many of them the unit tests notice."""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from os.path import relpath
from pathlib import Path

ENOUGH_PERCENT = 90.0
MUTMUT = Path(sys.executable).with_name("mutmut")
MUTANTS = Path("mutants")
SOURCE = Path(__file__).parents[1] / "src"
NOTICED = ("killed", "timeout")
MISSED = ("survived", "no_tests", "suspicious", "segfault")


def main() -> int:
    """Run mutmut anew and judge what it found; 0 when enough mutants were noticed."""
    asked = _arguments()
    # The verdicts of an earlier run know nothing of the tests that were written since.
    shutil.rmtree(MUTANTS, ignore_errors=True)
    run = [MUTMUT, "run", "--max-children", str(asked.max_children), *asked.modules]
    if failed := subprocess.run(run, check=False).returncode:
        return failed
    print("\n".join(unnoticed(_output("results"))))
    _output("export-cicd-stats")
    counts = json.loads((MUTANTS / "mutmut-cicd-stats.json").read_text())
    found = percent(counts)
    print(", ".join(f"{counts[each]} {each.replace('_', ' ')}" for each in NOTICED + MISSED))
    print(
        f"noticed: {found:.1f} % (wanted: {ENOUGH_PERCENT:.0f} %); see one with {relpath(MUTMUT)} show NAME"
    )
    return int(found < ENOUGH_PERCENT)


def pattern(name: str) -> str:
    """A module, a package or a pattern of mutmut's, as the pattern of the mutants in it."""
    if "*" in name or "__mutmut_" in name:
        return name
    place = SOURCE.joinpath(*name.split("."))
    if not place.is_dir() and not place.with_suffix(".py").is_file():
        raise argparse.ArgumentTypeError(f"no module {name!r}; write it as jobproc.domain.jobs")
    return f"{name}.*"


def unnoticed(results: str) -> list[str]:
    """The lines of mutmut's results that are about mutants which were tried."""
    return [line for line in results.splitlines() if not line.endswith(": not checked")]


def percent(counts: Mapping[str, int]) -> float:
    """The share that was noticed of what was tried; what no test reaches was not noticed."""
    noticed, missed = (sum(counts[each] for each in kinds) for kinds in (NOTICED, MISSED))
    return 100 * noticed / (noticed + missed) if noticed + missed else 0.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev mutate", description=__doc__)
    parser.add_argument("modules", metavar="MODULE", nargs="*", type=pattern, help="default: all of both")
    parser.add_argument("--max-children", metavar="N", type=int, default=2, help="at once; default: 2")
    return parser.parse_args()


def _output(command: str) -> str:
    return subprocess.run([MUTMUT, command], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
