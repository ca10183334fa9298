"""The reference of the calls, from the description that the service gives of itself."""

from collections.abc import Iterator, Mapping
from typing import Any

# Of every call that needs somebody, or of every call: not worth a word at each.
EVERYWHERE = {
    "headers-too-large",
    "internal-error",
    "invalid-request",
    "not-authenticated",
    "too-many-requests",
    "unavailable",
    "unknown-host",
}
Members = Mapping[str, Any]


def calls_reference(description: Members) -> str:
    """A table for `/v1`, one for the rest."""
    calls = [
        (method, path, call)
        for path, methods in description["paths"].items()
        for method, call in methods.items()
    ]
    parts = (
        ("## `/v1`", [each for each in calls if each[1].startswith("/v1/")]),
        (
            "## The first paths, and those for operators",
            [each for each in calls if not each[1].startswith("/v1/")],
        ),
    )
    return "\n\n".join(f"{title}\n\n{_table(found)}" for title, found in parts)


def _table(calls: list[tuple[str, str, Members]]) -> str:
    rows = [_row(f"`{method.upper()} {path}`", call) for method, path, call in calls]
    head = ("| call | does | needs | may be given | answers | refuses with |", "|---|---|---|---|---|---|")
    return "\n".join((*head, *rows))


def _row(name: str, call: Members) -> str:
    columns = (name, call["summary"], _needs(call), _takes(call), _good(call), _bad(call))
    return f"| {' | '.join(columns)} |"


def _needs(call: Members) -> str:
    """Scopes of API keys; those of accounts no key has."""
    scopes = [scope for each in call.get("security", ()) for scope in each["HTTPBearer"]]
    if "security" not in call:
        return ""
    return "a login" if "account" in scopes else ", ".join(f"`{scope}`" for scope in scopes) or "a token"


def _takes(call: Members) -> str:
    """Queries and headers."""
    return ", ".join(f"`{each['name']}`" for each in call.get("parameters", ()) if each["in"] != "path")


def _good(call: Members) -> str:
    return ", ".join(status for status in call["responses"] if status < "400")


def _bad(call: Members) -> str:
    """Codes of problem documents; statuses where there are none."""
    found = [
        found
        for status, answer in call["responses"].items()
        if status >= "400"
        for found in _codes(status, answer)
    ]
    return ", ".join(dict.fromkeys(found))


def _codes(status: str, answer: Members) -> Iterator[str]:
    problem = answer.get("content", {}).get("application/problem+json")
    if problem is None:
        yield status
        return
    yield from (f"`{code}`" for code in problem.get("examples", {}) if code not in EVERYWHERE)
