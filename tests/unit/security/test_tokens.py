"""An access token opens nothing unless every part of it is as it was issued."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from jobproc.adapters.security.tokens import CLAIMS, JwtTokens
from jobproc.domain.errors import NotAuthenticated
from jobproc.domain.sessions import Identity

SECRET = "s" * 32
OLD = "o" * 32
IDENTITY = Identity(uuid4(), uuid4())
HEADER = {"kid": "new", "typ": "at+jwt"}

tokens = JwtTokens({"new": SECRET, "old": OLD}, timedelta(hours=1))


def claims(**changes: Any) -> dict[str, Any]:
    good = jwt.decode(tokens.issue(IDENTITY), options={"verify_signature": False})
    return {name: value for name, value in (good | changes).items() if value is not None}


def forged(key: str = SECRET, algorithm: str = "HS256", header: Any = None, **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm, headers=HEADER | (header or {}))


ATTACKS: dict[str, Callable[[], str]] = {
    "expired": lambda: forged(exp=int(time.time()) - 1),
    "not yet valid": lambda: forged(nbf=int(time.time()) + 60),
    "issued in the future": lambda: forged(iat=int(time.time()) + 60),
    "unsigned": lambda: forged(key="", algorithm="none"),
    "another algorithm": lambda: forged(key=SECRET * 2, algorithm="HS512"),
    "another key": lambda: forged(key="x" * 32),
    "the key of another kid": lambda: forged(key=OLD),
    "an unknown kid": lambda: forged(header={"kid": "../../etc/passwd"}),
    "no kid": lambda: jwt.encode(claims(), SECRET, "HS256", headers={"typ": "at+jwt"}),
    "a key of its own": lambda: forged(key="x" * 32, header={"jwk": {"kty": "oct", "k": "eHh4"}}),
    "a key from elsewhere": lambda: forged(key="x" * 32, header={"jku": "http://127.0.0.1/keys"}),
    "another type": lambda: forged(header={"typ": "JWT"}),
    "another audience": lambda: forged(aud="somebody"),
    "a list of audiences": lambda: forged(aud=["jobproc", "somebody"]),
    "another issuer": lambda: forged(iss="somebody"),
    "a user that is no id": lambda: forged(sub="ada"),
    "a session that is no id": lambda: forged(sid="1"),
    "a session that is a number": lambda: forged(sid=1),
    "an end beyond all numbers": lambda: forged(exp=10**2000),
    "an end in infinity": lambda: forged(exp=float("inf")),
    "an end that is no number": lambda: forged(exp=float("nan")),
    "tampered": lambda: tokens.issue(IDENTITY)[:-4] + "AAAA",
    "padded": lambda: tokens.issue(IDENTITY) + "=",
    "spelled in another way": lambda: respelled(tokens.issue(IDENTITY)),
    "with a break in it": lambda: tokens.issue(IDENTITY)[:20] + "\n" + tokens.issue(IDENTITY)[20:],
    "one part": lambda: "abc",
    "three empty parts": lambda: "..",
    "empty": lambda: "",
    "a megabyte": lambda: "a" * 1_000_000,
    "no text at all": lambda: "\ud800\x00",
}


def respelled(token: str) -> str:
    """The same bytes: the last letter has two bits too many."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1]) + 1]


def test_a_token_speaks_for_whom_it_was_issued() -> None:
    assert tokens.read(tokens.issue(IDENTITY)) == IDENTITY


def test_a_token_carries_every_claim_and_its_type() -> None:
    token = tokens.issue(IDENTITY)
    assert set(claims()) == set(CLAIMS)
    assert jwt.get_unverified_header(token) == {"alg": "HS256", **HEADER}
    assert claims()["exp"] - claims()["iat"] == 3600


def test_the_first_key_signs_and_every_key_verifies() -> None:
    before = JwtTokens({"old": OLD}, timedelta(hours=1)).issue(IDENTITY)
    assert tokens.read(before) == IDENTITY


def test_two_tokens_are_never_the_same() -> None:
    assert tokens.issue(IDENTITY) != tokens.issue(IDENTITY)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_like_any_other(name: str) -> None:
    with pytest.raises(NotAuthenticated) as refusal:
        tokens.read(ATTACKS[name]())
    assert refusal.value.detail == "Invalid token"


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_token_without_one_of_its_claims_is_refused(claim: str) -> None:
    with pytest.raises(NotAuthenticated, match="Invalid token"):
        tokens.read(jwt.encode(claims(**{claim: None}), SECRET, "HS256", headers=HEADER))


def test_keys_never_show() -> None:
    assert SECRET not in repr(tokens)
