"""Comma-separated lists of the settings."""

import re
from ipaddress import ip_network
from urllib.parse import urlsplit

_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]|\*", re.IGNORECASE)


def entries(text: str) -> list[str]:
    """The parts that are not empty, without the space around them."""
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def good_origins(text: str) -> str:
    """Origins as browsers send them; `*` would let every page on the web act for its visitor."""
    if not all(map(_is_origin, entries(text))):
        raise ValueError("list origins such as https://app.example.com, without a path; * is refused")
    return text


def good_proxies(text: str) -> str:
    """Addresses or networks; `*` would let every client choose its own address."""
    try:
        for entry in entries(text):
            ip_network(entry)
    except ValueError:
        raise ValueError("list addresses or networks such as 10.0.0.0/8; * is refused") from None
    return text


def good_hosts(text: str) -> str:
    """Names without a port."""
    if not entries(text) or not all(map(_HOST.fullmatch, entries(text))):
        raise ValueError("list names without a port, such as jobs.example.com or *.example.com, or *")
    return text


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and text == f"{parts.scheme}://{host}"
        )
    except ValueError:
        return False
