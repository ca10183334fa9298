"""Passwords are slow to guess, and cost the same whether somebody has them or not."""

import asyncio
import sys

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from jobproc.adapters.security.passwords import Argon2Passwords
from jobproc.domain.errors import Unavailable
from jobproc.domain.users import Password, Username

pytestmark = pytest.mark.anyio

SECRET = Password.parse("correct-horse-9")
ADA = Username("ada.lovelace")


async def test_a_password_fits_its_own_hash_only() -> None:
    async with Argon2Passwords() as passwords:
        hashed = await passwords.hash(SECRET)
        assert await passwords.verify(SECRET, hashed)
        assert not await passwords.verify(Password.parse("correct-horse-8"), hashed)


async def test_two_hashes_of_one_password_differ_and_say_how_they_were_made() -> None:
    async with Argon2Passwords() as passwords:
        first, second = await asyncio.gather(passwords.hash(SECRET), passwords.hash(SECRET))
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_without_a_hash_or_a_password_the_answer_is_no() -> None:
    async with Argon2Passwords() as passwords:
        assert not await passwords.verify(SECRET, None)
        assert not await passwords.verify(None, await passwords.hash(SECRET))
        assert not await passwords.verify(None, None)


async def test_what_an_unknown_name_is_compared_with_is_made_before_anybody_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    hash_of = PasswordHash.hash

    def hash_and_count(self: PasswordHash, password: str) -> str:
        made.append(password)
        return hash_of(self, password)

    monkeypatch.setattr(PasswordHash, "hash", hash_and_count)
    async with Argon2Passwords() as passwords:
        assert not made
        await passwords.prepare()
        assert len(made) == 1
        assert not await passwords.verify(SECRET, None)
        assert len(made) == 1


async def test_a_hash_of_another_kind_fits_nothing() -> None:
    async with Argon2Passwords() as passwords:
        assert not await passwords.verify(SECRET, "plain:correct-horse-9")


async def test_a_hash_by_other_parameters_fits_and_is_outdated() -> None:
    old = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(SECRET.secret)
    async with Argon2Passwords() as passwords:
        assert await passwords.verify(SECRET, old)
        assert passwords.is_outdated(old)
        assert not passwords.is_outdated(await passwords.hash(SECRET))


async def test_the_loop_goes_on_while_hashes_are_made() -> None:
    async with Argon2Passwords() as passwords:
        hashing = asyncio.gather(*(passwords.hash(SECRET) for _ in range(8)))
        turns = 0
        while not hashing.done():
            await asyncio.sleep(0.001)
            turns += 1
        await hashing
    assert turns > 10


async def test_who_would_wait_too_long_hears_so_at_once_and_the_others_are_served() -> None:
    async with Argon2Passwords(most_at_once=4) as passwords:
        calls = [passwords.verify(SECRET, None) for _ in range(10)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert answers[:4] == [False] * 4
        assert all(isinstance(answer, Unavailable) for answer in answers[4:])
        assert await passwords.hash(SECRET)


@pytest.mark.parametrize("password", ["password1", "qwertyuiop", "11111111", "ada.lovelace1", "a" * 1024])
async def test_what_is_easy_to_guess_is_said_to_be_without_an_echo(password: str) -> None:
    async with Argon2Passwords() as passwords:
        reason = await passwords.weakness(Password.parse(password), ADA)
    assert reason is not None
    assert password not in reason


@pytest.mark.parametrize(
    "password", ["correct-horse-9", "x9#kLm2$", "ünïcödé-wörter", "correct-horse-9" * 60]
)
async def test_what_is_hard_to_guess_is_taken(password: str) -> None:
    async with Argon2Passwords() as passwords:
        assert await passwords.weakness(Password.parse(password), ADA) is None


async def test_two_at_once_are_judged_by_their_own_names() -> None:
    names = ("zqxwvkjh", "pfgbtrmd") * 50
    pause = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        async with Argon2Passwords(most_at_once=len(names)) as passwords:
            calls = [passwords.weakness(Password.parse(f"{name}1"), Username(name)) for name in names]
            assert None not in await asyncio.gather(*calls)
    finally:
        sys.setswitchinterval(pause)
