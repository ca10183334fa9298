"""The API keeps to its own description, whatever comes; `./dev fuzz --minutes N` asks for longer."""

import pytest

from tests.fuzz.fuzzing import fuzz


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_api_answers_all_sorts_of_requests_as_it_says_it_does() -> None:
    done = fuzz(20, "--max-examples", "5", "--seed", "1", "--generation-deterministic")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
