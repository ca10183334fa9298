"""Refusals as pages, or as notices on the page that asked."""

from urllib.parse import urlencode

from fastapi import Request, Response

from jobproc.adapters.http.errors import Refusal
from jobproc.adapters.http.problems import PROBLEMS
from jobproc.adapters.http.ui.pages import is_part, page
from jobproc.adapters.http.ui.session import let_out

HOME = "/ui"
NOTICE = {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"}


def present_page(request: Request, refusal: Refusal) -> Response:
    """As something to read, and to do next."""
    if refusal.status == 401 and request.url.path.rstrip("/") == HOME and not is_part(request):
        return page(request, "sign_in.html", next=HOME, username="", error=None, faults={})
    if refusal.status == 401:
        return _to_sign_in(request)
    kept = {name: value for name, value in refusal.headers.items() if name != "WWW-Authenticate"}
    template, headers = ("notice.html", kept | NOTICE) if is_part(request) else ("error.html", kept)
    return page(
        request,
        template,
        status=refusal.status,
        headers=headers,
        refusal=refusal,
        title=PROBLEMS[refusal.code].title,
    )


def _to_sign_in(request: Request) -> Response:
    """The page that was wanted comes after it; a form that was sent cannot be sent again by itself."""
    place = "/ui/sign-in"
    if request.method == "GET" and not is_part(request):
        place += "?" + urlencode({"next": f"{request.url.path}?{request.url.query}".rstrip("?")})
    headers = {"HX-Redirect": place} if is_part(request) else {"Location": place}
    response = Response(status_code=401 if is_part(request) else 303, headers=headers)
    let_out(response)
    return response
