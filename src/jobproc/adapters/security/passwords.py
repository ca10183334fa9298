"""Argon2id away from the event loop, in a pool no wider than the cores, waited for within bounds."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import Self, TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from jobproc.adapters.security.heap import give_back
from jobproc.domain.errors import Unavailable
from jobproc.domain.users import Password, Username

T = TypeVar("T")

# OWASP's second choice (19 MiB, 2 passes, 1 lane): a fifth of the library's default in time and a third in memory,
# so that a burst of logins neither starves the requests beside it nor fills the machine.
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
CORES = os.cpu_count() or 1
# One to two seconds of work; who would wait longer hears so at once.
MOST_AT_ONCE = 32 * CORES
# The kernel's, of the hashing threads alone: whatever else a core could do goes first.
NICENESS = 5
# Between the logins of a burst the memory stays: to be given it anew takes half as long as a hash.
QUIET_SECONDS = 1


class Argon2Passwords:
    """Hashes whose cost is the same whether the user exists or not. An async context manager that ends its pool.

    With too many under way, all calls are `Unavailable`. A process that never hashes pays nothing for them.
    """

    def __init__(
        self, most_at_once: int = MOST_AT_ONCE, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES
    ) -> None:
        self._most_at_once = most_at_once
        self._under_way = 0
        self._quiet: asyncio.TimerHandle | None = None
        self._argon2 = Argon2Hasher(time_cost=passes, memory_cost=memory_kib, parallelism=LANES)
        self._hasher = PasswordHash((self._argon2,))
        self._pool = ThreadPoolExecutor(
            CORES, thread_name_prefix="argon2", initializer=os.nice, initargs=(NICENESS,)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def prepare(self) -> None:
        """Load and make what calls need, so that the first unknown name takes no longer than a known one."""
        await self._run(partial(_weakness, "password", "username"))
        await self._run(lambda: self._dummy)

    async def hash(self, password: Password) -> str:
        """A hash that holds its own parameters."""
        return await self._run(partial(self._hasher.hash, password.secret))

    async def verify(self, password: Password | None, hash: str | None) -> bool:
        """Whether they fit; without one of them the same work is done and the answer is no."""
        secret = password.secret if password else ""
        fits = await self._run(partial(self._fits, secret, hash))
        return fits and password is not None and hash is not None

    def is_outdated(self, hash: str) -> bool:
        """Whether it was made by other parameters than today's."""
        return not self._argon2.identify(hash) or self._argon2.check_needs_rehash(hash)

    async def weakness(self, password: Password, username: Username) -> str | None:
        """Why the password is easy to guess, knowing the name; None when it is not."""
        return await self._run(partial(_weakness, password.secret, username.text))

    def _fits(self, password: str, hash: str | None) -> bool:
        try:
            return self._hasher.verify(password, hash or self._dummy)
        except UnknownHashError:
            return False

    @cached_property
    def _dummy(self) -> str:
        return self._hasher.hash(os.urandom(16).hex())

    async def _run(self, call: Callable[[], T]) -> T:
        if self._under_way >= self._most_at_once:
            raise Unavailable("Too many logins at once. Try again in a few seconds.")
        self._under_way += 1
        if self._quiet:
            self._quiet.cancel()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, call)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._quiet = loop.call_later(QUIET_SECONDS, give_back)


def _weakness(password: str, username: str) -> str | None:
    # Here, since only a process that serves HTTP needs its words.
    from jobproc.adapters.security.strength import weakness

    return weakness(password, username)
