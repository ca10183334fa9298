"""Form posts as browsers send them."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from jobproc.adapters.http.bodies import UnsupportedMediaType, read_bytes
from jobproc.adapters.http.strict_json import NotJson

FORM_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 1000
# Browsers write a byte of a form as %XX.
ENCODED = len("%XX")


async def read_form(request: Request) -> dict[str, str]:
    """The fields by name; of several with one name the last."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != FORM_TYPE:
        raise UnsupportedMediaType(f"Send a form: Content-Type: {FORM_TYPE}.")
    body = await read_bytes(request, ENCODED * request.app.state.max_body_bytes)
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
        if any("\0" in text for pair in pairs for text in pair):
            raise ValueError
    except ValueError:
        raise NotJson("The form cannot be read. Open the page anew and try again.") from None
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


Form = Annotated[dict[str, str], Depends(read_form)]
