"""Users as operators see them."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from jobproc.application.account_ports import Users
from jobproc.domain.errors import NotFound
from jobproc.domain.users import User, Username

PAGE = 1000


@dataclass(frozen=True, slots=True)
class ListUsers:
    """Every user, in the order in which they came."""

    users: Users

    async def __call__(self) -> AsyncIterator[User]:
        page = await self.users.page(after=None, limit=PAGE)
        while page:
            for user in page:
                yield user
            page = await self.users.page(after=page[-1].id, limit=PAGE)


@dataclass(frozen=True, slots=True)
class SwitchUser:
    """Disable a user, or enable one again; seen by every process within 5 s."""

    users: Users
    change: Callable[[User, datetime], User]

    async def __call__(self, username: str) -> User:
        user = await self.users.named(Username.parse(username))
        changed = await self.users.change(user.id, self.change) if user else None
        if changed is None:
            raise NotFound("There is no user of that name.")
        return changed
