"""The worker process: the engine's loop in a thread of its own, Celery beside it as the ear."""

import asyncio
import os
import signal
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import suppress

import uvloop

from jobproc.adapters.celery.app import make_celery
from jobproc.adapters.celery.worker import serve_bells
from jobproc.adapters.logs.lines import set_up_lines
from jobproc.adapters.postgres.ear import PostgresEar
from jobproc.application.application import Application
from jobproc.entrypoints.container import open_application
from jobproc.entrypoints.garbage import settle_garbage
from jobproc.entrypoints.schema import require_schema
from jobproc.entrypoints.settings import Settings
from jobproc.entrypoints.showing import showing
from jobproc.entrypoints.signals import Stopped, stop_on_signals

DEAF_SECONDS = 60.0
LOOKS = 12
DEAF_EXIT_CODE = 70
LAST_WORDS_SECONDS = 1


def run_worker(settings: Settings, *, slots: int, patience: float = DEAF_SECONDS) -> int:
    """Work until a signal ends it; the exit code. `patience` is how many seconds its loop may stand still."""
    set_up_lines(settings.log_form, settings.log_level)
    require_schema(settings)
    engine = EngineThread(settings, slots)
    code = 0
    # Celery listens to signals by itself, but only once the engine works.
    stop_on_signals()
    with suppress(Stopped):
        engine.start()
        threading.Thread(target=engine.watch, args=(patience,), name="watchdog", daemon=True).start()
        code = serve_bells(make_celery(settings.broker), on_bell=engine.wake, on_stopping=engine.stop)
    engine.stop()
    engine.join()
    if engine.failure is not None:
        raise engine.failure
    return code


class EngineThread(threading.Thread):
    """The worker's loop. When it ends by a failure, so does the process."""

    def __init__(self, settings: Settings, slots: int) -> None:
        super().__init__(name="engine", daemon=True)
        self.failure: BaseException | None = None
        self._settings = settings
        self._slots = slots
        self._ready: Future[tuple[asyncio.AbstractEventLoop, Application]] = Future()

    def start(self) -> None:
        """Return when the engine works; what kept it from starting is raised here."""
        super().start()
        self._ready.result()

    def run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            try:
                runner.run(self._work())
            except BaseException as error:
                if self._ready.done():
                    self.failure = error
                    os.kill(os.getpid(), signal.SIGTERM)
                else:
                    self._ready.set_exception(error)

    def watch(self, patience: float) -> None:
        """End the process when its loop stands still; whoever started it starts another one."""
        _, application = self._ready.result()
        looks = 0
        while self.is_alive():
            time.sleep(patience / LOOKS)
            # A process that was frozen as a whole has not looked meanwhile either: its loop gets a moment to turn.
            looks = looks + 1 if application.worker.deaf_for() > patience else 0
            if looks > 1:
                _say_at_last(f"jobproc: the worker's loop stood still for {patience:g} s.")
                os._exit(DEAF_EXIT_CODE)

    def wake(self) -> None:
        """There may be due work."""
        self._call("wake")

    def stop(self) -> None:
        """Claim nothing more, and end within the drain time."""
        self._call("stop")

    def _call(self, what: str) -> None:
        loop, application = self._ready.result()
        if not loop.is_closed():
            loop.call_soon_threadsafe(getattr(application.worker, what))

    async def _work(self) -> None:
        async with (
            open_application(self._settings) as application,
            showing(self._settings, application, application.worker.stopping),
            PostgresEar(self._settings.database, application.worker.wake, ready=application.worker.ready),
        ):
            settle_garbage()
            self._ready.set_result((asyncio.get_running_loop(), application))
            await application.worker(self._slots)


def _say_at_last(words: str) -> None:
    """Where nobody reads the log any more, which may be why the loop stands still, the end does not wait for it."""
    saying = threading.Thread(
        target=print, args=(words,), kwargs={"file": sys.stderr, "flush": True}, daemon=True
    )
    saying.start()
    saying.join(LAST_WORDS_SECONDS)
