"""What the benchmark of growth measures can be measured."""

import pytest

from benchmarks import growth

pytestmark = pytest.mark.anyio


async def test_a_history_is_written_and_measured(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await growth.measure({100: database_url}, rounds=1)
    printed = capsys.readouterr().out
    for name in ("claim", "sweep", "purge", "first page", "thousandth page", "stats", "table"):
        assert f"\n{name}" in printed
