"""Secrets that stand in files for a reader to replace: whoever forgot to must not go on."""

# How secrets begin that stand in files for a reader to replace.
EXAMPLES = ("change-me", "change_me", "changeme", "replace-me", "replace_me", "example", "your-", "your_")


def is_example(secret: str) -> bool:
    """Whether somebody copied it from a file that anybody can read."""
    return secret.lower().startswith(EXAMPLES)
