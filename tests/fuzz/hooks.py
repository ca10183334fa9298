"""What the fuzzer cannot know: which dates are near enough, and that nobody reaches what is somebody else's."""

import os
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import requests
import schemathesis
from hypothesis import strategies as st

BOB = {"Authorization": f"Bearer {os.environ.get('JOBPROC_FUZZ_BOB', '')}"}
KEY = "Idempotency-Key"
NOW = datetime.now(UTC).replace(tzinfo=None)

schemathesis.openapi.format(
    "date-time",
    st.datetimes(NOW - timedelta(days=10_000), NOW + timedelta(days=300)).map(
        lambda moment: moment.replace(tzinfo=UTC).isoformat()
    ),
)


@schemathesis.hook
def before_call(_: Any, case: Any, kwargs: Any) -> None:
    """A good key is a new one, since with another body it is refused; and 1.0 is an integer in schemas alone."""
    if re.fullmatch("[!-~]{1,255}", str((case.headers or {}).get(KEY, ""))):
        case.headers[KEY] = str(uuid4())
    if case.meta and case.meta.generation.mode.is_positive:
        case.body = _whole(case.body)


def _whole(value: Any) -> Any:
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_whole(each) for each in value]
        case dict():
            return {name: _whole(each) for name, each in value.items()}
    return value


@schemathesis.check
def not_found_by_others(_: Any, response: Any, case: Any) -> None:
    """What Ada has just reached by its id is not there for Bob."""
    if response.status_code < 400 and any(name.endswith("_id") for name in case.path_parameters or {}):
        again = requests.request(response.request.method, response.request.url, headers=BOB, timeout=20)
        assert again.status_code == 404, f"{again.status_code} for somebody else: {again.text[:200]}"
