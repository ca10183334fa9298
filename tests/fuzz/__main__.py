"""`python -m tests.fuzz [--minutes N]`: the fuzzer at work, with its report."""

import argparse
import sys

from tests.fuzz.fuzzing import fuzz


def main() -> None:
    """Exit with the fuzzer's code."""
    parser = argparse.ArgumentParser(prog="./dev fuzz")
    parser.add_argument("--minutes", type=float, default=1.0)
    given = parser.parse_args()
    done = fuzz(int(given.minutes * 60), "--max-examples", str(int(50 * given.minutes)))
    print(done.stdout, done.stderr)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
