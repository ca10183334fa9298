"""Users as operators list and switch them."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from jobproc.adapters.memory.clock import MemoryClock
from jobproc.adapters.memory.users import MemoryUsers
from jobproc.application import users
from jobproc.application.users import ListUsers
from jobproc.domain.errors import NotFound
from jobproc.domain.users import User, Username
from tests.unit.application.accounts import House
from tests.unit.domain.jobs import NOW

pytestmark = pytest.mark.anyio


class ManyUsers(MemoryUsers):
    """Users who know how many were asked for at once."""

    asked = 0

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[User]:
        page = await super().page(after=after, limit=limit)
        self.asked = max(self.asked, len(page))
        return page


@pytest.mark.parametrize("count", [0, 1, 3, 7])
async def test_everybody_is_listed_once_as_they_came_and_never_all_at_once(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "PAGE", 3)
    many = ManyUsers(MemoryClock())
    everybody = [User(UUID(int=each), Username(f"user-{each}"), "", NOW) for each in range(count)]
    for each in reversed(everybody):
        await many.add(each)
    assert [each async for each in ListUsers(many)()] == everybody
    assert many.asked == min(count, 3)


async def test_who_switches_a_user_that_is_not_there_is_told_so() -> None:
    house = House()
    for switch in (house.disable_user, house.enable_user):
        with pytest.raises(NotFound, match=r"^There is no user of that name\.$"):
            await switch("nobody")
