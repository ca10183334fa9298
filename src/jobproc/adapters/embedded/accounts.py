"""As whom a server runs. Postgres refuses root, so root hands it to an account without rights."""

import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

NOBODY = 65534


class Way(StrEnum):
    """How the launcher reaches the account."""

    AS_IS = "as-is"
    DROP = "drop"
    MAP = "map"


@dataclass(frozen=True, slots=True)
class Account:
    """The account of a server, and the owner that its files need on disk."""

    way: Way
    uid: int
    gid: int
    owner: tuple[int, int]

    def own(self, folder: Path) -> None:
        """Hand over a data folder that another account had; its top last, as the mark of a whole job.

        Only data: where root itself writes, a server without rights must not be able to lay a link.
        """
        found = folder.stat()
        if (found.st_uid, found.st_gid) == self.owner or self.way is Way.AS_IS:
            return
        for parent, folders, files in os.walk(folder, topdown=False):
            for name in (*folders, *files):
                os.chown(Path(parent, name), *self.owner, follow_symlinks=False)
        os.chown(folder, *self.owner)


def own_account() -> Account:
    """The account of this process."""
    uid, gid = os.geteuid(), os.getegid()
    return Account(Way.AS_IS, uid, gid, (uid, gid))


def account_for(*paths: Path) -> Account:
    """The safest account that can reach all the paths.

    Below a private folder such as /root no other user can. There the server keeps root's files but sees
    itself, in a user namespace, as nobody: enough for Postgres, at the price that its superuser could read
    what root can. Which is why the application's role is never that superuser.
    """
    mine = own_account()
    if mine.uid != 0:
        return mine
    if all(_open_to_everyone(path) for path in paths):
        return Account(Way.DROP, NOBODY, NOBODY, (NOBODY, NOBODY))
    return Account(Way.MAP, NOBODY, NOBODY, mine.owner)


def _open_to_everyone(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)
