"""`./dev bench [name …]`: what the service costs, measured on the machine at hand."""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType

from benchmarks import big, growth, latency, mixed, overload, parts, streams, throughput, workers
from benchmarks.sizes import Size

MODULES: tuple[ModuleType, ...] = (throughput, latency, growth, workers, mixed, overload, big, streams, parts)
BENCHMARKS: Mapping[str, Callable[[Size], None]] = {
    module.__name__.rpartition(".")[2]: module.run for module in MODULES
}


def main() -> None:
    """Run what the command line names."""
    names, size = read(sys.argv[1:])
    for name in names:
        began = time.monotonic()
        print(f"== {name}", flush=True)
        BENCHMARKS[name](size)
        print(f"({time.monotonic() - began:.0f} s)\n", flush=True)


def read(words: Sequence[str]) -> tuple[Sequence[str], Size]:
    """Which benchmarks are asked for, and how large."""
    asked = _parser().parse_args(words)
    size = Size.QUICK if asked.quick else Size.LARGE if asked.large else Size.USUAL
    return asked.names or list(BENCHMARKS), size


def _name(word: str) -> str:
    """As argparse's own choices, which in some versions of Python refuse to be given none."""
    if word not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"{word!r} is no benchmark; choose from {', '.join(BENCHMARKS)}")
    return word


def _parser() -> argparse.ArgumentParser:
    first_lines = {
        name: str(module.__doc__).splitlines()[0] for name, module in zip(BENCHMARKS, MODULES, strict=True)
    }
    parser = argparse.ArgumentParser(
        prog="./dev bench",
        description="What the service costs, measured on this machine. Without names, all of them: ten minutes.",
        epilog="\n".join(f"  {name:12}{line}" for name, line in first_lines.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", type=_name, metavar="NAME", help="one of those below")
    parser.add_argument("--large", action="store_true", help="with ten million jobs: some 15 GB below TMPDIR")
    parser.add_argument(
        "--quick", action="store_true", help="only show that they run; the numbers mean nothing"
    )
    return parser


if __name__ == "__main__":
    main()
