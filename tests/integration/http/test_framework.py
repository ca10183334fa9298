"""What the framework would do by itself, and does not."""

import pytest
from opentelemetry import _logs, metrics, trace

from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import serving

pytestmark = pytest.mark.anyio
SIGNALS = ((trace, "tracer"), (metrics, "meter"), (_logs, "logger"))


async def test_it_adds_no_spans_numbers_or_lines_to_ours(
    memory: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for module, name in SIGNALS:
        monkeypatch.setattr(module, f"get_{name}_provider", lambda name=name: asked.append(name))
    async with serving(memory, slots=0) as service:
        assert (await service.client.get("/livez")).status_code == 200
    assert not asked
