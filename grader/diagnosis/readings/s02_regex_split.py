"""Find the first chunk that is cut elsewhere, and the branch of the pattern that makes this cut."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import regex

from grader.diagnosis.comparing import instead, short
from grader.diagnosis.readings import OneCall, WrongCall, told
from grader.diagnosis.text_relations import instead_of, text_relation
from grader.verdict import Located

BRANCHES = (
    "the branch for contraction endings",
    "the branch for letters",
    "the branch for digits",
    "the branch for punctuation",
    "the branch for line breaks",
    "the branch for whitespace that stops before its last character",
    "the branch for the remaining whitespace",
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
_BEFORE = r"[^\r\n\p{L}\p{N}]?"  # what letters may have before them
_CONTEXT = 12  # characters of the text


def split_text(wrong: WrongCall) -> Located | None:
    return _chunks(wrong)


def PATTERN_findall(wrong: WrongCall) -> Located | None:  # noqa: N802
    return _chunks(wrong)


def _chunks(wrong: WrongCall) -> Located | None:
    text, got, expected = wrong.args[0], wrong.got, wrong.expected
    if not isinstance(text, str) or not isinstance(got, list):
        return None
    index = _first_different(got, expected)
    if index is None:
        return None
    start = sum(map(len, expected[:index]))
    until = f"the chunk {short(expected[index - 1])}" if index else None
    right = branches_of(wrong.find("PATTERN"))
    how = pattern_changed(right, wrong.all) or text_relation(wrong.pairs, "chunks")
    how = None if how and how.startswith("the right text") else how  # the chunks show that
    if index == len(expected):
        what = f"the chunk at [{index}]"
        end = f"The list should end after {until}" if until else "The list should be empty"
        line = f"{end}; yours goes on with {short(got[index])}."
        return Located(None, until, what, how or f"{short(got[index])} after the end", line)
    chunk = expected[index]
    by = _branch_at(right, text, start, chunk)
    what = f"the chunk at [{index}], {short(chunk)}"
    after = f"after {_end_of(text[:start])}" if start else "the beginning of the text"
    lines = [
        f"Your chunks first go wrong at {_begin_of(text[start:])}, {after}.",
        f"The chunk there should be {short(chunk)}{_by(by)}; "
        f"{_yours(right, text, start, chunk, got[index:])}.",
    ]
    came = instead_of(got[index], chunk) if index < len(got) else instead("nothing", short(chunk))
    relation = how or came
    if how:
        lines.insert(0, f"Your chunks are {how}.")
    return Located(None, until, what, relation, told(*lines))


def _first_different(got: Sequence[Any], expected: Sequence[Any]) -> int | None:
    for index in range(max(len(got), len(expected))):
        if index >= len(got) or index >= len(expected) or got[index] != expected[index]:
            return index
    return None


def _by(branch: int | None) -> str:
    return f", matched by {_branch(branch)}" if branch is not None else ""


def _branch(index: int) -> str:
    return f"{BRANCHES[index]} (the {_ORDINALS[index]} of seven)"


def _yours(right: Sequence[str], text: str, start: int, chunk: str, got: Sequence[Any]) -> str:
    """Return what came instead of a chunk."""
    if not got:
        return "your list ends before that"
    one = got[0]
    if not isinstance(one, str):
        return f"yours is {short(one)}, of type {type(one).__name__}"
    if not one:
        return "yours is empty"
    if text.startswith(one, start):
        further = "goes on" if len(one) > len(chunk) else "ends earlier"
        by = _branch_at(right, text, start, one)
        own = f", which {_branch(by)} would match" if by is not None else ""
        return f"yours {further}: {short(one)}{own}"
    at = text.find(one, start)
    if at > start:
        return f"yours is {short(one)}, which skips {short(text[start:at])}"
    return f"yours is {short(one)}, which isn't what the text has there"


def _begin_of(text: str) -> str:
    return short(text) if len(text) <= _CONTEXT else f"{text[:_CONTEXT]!r} ..."


def _end_of(text: str) -> str:
    return short(text) if len(text) <= _CONTEXT else f"... {text[-_CONTEXT:]!r}"


def _branch_at(right: Sequence[str], text: str, start: int, chunk: str) -> int | None:
    """Return the first branch that cuts this chunk at an index of a text."""
    for index, branch in enumerate(right):
        found = regex.compile(branch).match(text, start)
        if found and found.group() == chunk:
            return index
    return None


@lru_cache(maxsize=1)
def branches_of(pattern: str) -> tuple[str, ...]:
    """Return the branches of a pattern: it is cut at each bar outside parentheses and brackets."""
    found, depth, escaped = [""], 0, False
    for char in pattern:
        if char == "|" and not depth:
            found.append("")
            continue
        depth += not escaped and char in "(["
        depth -= not escaped and char in ")]"
        escaped = char == "\\" and not escaped
        found[-1] += char
    return tuple(found)


def pattern_changed(right: Sequence[str], calls: Sequence[OneCall]) -> str | None:
    """Return which pattern, made of the right branches, gives what came in every call; None if none
    does, or several that have nothing in common."""
    fits: list[tuple[str, set[int]]] = []
    for words, odd, made in _other_patterns(right):
        compiled = regex.compile("|".join(made))
        if all(compiled.findall(one.args[0]) == one.got for one in calls):
            fits.append((words, odd))
    named = [(words, odd) for words, odd in fits if words]
    is_late = any(odd == named[0][1] for words, odd in fits if not words) if named else False
    if len(named) == 1 and not is_late:
        return named[0][0]
    common = set.intersection(*(odd for _, odd in named)) if named else set()
    if len(common) != 1:
        return None
    return f"what you'd get when {BRANCHES[common.pop()]} is missing or comes too late"


def _other_patterns(right: Sequence[str]) -> Iterator[tuple[str, set[int], Sequence[str]]]:
    """Yield other patterns with words for their chunks, and the branches that are missing or come
    too late."""
    for at, words in enumerate(BRANCHES):
        yield f"what you'd get without {words}", {at}, [*right[:at], *right[at + 1 :]]
    for end in range(1, len(right) - 1):
        only = "branch" if end == 1 else f"{end} branches"
        yield f"what you'd get with only the first {only}", {*range(end, len(right))}, right[:end]
    for at in range(len(right)):
        for to in range(at + 1, len(right)):
            moved = [one for index, one in enumerate(right) if index != at]
            moved.insert(to, right[at])
            yield "", {at}, moved  # says little alone: many patterns split most texts alike
    for words, change in _OTHER_LETTERS:
        yield f"what you'd get {words}", set(), [change(one) for one in right]


_OTHER_LETTERS: list[tuple[str, Callable[[str], str]]] = [
    ("with contractions in lower case only", lambda one: one.replace("(?i:", "(?:")),
    ("with A to Z as the only letters", lambda one: one.replace(r"\p{L}", "a-zA-Z")),
    ("without the optional character before letters", lambda one: one.replace(_BEFORE, "")),
    ("with only a space allowed before letters", lambda one: one.replace(_BEFORE, " ?")),
    ("with any number of digits in a chunk", lambda one: one.replace("{1,3}", "+")),
    ("with one digit per chunk", lambda one: one.replace("{1,3}", "")),
    ("without line breaks after punctuation", lambda one: one.replace(r"[\r\n]*", "")),
    ("without a space before punctuation", lambda one: one.replace(r" ?[^\s", r"[^\s")),
    ("with 0 to 9 as the only digits", lambda one: one.replace(r"\p{N}", "0-9")),
]
