"""The HTTP process."""

import os
import resource
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from jobproc.adapters.http.app import create_app
from jobproc.adapters.http.protocol import GuardedProtocol
from jobproc.adapters.logs.lines import set_up_lines
from jobproc.adapters.security.heap import keep_one_heap
from jobproc.application.application import Application
from jobproc.entrypoints.garbage import settle_garbage
from jobproc.entrypoints.listening import require_free
from jobproc.entrypoints.numbers import share_numbers
from jobproc.entrypoints.schema import require_schema
from jobproc.entrypoints.serving import serve_application
from jobproc.entrypoints.settings import PREFIX, Settings, load_settings
from jobproc.entrypoints.signals import stop_on_signals
from jobproc.entrypoints.stopping import announcing_the_end
from jobproc.entrypoints.tracing import end_tracing, traced

STOP_SECONDS = 3
# Longer than proxies keep a connection that nobody uses, which is a minute as a rule: who closes it first, loses
# no request that is on its way.
IDLE_SECONDS = 75
MOST_FILES = 65_536


def make_app() -> FastAPI:
    """What each HTTP process serves, from its environment."""
    keep_one_heap()
    settings = load_settings()
    set_up_lines(settings.log_form, settings.log_level)
    app = create_app(
        lambda: _settled(settings, app),
        max_body_bytes=settings.max_body_bytes,
        allowed_hosts=settings.hosts,
        cors_origins=settings.origins,
        max_batch_bytes=settings.max_batch_bytes,
        metrics_token=settings.token_of_metrics,
        around=traced,
    )
    return app


@asynccontextmanager
async def _settled(settings: Settings, app: FastAPI) -> AsyncIterator[Application]:
    async with serve_application(settings) as application:
        settle_garbage()
        with announcing_the_end(app, settings.stop_delay_seconds):
            yield application
    end_tracing()


def run_api(settings: Settings, *, host: str, port: int, processes: int) -> None:
    """Serve until a signal ends it."""
    keep_one_heap()
    set_up_lines(settings.log_form, settings.log_level)
    require_free(host, port)
    require_schema(settings)
    # Read again by every process that is started.
    os.environ[f"{PREFIX}PROCESSES"] = str(processes)
    _allow_files()
    if processes > 1:
        # Their folder goes when this process ends in order.
        stop_on_signals()
        share_numbers()
    config = uvicorn.Config(
        f"{__name__}:{make_app.__name__}",
        factory=True,
        host=host,
        port=port,
        workers=processes,
        http=GuardedProtocol,
        ws="none",
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=STOP_SECONDS,
        timeout_keep_alive=IDLE_SECONDS,
    )
    if processes == 1:
        Server(config).run()
    else:
        Multiprocess(config, sockets=[config.bind_socket()]).run()


def _allow_files() -> None:
    """As many connections as the system grants, within reason: the usual 1024 are few for open streams."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


class Server(uvicorn.Server):
    """Ends with exit code 0 on a signal; the original raises the signal again at its end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, self.handle_exit)
        yield
