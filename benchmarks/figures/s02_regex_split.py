"""The numbers of lesson 2."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import regex

from benchmarks.figures import figures
from grader.plot.pictures.s02_regex_split import top_level
from solutions.s02_regex_split import PATTERN, split_text

PROMPTS = Path(__file__).parents[2] / "tiny_weights" / "prompts.json"


def branches_taken(text: str) -> Iterator[tuple[str, int]]:
    """Yield each chunk with the number of the branch that took it, counted from 1."""
    branches, start = [regex.compile(branch) for branch in top_level(PATTERN)], 0
    for chunk in split_text(text):
        numbers = enumerate(branches, start=1)
        yield chunk, next(number for number, one in numbers if one.match(text, start))
        start += len(chunk)


@figures("1", "2", "3", "4", "5", "6", "7")
def branches_of_the_pattern() -> Sequence[float]:
    return [number for number, _ in enumerate(top_level(PATTERN), start=1)]


@figures("77", "16")
def characters_and_chunks_of_the_prompt() -> Sequence[float]:
    prompt = json.loads(PROMPTS.read_text(encoding="utf-8"))["prompt"]
    chunks = split_text(prompt)
    assert chunks[-1] == " "
    return len(prompt), len(chunks)


@figures("2", "1", "7", "3", "4")
def branches_by_hand() -> Sequence[float]:
    taken = list(branches_taken("It's 42!"))
    assert [chunk for chunk, _ in taken] == ["It", "'s", " ", "42", "!"]
    return [number for _, number in taken]


@figures("6", "2")
def branches_of_two_spaces() -> Sequence[float]:
    taken = list(branches_taken("a  b"))[1:]
    assert [chunk for chunk, _ in taken] == [" ", " b"]
    return [number for _, number in taken]


@figures("42", "7")
def the_space_before_a_number() -> Sequence[float]:
    """Return the last chunk of the picture's second text, and the branch of the space before it."""
    taken = list(branches_taken("def f(x):\n    return 42"))
    assert ("   ", 6) in taken and (" return", 2) in taken
    return float(taken[-1][0]), taken[-2][1]
