"""`jobproc users`: operators see who is there, and keep somebody out."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.integration.processes.running import (
    Visitor,
    complete,
    free_port,
    production,
    started,
    wait_for,
)

Visit = Callable[..., Visitor]


def test_a_disabled_user_is_out_of_a_running_service_and_comes_back(
    folder: Path, database_url: str, redis_url: str, visit: Visit
) -> None:
    variables, port = production(database_url, redis_url), str(free_port())
    with started(folder, "api", "--port", port, **variables) as api:
        ada, bob = [visit(f"http://127.0.0.1:{port}", "/register", name) for name in ("ada", "bob")]
        disabled = complete(folder, "users", "disable", "ADA", **variables)
        assert (disabled.returncode, disabled.stdout) == (0, "ada is disabled, and out within 5 s.\n")
        wait_for(lambda: status(ada) == 401, 5)
        assert status(bob) == 200
        lines = complete(folder, "users", "list", **variables).stdout.splitlines()
        assert [line.split("  ")[0] for line in lines] == ["ada", "bob"]
        assert ["disabled" in line for line in lines] == [True, False]
        shown = map(json.loads, complete(folder, "users", "list", "--json", **variables).stdout.splitlines())
        assert [(each["username"], bool(each["disabled_at"])) for each in shown] == [
            ("ada", True),
            ("bob", False),
        ]
        assert complete(folder, "users", "enable", "ada", **variables).returncode == 0
        wait_for(lambda: status(ada) == 200, 5)
        assert api.end() == 0


def status(visitor: Visitor) -> int:
    """What the door says."""
    return visitor.client.get("/jobsList/", headers=visitor.headers).status_code


def test_what_cannot_be_done_is_one_line_and_exit_code_1(
    folder: Path, database_url: str, redis_url: str
) -> None:
    variables = production(database_url, redis_url)
    for words, said in [
        (("users", "disable", "nobody"), "There is no user of that name."),
        (("users", "enable", "a b"), "username: Use 3 to 64"),
    ]:
        done = complete(folder, *words, **variables)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr
        assert done.stderr.count("\n") == 1


def test_on_memory_no_other_process_can_reach_the_users(folder: Path) -> None:
    done = complete(folder, "users", "list", PROFILE="memory")
    assert (done.returncode, done.stdout) == (1, "")
    assert "JOBPROC_PROFILE=memory" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_name_the_usage_is_shown_with_exit_code_2(folder: Path) -> None:
    done = complete(folder, "users", "disable")
    assert done.returncode == 2
    assert "NAME" in done.stderr
