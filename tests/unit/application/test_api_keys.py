"""Keys are listed and erased by their user."""

from uuid import UUID

import pytest

from jobproc.application.api_keys import DeleteApiKey, ListApiKeys
from jobproc.domain.errors import NotAuthenticated, NotFound
from jobproc.domain.scopes import Scope
from tests.unit.application.accounts import PASSWORD, House

pytestmark = pytest.mark.anyio
BOB = UUID(int=2)


async def test_an_erased_key_opens_no_door_and_the_others_stay() -> None:
    house = House()
    ada = (await house.register("ada", PASSWORD)).user.id
    first, second, third = [await house.make_api_key(ada, name, [Scope.READ], None) for name in "abc"]
    await DeleteApiKey(house.api_keys)(ada, second.key.id)
    with pytest.raises(NotAuthenticated):
        await house.authenticate(second.text)
    listed = await ListApiKeys(house.api_keys)(ada)
    assert listed == [third.key, first.key]
    assert [key.name for key in listed] == ["c", "a"]
    assert await ListApiKeys(house.api_keys)(BOB) == []


async def test_a_key_of_somebody_else_is_not_found_and_stays() -> None:
    house = House()
    ada = (await house.register("ada", PASSWORD)).user.id
    made = await house.make_api_key(ada, "script", [Scope.READ], None)
    for user, id in ((BOB, made.key.id), (ada, UUID(int=7))):
        with pytest.raises(NotFound, match=r"^API key not found$"):
            await DeleteApiKey(house.api_keys)(user, id)
    await house.authenticate(made.text)
