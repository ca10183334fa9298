"""Which limit a request counts towards, and on whose account."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from fastapi import Request

from jobproc.application.application import Application
from jobproc.domain.errors import TooMany
from jobproc.domain.rates import Standing, Traffic

# All else that a user may ask is a read; a batch is one request.
SUBMISSIONS = {"/jobs", "/v1/jobs", "/v1/batches", "/ui/new"}
# What a home or an office gets is one caller.
IPV6_PREFIX = 64


def traffic_of(request: Request) -> Traffic:
    """Of somebody who is logged in."""
    submits = request.method == "POST" and request.scope["path"].rstrip("/") in SUBMISSIONS
    return Traffic.SUBMIT if submits else Traffic.READ


async def limit(request: Request, traffic: Traffic, caller: str) -> None:
    """Count the request; over the limit: `TooMany`. The answer's headers tell where it stands."""
    state = request.scope["state"]
    application: Application = state["application"]
    standing = await application.limit_requests(traffic, caller)
    if standing is None:
        return
    state["rate_limit"] = headers_of(traffic, standing)
    if not standing.is_allowed:
        seconds = standing.seconds_left
        raise TooMany(f"Too many requests. Try again in {seconds} s.", retry_after=seconds)


async def limit_address(request: Request) -> None:
    """Count a request of anybody who wants to log in."""
    await limit(request, Traffic.AUTH, address_of(request))


async def limit_stranger(request: Request) -> None:
    """Count a request of somebody who does not say who it is as a read."""
    await limit(request, Traffic.READ, address_of(request))


def address_of(request: Request) -> str:
    """Where the request came from: an IPv4 address, or the network of an IPv6 one."""
    return _network(request.client.host) if request.client else ""


def headers_of(traffic: Traffic, standing: Standing) -> list[tuple[bytes, bytes]]:
    """As the IETF's draft of RateLimit headers has them."""
    rate = standing.rate
    return [
        (b"ratelimit", f'"{traffic}";r={standing.remaining};t={standing.seconds_left}'.encode()),
        (b"ratelimit-policy", f'"{traffic}";q={rate.limit};w={rate.seconds}'.encode()),
    ]


@lru_cache(10_000)
def _network(host: str) -> str:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, IPV6_PREFIX), strict=False))
