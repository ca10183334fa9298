"""Access tokens as signed JWTs (RFC 7519, profile of RFC 9068)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import jwt

from jobproc.domain.errors import NotAuthenticated
from jobproc.domain.sessions import Identity

ALGORITHM = "HS256"
TYPE = "at+jwt"
ISSUER = AUDIENCE = "jobproc"
MAX_TOKEN_CHARACTERS = 4096
CLAIMS = ["iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"]


@dataclass(frozen=True, slots=True)
class JwtTokens:
    """Tokens signed by the first key; every key of the ring verifies, chosen by `kid`."""

    keys: Mapping[str, str] = field(repr=False)
    lifetime: timedelta

    def issue(self, identity: Identity) -> str:
        """A token for that identity, good from now for `lifetime`."""
        kid, secret = next(iter(self.keys.items()))
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
        try:
            claims = jwt.decode(
                token,
                self._key_of(token),
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": CLAIMS, "strict_aud": True, "enforce_minimum_key_length": True},
            )
            return Identity(UUID(claims["sub"]), UUID(claims["sid"]))
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, RecursionError):
            raise _invalid() from None

    def _key_of(self, token: str) -> str:
        header = jwt.get_unverified_header(token)
        kid = header.get("kid")
        if header.get("typ") != TYPE or not isinstance(kid, str) or kid not in self.keys:
            raise _invalid()
        return self.keys[kid]


def _invalid() -> NotAuthenticated:
    return NotAuthenticated("Invalid token")
