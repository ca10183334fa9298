"""Templates as answers. Whatever comes from users is text in them, never markup."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from jobproc.adapters.http.ui import showing
from jobproc.adapters.http.ui.assets import asset
from jobproc.domain.jobs import JobStatus

# The style sheet draws its icons from data URLs; all else comes from here.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Without a referrer browsers would hide the origin of our own forms, too.
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin", "Cache-Control": "no-store"}

_templates = Environment(
    loader=PackageLoader("jobproc.adapters.http.ui"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals |= {"asset": asset, "JobStatus": JobStatus}
_templates.filters |= showing.FILTERS


def drawn(template: str, **values: Any) -> str:
    """A template as text."""
    return _templates.get_template(template).render(values)


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A template as an answer."""
    signed_in = hasattr(request.state, "visitor")
    text = drawn(template, path=request.url.path, signed_in=signed_in, **values)
    return HTMLResponse(text, status, {**HEADERS, **(headers or {})})


def is_part(request: Request) -> bool:
    """Whether a page that is open asks for a part of itself."""
    return "hx-request" in request.headers
