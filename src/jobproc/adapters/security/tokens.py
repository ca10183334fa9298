"""Access tokens as signed JWTs (RFC 7519, profile of RFC 9068)."""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from uuid import UUID, uuid4

import jwt

from jobproc.domain.errors import NotAuthenticated
from jobproc.domain.sessions import Identity

ALGORITHM = "HS256"
TYPE = "at+jwt"
ISSUER = AUDIENCE = "jobproc"
MAX_TOKEN_CHARACTERS = 4096
MOST_VERIFIED = 4096
CLAIMS = ["iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"]


class JwtTokens:
    """Tokens signed by the first key; every key of the ring verifies, chosen by `kid`."""

    def __init__(self, keys: Mapping[str, str], lifetime: timedelta) -> None:
        self.lifetime = lifetime
        self._keys = keys
        # Refusals are not remembered, so that made-up tokens push nothing out.
        self._verified = lru_cache(MOST_VERIFIED)(self._verify)

    def issue(self, identity: Identity) -> str:
        """A token for that identity, good from now for `lifetime`."""
        kid, secret = next(iter(self._keys.items()))
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(identity.user_id),
            "sid": str(identity.session_id),
            "iat": now,
            "nbf": now,
            "exp": now + int(self.lifetime.total_seconds()),
            "jti": uuid4().hex,
        }
        return jwt.encode(claims, secret, ALGORITHM, headers={"kid": kid, "typ": TYPE})

    def read(self, token: str) -> Identity:
        """Whom a token speaks for; whatever is wrong with it: the same `NotAuthenticated`."""
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise _invalid()
        identity, ends = self._verified(token)
        if time.time() >= ends:
            raise _invalid()
        return identity

    def _verify(self, token: str) -> tuple[Identity, float]:
        """Whom it speaks for, and until when (Unix time)."""
        try:
            if not all(map(_is_canonical, token.split("."))):
                raise _invalid()
            claims = jwt.decode(
                token,
                self._key_of(token),
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": CLAIMS, "strict_aud": True, "enforce_minimum_key_length": True},
            )
            return Identity(UUID(claims["sub"]), UUID(claims["sid"])), float(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            raise _invalid() from None

    def _key_of(self, token: str) -> str:
        header = jwt.get_unverified_header(token)
        kid = header.get("kid")
        if header.get("typ") != TYPE or not isinstance(kid, str) or kid not in self._keys:
            raise _invalid()
        return self._keys[kid]


def _is_canonical(part: str) -> bool:
    """Whether it is the one spelling of its bytes: others differ in bits that nobody reads."""
    raw = urlsafe_b64decode(part.encode() + b"==")
    return urlsafe_b64encode(raw).rstrip(b"=") == part.encode()


def _invalid() -> NotAuthenticated:
    return NotAuthenticated("Invalid token")
