"""Who is kept signed in at a browser, and for how long."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from jobproc.application.browsers import Stay
from jobproc.domain.browser_keys import BrowserKey
from jobproc.domain.errors import NotAuthenticated
from jobproc.domain.sessions import Identity
from tests.unit.application.accounts import MONTH, PASSWORD, House

pytestmark = pytest.mark.anyio


async def signed_in(house: House) -> tuple[Stay, Identity]:
    """Ada at a browser, and who she is for the API."""
    welcome = await house.register("ada", PASSWORD)
    return await house.keep_signed_in(welcome), await house.authenticate(welcome.access_token)


async def refused(house: House, key: str) -> None:
    with pytest.raises(NotAuthenticated, match=r"^Your session is over\. Sign in again\.$"):
        await house.recognize_browser(key)


async def test_a_browser_is_known_by_its_key_for_as_long_as_it_was_told() -> None:
    house = House()
    stay, ada = await signed_in(house)
    assert await house.recognize_browser(stay.key) == ada
    assert stay.seconds == MONTH.total_seconds()
    assert stay.key not in repr(stay)
    house.ahead = timedelta(seconds=stay.seconds)
    await refused(house, stay.key)


async def test_the_refresh_token_is_good_no_more_once_a_browser_has_the_session() -> None:
    house = House()
    welcome = await house.register("ada", PASSWORD)
    stay = await house.keep_signed_in(welcome)
    with pytest.raises(NotAuthenticated):
        await house.refresh(welcome.refresh_token)
    await house.recognize_browser(stay.key)


async def test_a_session_opens_to_its_own_key_only() -> None:
    house = House()
    stay, _ = await signed_in(house)
    key = BrowserKey.parse(stay.key)
    await refused(house, replace(key, secret=bytes(32)).text)
    await refused(house, replace(key, session_id=UUID(int=7)).text)


async def test_a_session_that_has_no_secret_opens_to_no_key() -> None:
    house = House()
    stay, ada = await signed_in(house)
    assert ada.session_id
    await house.sessions.change(ada.session_id, lambda session, _: replace(session, refresh_hash=None))
    house.pass_moments()
    await refused(house, stay.key)


@pytest.mark.parametrize("is_disabled", [False, True])
async def test_whoever_logged_out_or_was_disabled_is_out_within_moments(is_disabled: bool) -> None:
    house = House()
    stay, ada = await signed_in(house)
    await house.recognize_browser(stay.key)
    await (house.disable_user("ada") if is_disabled else house.logout(ada))
    assert await house.recognize_browser(stay.key) == ada
    house.pass_moments()
    await refused(house, stay.key)
