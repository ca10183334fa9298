"""Limits on what callers may ask in a while."""

from collections.abc import Mapping
from dataclasses import dataclass

from jobproc.application.ports import LoginAttempts, RateLimiter, Sight
from jobproc.domain.errors import TooMany
from jobproc.domain.rates import Rate, Standing, Traffic

# No name is longer; whoever sends one guesses, and is not to fill the memory.
COUNTED_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class LimitRequests:
    """Count a request of somebody, whom `caller` names: a user or an address."""

    limiter: RateLimiter
    rates: Mapping[Traffic, Rate | None]
    sight: Sight

    async def __call__(self, traffic: Traffic, caller: str) -> Standing | None:
        """Where the request stands, allowed or not; None where that kind has no limit."""
        rate = self.rates[traffic]
        if rate is None:
            return None
        standing = await self.limiter.count(f"{traffic}:{caller}", rate)
        if not standing.is_allowed:
            self.sight.saw("request.limited", traffic=str(traffic))
        return standing


@dataclass(frozen=True, slots=True)
class GuardLogins:
    """Make guessing of passwords slow, name by name, whether somebody has that name or not."""

    attempts: LoginAttempts
    is_on: bool = True

    async def begin(self, name: str) -> None:
        """Count an attempt as a failure, before any work; too early after others: `TooMany`."""
        if self.is_on and (seconds := await self.attempts.begin(name[:COUNTED_CHARACTERS])):
            raise TooMany(
                f"Too many wrong passwords for this name. Try again in {seconds} s.", retry_after=seconds
            )

    async def succeed(self, name: str) -> None:
        """The password was right: what was counted is forgotten."""
        if self.is_on:
            await self.attempts.forget(name[:COUNTED_CHARACTERS])
