"""One trace from the caller over the request and the queue to the attempt in the worker."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.integration.processes.running import Visitor, environment, free_port, production, started, wait_for

Visit = Callable[..., Visitor]
TRACE = "0af7651916cd43dd8448eb211c80319c"


@contextmanager
def collector() -> Iterator[tuple[str, list[Span]]]:
    """Somebody whom spans are sent to; its address, and what has come."""
    spans: list[Span] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = ExportTraceServiceRequest()
            body.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
            for resource in body.resource_spans:
                for scope in resource.scope_spans:
                    spans.extend(scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """In silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", spans
        server.shutdown()


@pytest.mark.parametrize(("given", "processes"), [(None, "1"), (f"00-{TRACE}-b7ad6b7169203331-01", "2")])
def test_a_job_belongs_to_the_trace_of_its_request(
    folder: Path,
    database_url: str,
    redis_url: str,
    visit: Visit,
    monkeypatch: pytest.MonkeyPatch,
    given: str | None,
    processes: str,
) -> None:
    variables, port = production(database_url, redis_url), str(free_port())
    with collector() as (address, spans):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        with (
            started(folder, "api", "--port", port, "--processes", processes, **variables) as api,
            started(folder, "worker", **variables) as worker,
        ):
            ada = visit(f"http://127.0.0.1:{port}")
            headers = {**ada.headers, **({"traceparent": given} if given else {}), "X-Request-Id": "r-1"}
            body = {"operation": "square_sum", "data": [1, 2, 3]}
            job = ada.client.post("/v1/jobs", json=body, headers=headers).json()["id"]
            assert ada.result(job) == 14
            assert worker.end() == api.end() == 0, worker.text() + api.text()
        wait_for(lambda: any(span.name == "run square_sum" for span in spans))
    [submitted] = [span for span in spans if span.name == "POST /v1/jobs"]
    [attempt] = [span for span in spans if span.name == "run square_sum"]
    assert attempt.trace_id == submitted.trace_id
    assert attempt.parent_span_id == submitted.span_id
    assert given is None or submitted.trace_id.hex() == TRACE
    named = {each.key: each.value.string_value for each in attempt.attributes}
    assert named["jobproc.job_id"] == job
    assert named["jobproc.request_id"] == "r-1"
    assert attempt.end_time_unix_nano >= attempt.start_time_unix_nano


WITHOUT = "for name in ('sdk', 'exporter'): sys.modules[f'opentelemetry.{name}'] = None"


@pytest.mark.parametrize(
    ("told", "before"),
    [
        ({}, ""),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "otlp"}, ""),
        ({"OTEL_TRACES_EXPORTER": "none"}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, WITHOUT),
    ],
)
def test_who_does_not_trace_imports_nothing_for_it(told: dict[str, str], before: str) -> None:
    code = f"""
import sys
{before}
from jobproc.entrypoints.api import make_app
make_app().build_middleware_stack()
from jobproc.entrypoints.container import adapters_for
from jobproc.entrypoints.settings import load_settings
adapters_for(load_settings()).sight()
print([name for name in sys.modules if name.startswith(("jobproc.adapters.otel.", "opentelemetry.exporter.otlp"))])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(PROFILE="memory") | told,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "[]\n", done.stderr


def test_a_collector_that_is_away_keeps_nobody_from_ending(
    folder: Path, database_url: str, redis_url: str, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    port = str(free_port())
    with started(folder, "api", "--port", port, **production(database_url, redis_url)) as api:
        visit(f"http://127.0.0.1:{port}")
        assert api.end(seconds=8) == 0, api.text()
