"""Posts come from our own pages only: a cookie alone does not say who wrote the form."""

from fastapi import Request

from jobproc.domain.errors import Refused

SAFE_METHODS = {"GET", "HEAD"}


async def refuse_other_origins(request: Request) -> None:
    """`Refused` unless the browser says that the request comes from a page of this host."""
    if request.method in SAFE_METHODS:
        return
    # A proxy may speak TLS for this service, so either scheme is ours.
    sender, host = request.headers.get("origin"), request.headers["host"]
    if (
        sender not in (f"http://{host}", f"https://{host}")
        or request.headers.get("sec-fetch-site", "same-origin") != "same-origin"
    ):
        raise Refused("This form was not sent from a page of this service. Open the page anew and try again.")
