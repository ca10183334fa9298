"""The processes of one service, each of which may be killed, frozen and started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from jobproc.adapters.embedded.postgres import EmbeddedPostgres
from jobproc.adapters.embedded.valkey import EmbeddedValkey
from tests.integration.processes.running import descendants, environment

ROOT = Path(__file__).parents[3]
PATH = os.pathsep.join((str(ROOT / "src"), str(ROOT)))


@dataclass(slots=True)
class Part:
    """One `jobproc …` in a session of its own; everything it writes goes to its log."""

    folder: Path
    name: str
    words: tuple[str, ...]
    variables: Mapping[str, str]
    log: Path = field(init=False)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.log = self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """Of the process that was started last."""
        assert self.process, f"{self.name} was never started"
        return self.process.pid

    def start(self) -> None:
        """Begin, without waiting until it is ready."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jobproc", *self.words],
                env=environment(**self.variables) | {"PYTHONPATH": PATH},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.folder,
            )

    def is_up(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds: float = 10) -> int:
        """Ask it to end; its exit code."""
        self.send(signal.SIGTERM)
        assert self.process
        return self.process.wait(seconds)

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.send(signal.SIGKILL)
        assert self.process
        self.process.wait(5)

    def send(self, word: signal.Signals) -> None:
        """A signal to the process alone."""
        assert self.process
        self.process.send_signal(word)

    @contextmanager
    def frozen(self, *, children: bool = False) -> Iterator[None]:
        """It stands still, with its children if wanted, while the block runs."""
        pids = {self.pid} | (descendants(self.pid) if children else set())
        with standing_still(pids):
            yield

    def text(self) -> str:
        """What all its processes have written so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def tells(self, event: str, job: str) -> bool:
        """Whether it has written a line of that event and that job."""
        return any(event in line and job in line for line in self.text().splitlines())


@dataclass(slots=True)
class Server:
    """A Postgres or a Valkey of the suite's own. Start it from the main thread, with which it ends."""

    embedded: EmbeddedPostgres | EmbeddedValkey
    url: str = ""

    @property
    def pid(self) -> int:
        """Of its first process."""
        assert self.embedded.process
        return self.embedded.process.pid

    def start(self) -> None:
        """Return when it takes connections, at the place where it was before."""
        url = self.embedded.start()
        assert self.url in ("", url), "the port of the last start was taken"
        self.url = url

    def end(self, word: signal.Signals = signal.SIGKILL) -> None:
        """End it by a signal; SIGKILL takes all its processes."""
        others = descendants(self.pid) if word is signal.SIGKILL else set()
        assert self.embedded.process
        self.embedded.process.send_signal(word)
        for pid in others:
            send(pid, word)
        self.embedded.process.wait(20)

    def restart(self, word: signal.Signals) -> None:
        """End it so, and start it again."""
        self.end(word)
        self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections and bytes, and answers nothing, while the block runs."""
        with standing_still({self.pid} | descendants(self.pid)):
            yield


@contextmanager
def standing_still(pids: set[int]) -> Iterator[None]:
    """These processes do nothing while the block runs."""
    for pid in pids:
        send(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            send(pid, signal.SIGCONT)


def talks_to(pid: int, port: int) -> bool:
    """Whether the process has a connection to that port of this machine."""
    mine = {name.removeprefix("socket:[").rstrip("]") for name in _opened(pid)}
    lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return any(fields[9] in mine and int(fields[2].partition(":")[2], 16) == port for fields in lines)


def _opened(pid: int) -> Iterator[str]:
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield os.readlink(each)


def send(pid: int, word: signal.Signals) -> None:
    """A signal, if somebody is there to get it."""
    try:
        os.kill(pid, word)
    except ProcessLookupError:
        return
