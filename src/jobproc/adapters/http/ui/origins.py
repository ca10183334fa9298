"""Posts come from our own pages only: a cookie alone does not say who wrote the form."""

from urllib.parse import urlsplit

from fastapi import Request

from jobproc.domain.errors import Refused

SAFE_METHODS = {"GET", "HEAD"}


async def refuse_other_origins(request: Request) -> None:
    """`Refused` unless the browser says that the request comes from a page of this host."""
    if request.method in SAFE_METHODS:
        return
    sender = request.headers.get("origin", "")
    is_ours = urlsplit(sender).netloc == request.headers.get("host")
    if not is_ours or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Refused("This form was not sent from a page of this service. Open the page anew and try again.")
