"""How hard a password is to guess."""

from threading import Lock

from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS
from zxcvbn.matching import RANKED_DICTIONARIES

from jobproc.adapters.security.words import RankedWords

LEAST_SCORE = 2
# Its time grows with the square of the length (a second for 128 random characters), so the start is judged first:
# what follows a start that is hard to guess does not make it easier.
JUDGED_CHARACTERS = (32, 128)
# The library keeps the name in a table that all threads read: two at once would be judged by each other's.
_turn = Lock()


def weakness(password: str, username: str) -> str | None:
    """Why it is easy to guess for somebody who knows the name; None when it is not."""
    for size in JUDGED_CHARACTERS:
        with _turn:
            judged = zxcvbn(password[:size], user_inputs=[username], max_length=size)
        if judged["score"] >= LEAST_SCORE:
            return None
    feedback = judged["feedback"]
    return " ".join(filter(None, (feedback["warning"], *feedback["suggestions"])))


def _pack_words() -> None:
    """What the library loads takes 12 MB of each process, for the few who choose a password."""
    for name, ranks in RANKED_DICTIONARIES.items():
        RANKED_DICTIONARIES[name] = RankedWords(ranks)  # type: ignore[assignment]
    FREQUENCY_LISTS.clear()


_pack_words()
