"""What a start leaves behind."""

import gc

# Fewer, and of what is new only: full passes over everything loaded at the start were most of the slowest answers.
THRESHOLDS = (50_000, 20, 100)


def load_without_looking() -> None:
    """Call it before anything is loaded: nearly all of that stays, and to look through it was a seventh of a start."""
    gc.set_threshold(*THRESHOLDS)


def settle_garbage() -> None:
    """Call it once everything is loaded: what is there by now is never looked at again."""
    # Here, since every command imports this module and few need the C library.
    from jobproc.adapters.security.heap import give_back

    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    # What it took to load, and is free by now.
    give_back()
