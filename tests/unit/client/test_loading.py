"""What is not used is not loaded."""

import subprocess
import sys


def test_the_command_starts_without_the_client() -> None:
    code = "import sys, jobproc.entrypoints.cli; print([n for n in ('httpx2', 'jobproc.client') if n in sys.modules])"
    assert loaded(code) == "[]"


def test_the_client_loads_nothing_of_the_service() -> None:
    rings = "('application', 'adapters', 'entrypoints')"
    code = f"import sys, jobproc.client; print([n for n in {rings} if f'jobproc.{{n}}' in sys.modules])"
    assert loaded(code) == "[]"


def loaded(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()
