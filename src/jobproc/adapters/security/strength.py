"""How hard a password is to guess."""

from zxcvbn import zxcvbn

LEAST_SCORE = 2
# Its time grows with the square of the length, and what is longer is hard to guess by then.
JUDGED_CHARACTERS = 128


def weakness(password: str, username: str) -> str | None:
    """Why it is easy to guess for somebody who knows the name; None when it is not."""
    judged = zxcvbn(password[:JUDGED_CHARACTERS], user_inputs=[username], max_length=JUDGED_CHARACTERS)
    if judged["score"] >= LEAST_SCORE:
        return None
    feedback = judged["feedback"]
    return " ".join(filter(None, (feedback["warning"], *feedback["suggestions"])))
