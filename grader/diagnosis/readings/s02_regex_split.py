"""Find the first chunk that is cut elsewhere, and the branch of the pattern that makes this cut."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import regex

from grader.diagnosis.comparing import instead, short
from grader.diagnosis.readings import OneCall, WrongCall, told
from grader.diagnosis.text_relations import instead_of, text_relation
from grader.language import Words, in_english, mark, tr
from grader.verdict import Located

BRANCHES = (
    mark("the branch for contraction endings"),
    mark("the branch for letters"),
    mark("the branch for digits"),
    mark("the branch for punctuation"),
    mark("the branch for line breaks"),
    mark("the branch for whitespace that stops before its last character"),
    mark("the branch for the remaining whitespace"),
)
_ORDINALS = (
    *(mark("first"), mark("second"), mark("third"), mark("fourth")),
    *(mark("fifth"), mark("sixth"), mark("seventh")),
)
_BEFORE = r"[^\r\n\p{L}\p{N}]?"  # what letters may have before them
_CONTEXT = 12  # characters of the text


def split_text(wrong: WrongCall) -> Located | None:
    return _chunks(wrong)


def PATTERN_findall(wrong: WrongCall) -> Located | None:  # noqa: N802
    found = _chunks(wrong)
    alone = tr("PATTERN is tried by itself here, as stage 5 uses it.")
    return found and replace(found, text=told(alone, found.text))


def _chunks(wrong: WrongCall) -> Located | None:
    text, got, expected = wrong.args[0], wrong.got, wrong.expected
    if not isinstance(text, str) or not isinstance(got, list):
        return None
    index = _first_different(got, expected)
    if index is None:
        return None
    start = sum(map(len, expected[:index]))
    until = tr("the chunk {chunk}", chunk=short(expected[index - 1])) if index else None
    right = branches_of(wrong.find("PATTERN"))
    how = pattern_changed(right, wrong.all) or text_relation(wrong.pairs, mark("chunks"))
    if how and in_english(how).startswith("the right text"):
        how = None  # the chunks show that
    if index == len(expected):
        what, more = tr("the chunk at [{index}]", index=index), short(got[index])
        line = tr("The list should be empty; yours goes on with {more}.", more=more)
        if until:
            words = mark("The list should end after {until}; yours goes on with {more}.")
            line = tr(words, until=until, more=more)
        return Located(None, until, what, how or tr("{more} after the end", more=more), line)
    chunk = expected[index]
    by = _branch_at(right, text, start, chunk)
    what = tr("the chunk at [{index}], {chunk}", index=index, chunk=short(chunk))
    yours = _yours(right, text, start, chunk, got[index:])
    words = mark("The chunk there should be {chunk}; {yours}.")
    if by is not None:
        words = mark("The chunk there should be {chunk}, matched by {branch}; {yours}.")
    lines = [
        tr("Your chunks are {how}.", how=how) if how else "",
        _where(text, start),
        tr(words, chunk=short(chunk), branch=_branch(by or 0), yours=yours),
    ]
    came = instead(tr("nothing"), short(chunk))
    if index < len(got):
        came = instead_of(got[index], chunk)
    return Located(None, until, what, how or came, told(*lines))


def _where(text: str, start: int) -> Words:
    here = _begin_of(text[start:])
    if not start:
        return tr("Your chunks first go wrong at {here}, the beginning of the text.", here=here)
    before = _end_of(text[:start])
    return tr("Your chunks first go wrong at {here}, after {before}.", here=here, before=before)


def _first_different(got: Sequence[Any], expected: Sequence[Any]) -> int | None:
    for index in range(max(len(got), len(expected))):
        if index >= len(got) or index >= len(expected) or got[index] != expected[index]:
            return index
    return None


def _branch(index: int) -> Words:
    branch, ordinal = tr(BRANCHES[index]), tr(_ORDINALS[index])
    return tr("{branch} (the {ordinal} of seven)", branch=branch, ordinal=ordinal)


def _yours(right: Sequence[str], text: str, start: int, chunk: str, got: Sequence[Any]) -> Words:
    """Return what came instead of a chunk."""
    if not got:
        return tr("your list ends before that")
    one = got[0]
    if not isinstance(one, str):
        kind = type(one).__name__
        return tr("yours is {chunk}, of type {kind}", chunk=short(one), kind=kind)
    if not one:
        return tr("yours is empty")
    if text.startswith(one, start):
        by = _branch_at(right, text, start, one)
        words = _FURTHER if len(one) > len(chunk) else _EARLIER
        return tr(words[by is not None], chunk=short(one), branch=_branch(by or 0))
    at = text.find(one, start)
    if at > start and one not in text[max(0, start - _CONTEXT) : start]:  # or does it overlap?
        skipped = short(text[start:at])
        return tr("yours is {chunk}, which skips {text}", chunk=short(one), text=skipped)
    return tr("yours is {chunk}, which isn't what the text has there", chunk=short(one))


_FURTHER = (
    mark("yours goes on: {chunk}"),
    mark("yours goes on: {chunk}, which {branch} would match"),
)
_EARLIER = (
    mark("yours ends earlier: {chunk}"),
    mark("yours ends earlier: {chunk}, which {branch} would match"),
)


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


def pattern_changed(right: Sequence[str], calls: Sequence[OneCall]) -> Words | None:
    """Return which pattern, made of the right branches, gives what came in every call; None if none
    does, or several that have nothing in common."""
    fits: list[tuple[Words | None, set[int]]] = []
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
    branch = tr(BRANCHES[common.pop()])
    return tr("what you'd get when {branch} is missing or comes too late", branch=branch)


def _other_patterns(
    right: Sequence[str],
) -> Iterator[tuple[Words | None, set[int], Sequence[str]]]:
    """Yield other patterns with words for their chunks, and the branches that are missing or come
    too late."""
    for at, branch in enumerate(BRANCHES):
        without = tr("what you'd get without {branch}", branch=tr(branch))
        yield without, {at}, [*right[:at], *right[at + 1 :]]
    for end in range(1, len(right) - 1):
        only = tr("what you'd get with only the first {count} branches", count=end)
        if end == 1:
            only = tr("what you'd get with only the first branch")
        yield only, {*range(end, len(right))}, right[:end]
    for at in range(len(right)):
        for to in range(at + 1, len(right)):
            moved = [one for index, one in enumerate(right) if index != at]
            moved.insert(to, right[at])
            yield None, {at}, moved  # says little alone: many patterns split most texts alike
    for words, change in _OTHER_LETTERS:
        yield tr(words), set(), [change(one) for one in right]


_OTHER_LETTERS: list[tuple[str, Callable[[str], str]]] = [
    (
        mark("what you'd get with contractions in lower case only"),
        lambda one: one.replace("(?i:", "(?:"),
    ),
    (
        mark("what you'd get with A to Z as the only letters"),
        lambda one: one.replace(r"\p{L}", "a-zA-Z"),
    ),
    (
        mark("what you'd get without the optional character before letters"),
        lambda one: one.replace(_BEFORE, ""),
    ),
    (
        mark("what you'd get with only a space allowed before letters"),
        lambda one: one.replace(_BEFORE, " ?"),
    ),
    (
        mark("what you'd get with any number of digits in a chunk"),
        lambda one: one.replace("{1,3}", "+"),
    ),
    (mark("what you'd get with one digit per chunk"), lambda one: one.replace("{1,3}", "")),
    (
        mark("what you'd get without line breaks after punctuation"),
        lambda one: one.replace(r"[\r\n]*", ""),
    ),
    (
        mark("what you'd get without a space before punctuation"),
        lambda one: one.replace(r" ?[^\s", r"[^\s"),
    ),
    (
        mark("what you'd get with 0 to 9 as the only digits"),
        lambda one: one.replace(r"\p{N}", "0-9"),
    ),
]
