"""`./dev bench [name …]`: run the benchmarks of these names, or all."""

import sys
from collections.abc import Callable, Mapping

from benchmarks import streams

BENCHMARKS: Mapping[str, Callable[[], None]] = {"streams": streams.run}


def main() -> None:
    """Run what the command line names."""
    names = sys.argv[1:] or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        sys.exit(f"./dev bench: no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    for name in names:
        print(f"== {name}", flush=True)
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
