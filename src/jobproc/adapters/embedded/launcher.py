"""Becomes a server that dies with its supervisor. Run as a script: WAY UID GID SIGNAL SUPERVISOR COMMAND.

A program of its own, because between fork and exec of a process with threads no Python code is safe.
The order matters: a change of account clears the death signal.
"""

import ctypes
import os
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000


def main(way: str, uid: str, gid: str, signal: str, supervisor: str, *command: str) -> None:
    """Take the account, bind the life to the supervisor's, become the program."""
    if way == "drop":
        _drop(int(uid), int(gid))
    elif way == "map":
        _map(int(uid), int(gid))
    _die_with(int(supervisor), int(signal))
    os.execv(command[0], command)  # noqa: S606  # a shell is what nobody wants here


def _drop(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _map(uid: int, gid: int) -> None:
    outside = os.geteuid(), os.getegid()
    if sys.platform != "linux" or ctypes.CDLL(None).unshare(CLONE_NEWUSER) != 0:
        sys.exit(
            "As root, Postgres must run as another user, and that user cannot reach the data or the program,"
            " nor does this system allow a user namespace. Move both out of private folders such as /root,"
            " or start jobproc as a normal user."
        )
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outside[0]} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outside[1]} 1")


def _die_with(supervisor: int, signal: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
    # The supervisor may have died before the line above; then no signal will ever come.
    if os.getppid() != supervisor:
        sys.exit("the supervisor is gone")


if __name__ == "__main__":
    main(*sys.argv[1:])
