"""The login that the commands keep between them."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.processes.commanding import Seat
from tests.integration.processes.running import Visitor, free_port, started, wait_for

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Seat]:
    """Somebody who is logged in, with access tokens that end after two seconds."""
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    with (
        started(tmp_path, "api", "--port", port, PROFILE="memory", ACCESS_TOKEN_SECONDS="2"),
        Visitor.at(url, username="early-bird"),
    ):
        yield Seat(tmp_path, url).login("ada")


def test_commands_renew_the_login_even_all_at_once_until_somebody_logs_out(ada: Seat) -> None:
    before = json.loads(ada.credentials.read_text())
    time.sleep(2.5)
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda number: ada("submit", "square_sum", f"[{number}]"), range(4)))
    assert [done.returncode for done in ended] == [0] * 4, [done.stderr for done in ended]
    after = json.loads(ada.credentials.read_text())
    assert after["url"] == before["url"]
    assert after["refresh_token"] != before["refresh_token"]
    assert ada.credentials.stat().st_mode & 0o777 == 0o600
    assert ada("logout").returncode == 0
    assert not ada.credentials.exists()
    assert ada("jobs").returncode == 3
    ada.credentials.write_text(json.dumps(after))
    wait_for(lambda: ada("jobs").returncode == 3, 20)
