"""Sessions over HTTP: opened, refreshed and ended, and refused soon after on every surface."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from jobproc.application.recent import RECENT_SECONDS
from jobproc.domain.sessions import Session
from jobproc.entrypoints.settings import Registration, Settings
from tests.integration.http.service import PASSWORD, Service, Visitor, serving

pytestmark = pytest.mark.anyio

ADA = {"username": "ada", "password": PASSWORD}
NEW = "battery-staple-7"


@pytest.fixture
def service(idle_service: Service) -> Service:
    """Nobody has to work here."""
    return idle_service


@dataclass(frozen=True, slots=True)
class Login:
    """What a login gave."""

    service: Service
    answer: dict[str, Any]

    @property
    def visitor(self) -> Visitor:
        return Visitor(self.service.client, self.answer["access_token"])

    @property
    def session_id(self) -> UUID:
        identity = self.service.adapters.tokens().read(self.answer["access_token"])
        assert identity.session_id
        return identity.session_id

    async def refresh(self) -> Any:
        body = {"refresh_token": self.answer["refresh_token"]}
        return await self.service.client.post("/v1/auth/refresh", json=body)

    async def next(self) -> "Login":
        answer = await self.refresh()
        assert answer.status_code == 200, answer.text
        return Login(self.service, answer.json())


async def enter(service: Service, path: str = "login", **body: str) -> Login:
    answer = await service.client.post(f"/v1/auth/{path}", json=ADA | body)
    assert answer.status_code == {"login": 200, "register": 201}[path], answer.text
    return Login(service, answer.json())


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_register_and_login_answer_the_user_and_a_pair_of_tokens(service: Service) -> None:
    registered, logged_in = await enter(service, "register", username="Ada"), await enter(service)
    for login in (registered, logged_in):
        answer = login.answer
        assert set(answer) == {"user", "access_token", "refresh_token", "token_type", "expires_in"}
        assert (answer["token_type"], answer["expires_in"]) == ("bearer", 3600)
        me = await login.visitor.get("/v1/me")
        assert (me.status_code, me.json()) == (200, answer["user"])
    assert registered.answer["user"] == logged_in.answer["user"]
    assert set(registered.answer["user"]) == {"id", "username", "created_at"}
    assert registered.answer["user"]["username"] == "ada"


async def test_a_refresh_token_is_exchanged_for_a_new_pair_once(service: Service) -> None:
    first = await enter(service, "register")
    second = await first.next()
    assert second.answer["refresh_token"] != first.answer["refresh_token"]
    assert second.session_id == first.session_id
    for login in (first, second):
        assert (await login.visitor.get("/jobsList/")).status_code == 200
    # At once it may be another tab: nothing ends.
    assert code(await first.refresh()) == (401, "refresh-reused")
    third = await second.next()
    await age_exchanges(service, first.session_id)
    assert code(await second.refresh()) == (401, "refresh-reused")
    assert code(await third.refresh()) == (401, "not-authenticated")
    assert code(await first.refresh()) == (401, "refresh-reused")


async def age_exchanges(service: Service, session_id: UUID) -> None:
    """Every exchange is 11 seconds older."""

    def older(session: Session, _: datetime) -> Session:
        return replace(session, exchanged_at=tuple(at - timedelta(seconds=11) for at in session.exchanged_at))

    await service.adapters.sessions().change(session_id, older)


async def test_of_many_refreshes_at_once_one_wins_and_the_session_lives(service: Service) -> None:
    login = await enter(service, "register")
    answers = await asyncio.gather(*(login.refresh() for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401, 401]
    assert {answer.json().get("code") for answer in answers} == {None, "refresh-reused"}
    [winner] = [Login(service, answer.json()) for answer in answers if answer.status_code == 200]
    await winner.next()


async def test_what_is_ended_is_refused_within_five_seconds_on_every_surface(service: Service) -> None:
    ada, bob, eve = [await enter(service, "register", username=name) for name in ("ada", "bob", "eve")]
    out = [ada, *[await enter(service, username="bob") for _ in range(2)], eve]
    out += [bob, await enter(service, username="ada")]
    joe, other = await enter(service, "register", username="joe"), await enter(service, username="joe")
    key = (await eve.visitor.post("/v1/api-keys", {"name": "a", "scopes": ["jobs:read"]})).json()["key"]
    deleted = (await joe.visitor.post("/v1/api-keys", {"name": "a", "scopes": ["jobs:read"]})).json()
    doors = [*(login.visitor for login in out), Visitor(service.client, key), other.visitor]
    doors.append(Visitor(service.client, deleted["key"]))
    for door in doors:
        assert (await door.get("/v1/jobs")).status_code == 200

    await asyncio.gather(
        ada.visitor.post("/v1/auth/logout"),
        out[-1].visitor.post("/v1/auth/logout"),
        bob.visitor.post("/v1/auth/logout-all"),
        service.application.disable_user("eve"),
        joe.visitor.post("/v1/me/password", {"current_password": PASSWORD, "new_password": NEW}),
        joe.visitor.delete(f"/v1/api-keys/{deleted['id']}"),
    )
    for login in (*out, other):
        assert (await login.refresh()).status_code == 401
    await asyncio.sleep(RECENT_SECONDS)
    for door in doors:
        assert (await door.get("/jobsList/")).status_code == 401
        assert (await door.get("/v1/jobs")).status_code == 401
    assert (await joe.visitor.get("/jobsList/")).status_code == 200
    await joe.next()

    wrong = await service.client.post("/v1/auth/login", json={**ADA, "username": "eve"})
    assert code(wrong) == (401, "invalid-credentials")
    await service.application.enable_user("eve")
    await enter(service, username="eve")
    await eve.next()


async def test_logging_out_answers_204_and_ends_this_session_only(service: Service) -> None:
    here, there = await enter(service, "register"), await enter(service)
    answer = await here.visitor.post("/v1/auth/logout")
    assert (answer.status_code, answer.content) == (204, b"")
    assert code(await here.refresh()) == (401, "not-authenticated")
    there = await there.next()
    assert (await there.visitor.post("/v1/auth/logout-all")).status_code == 204
    assert (await there.refresh()).status_code == 401


async def test_a_changed_password_opens_and_the_one_before_does_not(service: Service) -> None:
    login = await enter(service, "register")
    for current, new, expected in [
        ("wrong-horse-9", NEW, (401, "invalid-credentials")),
        (PASSWORD, "short", (422, "invalid-input")),
        (PASSWORD, "password1", (422, "invalid-input")),
    ]:
        body = {"current_password": current, "new_password": new}
        answer = await login.visitor.post("/v1/me/password", body)
        assert code(answer) == expected
        assert new not in answer.text
    assert answer.json()["errors"][0]["pointer"] == "/new_password"
    body = {"current_password": PASSWORD, "new_password": NEW}
    answer = await login.visitor.post("/v1/me/password", body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await service.client.post("/v1/auth/login", json=ADA)).status_code == 401
    await enter(service, password=NEW)
    await login.next()


@pytest.mark.parametrize("password", ["password1", "12345678", "ada.lovelace"])
async def test_what_is_easy_to_guess_is_refused_here_and_taken_by_the_seed(
    memory: Settings, password: str
) -> None:
    body = {"username": "ada.lovelace", "password": password}
    async with serving(memory, slots=0) as service:
        answer = await service.client.post("/v1/auth/register", json=body)
        assert code(answer) == (422, "invalid-input")
        [error] = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/password", "weak")
        assert (await service.client.post("/register", json=body)).status_code == 200
        assert (await service.client.post("/v1/auth/login", json=body)).status_code == 200


async def test_where_registration_is_closed_nobody_registers_on_any_surface(memory: Settings) -> None:
    async with serving(memory.model_copy(update={"registration": Registration.CLOSED}), slots=0) as service:
        assert code(await service.client.post("/v1/auth/register", json=ADA)) == (
            403,
            "registration-closed",
        )
        answer = await service.client.post("/register", json=ADA)
        assert (answer.status_code, list(answer.json())) == (403, ["detail"])


async def test_keys_rotate_and_nobody_is_logged_out(production: Settings) -> None:
    def with_keys(*kids: str) -> Settings:
        keys = ",".join(f"{kid}:{kid[0] * 32}" for kid in kids)
        return production.model_copy(update={"jwt_keys": type(production.jwt_keys)(keys)})

    async with serving(with_keys("old"), slots=0) as service:
        before = await enter(service, "register")
    async with serving(with_keys("new", "old"), slots=0) as service:
        login = Login(service, before.answer)
        assert (await login.visitor.get("/jobsList/")).status_code == 200
        after = await login.next()
    async with serving(with_keys("new"), slots=0) as service:
        assert (await Login(service, before.answer).visitor.get("/jobsList/")).status_code == 401
        login = Login(service, after.answer)
        assert (await login.visitor.get("/jobsList/")).status_code == 200
        await login.next()


async def test_requests_ask_the_database_once_in_a_while_whose_they_are(production: Settings) -> None:
    asked: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.extend(table for table in ("sessions", "users", "api_keys") if f"FROM {table}" in statement)

    async with serving(production, slots=0) as service:
        login = await enter(service, "register")
        key = (await login.visitor.post("/v1/api-keys", {"name": "a", "scopes": ["jobs:read"]})).json()["key"]
        database = service.adapters.database()
        event.listen(database.engine, "before_cursor_execute", count)
        for visitor in (await enter(service)).visitor, Visitor(service.client, key):
            asked.clear()
            for _ in range(3):
                answers = await asyncio.gather(*(visitor.get("/jobsList/") for _ in range(10)))
                assert {answer.status_code for answer in answers} == {200}
            assert len(asked) == len(set(asked)) <= 2


async def test_maintenance_forgets_sessions_that_are_long_over(service: Service) -> None:
    over, open_one = await enter(service, "register"), await enter(service)
    sessions = service.adapters.sessions()
    long_ago = timedelta(days=40)
    await sessions.change(
        over.session_id,
        lambda session, _: replace(
            session, created_at=session.created_at - long_ago, expires_at=session.expires_at - long_ago
        ),
    )
    await service.application.maintain()
    assert await sessions.get(over.session_id) is None
    assert await sessions.get(open_one.session_id)
