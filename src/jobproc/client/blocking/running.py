"""Drives what the core has written as coroutines, over a wire that never suspends."""

from collections.abc import AsyncGenerator, Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What it returns; it runs from its beginning to its end at once."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("A blocking client must never suspend.")


def iterate(items: AsyncGenerator[T]) -> Generator[T]:
    """Each item as it comes; closing this closes that."""
    try:
        while True:
            try:
                yield run(_next(items))
            except StopAsyncIteration:
                return
    finally:
        run(_close(items))


async def _next(items: AsyncGenerator[T]) -> T:
    return await anext(items)


async def _close(items: AsyncGenerator[T]) -> None:
    await items.aclose()
