"""Blocks of commands, taken apart: enough of a shell to see which programs are called, and with which words."""

import re
import shlex
from collections.abc import Iterator

_INNER = re.compile(r"\$\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_ASSIGNED = re.compile(r"\w+=.*", re.DOTALL)
_ENDS = set("|&;{}()")
_KEYWORDS = {"if", "then", "else", "elif", "fi", "while", "do", "done", "{", "}", "!"}


def calls(code: str) -> Iterator[list[str]]:
    """Each program with its words, those inside of `$(…)` as well."""
    for inner in _INNER.findall(code):
        yield from calls(inner)
    words: list[str] = []
    for token in _tokens(_INNER.sub("INNER", code)):
        if token == "\n" or set(token) <= _ENDS:
            yield from _call(words)
            words = []
        else:
            words.append(token)
    yield from _call(words)


def _tokens(code: str) -> Iterator[str]:
    for line in _logical_lines(code):
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;()<>")
        lexer.whitespace_split, lexer.commenters = True, "#"
        yield from _without_redirections(lexer)
        yield "\n"


def _without_redirections(tokens: Iterator[str]) -> Iterator[str]:
    for token in tokens:
        if set(token) <= set("<>&") and set(token) & set("<>"):
            next(tokens)
        else:
            yield token


def _logical_lines(code: str) -> Iterator[str]:
    """A line goes on where a quote is open, or where it ends with a backslash."""
    kept = ""
    for line in code.replace("\\\n", " ").splitlines():
        kept = f"{kept}\n{line}" if kept else line
        try:
            shlex.split(kept, comments=True)
        except ValueError:
            continue
        yield kept
        kept = ""
    assert not kept, f"a quote is left open: {kept}"


def _call(words: list[str]) -> Iterator[list[str]]:
    while words and (words[0] in _KEYWORDS or _ASSIGNED.fullmatch(words[0])):
        words = words[1:]
    if words:
        yield words
