"""The C library's heap: what hashes are made in goes back to the system once nobody logs in."""

import ctypes

# From glibc's malloc.h. Other libraries have no such functions, and are left as they are.
M_ARENA_MAX = -8


def keep_one_heap() -> None:
    """Before the first thread: one that has a heap of its own keeps what it has freed there."""
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Return what is free; it takes a millisecond or two."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
