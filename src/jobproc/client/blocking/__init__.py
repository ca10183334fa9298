"""The client for ordinary code: every call returns when it is done."""
