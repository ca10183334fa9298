"""What a process holds, as Linux tells it."""

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
