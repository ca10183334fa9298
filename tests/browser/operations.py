"""Operations that a page has something to show of."""

import time
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from jobproc import Context, operation


class Unit(StrEnum):
    """How lengths are counted."""

    WORDS = "words"
    LETTERS = "letters"


class Report(BaseModel):
    """What to count."""

    text: str = Field(description="Any text.")
    unit: Unit = Unit.WORDS
    limit: int | None = Field(default=None, ge=1, le=100, description="The longest lines only.")
    ignored: list[str] = Field(default_factory=list, description="Words that do not count.")
    fold: bool = Field(default=True, description="Upper and lower case are the same.")


@operation
def text_report(data: Report) -> dict[str, int]:
    """Count what a text is made of."""
    words = data.text.casefold().split() if data.fold else data.text.split()
    return {word: words.count(word) for word in words if word not in data.ignored}


@operation(timeout=60)
def slow_sum(data: list[int], context: Context) -> int:
    """Add numbers, one every tenth of a second, and say how far it is."""
    for done, number in enumerate(data, start=1):
        time.sleep(0.1)
        context.progress(done, len(data), f"added {number}")
    return sum(data)


@operation
def refuse(data: str) -> None:
    """Fail, with the text as the reason."""
    raise ValueError(data)


@operation
def echo(data: Any) -> Any:
    """Give back what it gets."""
    return data


@operation(name="say_what_the_longest_name_is_that_anybody_gave_to_an_operation")
def long_name(data: str) -> str:
    """Give back the text."""
    return data
