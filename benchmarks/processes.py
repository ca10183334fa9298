"""What a process holds, as Linux tells it."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PAGE_BYTES = 4096


def megabytes(pid: int) -> float:
    """Its resident memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES / 2**20


def cpu_seconds(pid: int) -> float:
    """The processor time that it has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def connections_to(pid: int, port: int) -> int:
    """Its open TCP connections to that port."""
    mine = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        # It may be closed while they are looked at.
        with suppress(FileNotFoundError):
            mine.add(str(each.readlink()))
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[2].endswith(f":{port:04X}") and f"socket:[{line[9]}]" in mine for line in lines)


def family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    found = [pid]
    for parent in found:
        with suppress(FileNotFoundError):
            for thread in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
    return found


def proportional_megabytes(pids: Iterable[int]) -> float:
    """Their memory together; what several share is counted once."""
    total = 0
    for pid in pids:
        # One of them may have ended.
        with suppress(FileNotFoundError, ProcessLookupError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024
