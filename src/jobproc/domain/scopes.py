"""What may be done, as far as an API key can be kept from it."""

from enum import StrEnum


class Scope(StrEnum):
    """One door. `ACCOUNT` is that of the account, its sessions and its keys; no key opens it."""

    READ = "jobs:read"
    WRITE = "jobs:write"
    ACCOUNT = "account"


EVERY_SCOPE = frozenset(Scope)
