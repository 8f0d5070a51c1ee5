"""What suites see of functions that return iterators: how many items they read and how many they
compute. Stage 9's function is replaced by such functions."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count
from typing import Any

import pytest

from grader.calls.request_writer import Callee
from grader.calls.stage_modules import reference_modules
from grader.diagnosis.evidence import TestRun, name_mistakes
from grader.diagnosis.known_mistakes import Mistake
from grader.diagnosis.live_witness import LiveWitness
from grader.diagnosis.variant import code_with
from grader.kata import Kata
from grader.stages import stage_of
from grader.suite import Failure, first_items, read_and_returned
from grader.suite.yours_and_reference import Called, Reference

STAGE = stage_of(9)


def in_pairs(items: Iterable[int]) -> Iterator[int]:
    """Yield the sum of every two items, and the last one if it is alone."""
    kept: list[int] = []
    for item in items:
        kept.append(item)
        if len(kept) == 2:
            yield sum(kept)
            kept = []
    yield from kept


def all_at_once(items: Iterable[int]) -> Iterator[int]:
    return in_pairs(list(items))


def one_ahead(items: Iterable[int]) -> Iterator[int]:
    read = iter(items)
    first = next(read)
    for second in read:
        yield first
        first = second
    yield first


def counting(start: int) -> Iterator[int]:
    return count(start)


def failing_soon(start: int) -> Iterator[int]:
    yield from range(start, start + 3)
    raise ValueError("no more")


_shared_count = [0]


def counting_together(start: int) -> Iterator[int]:
    _shared_count[0] = start
    while True:
        yield _shared_count[0]
        _shared_count[0] += 1


def called(kata: Kata, function: Callable[..., Any]) -> Called:
    modules = reference_modules(kata.solutions)
    code = code_with(modules, STAGE, {"rms_norm": function})
    return Called(code, Callee("rms_norm"), Reference(modules))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (in_pairs, [(2, 3), (4, 7), (5, 5)]),
        (all_at_once, [(5, 3), (5, 7), (5, 5)]),
        (one_ahead, [(2, 1), (3, 2), (4, 3), (5, 4), (5, 5)]),
    ],
)
def test_each_item_comes_with_how_many_were_read(
    kata: Kata, function: Callable[..., Any], expected: list[tuple[int, int]]
) -> None:
    assert read_and_returned(called(kata, function), [1, 2, 3, 4, 5]) == expected


def test_no_item_more_than_asked_for_is_computed(kata: Kata) -> None:
    assert first_items(called(kata, counting), 3, (5,)) == [(5,), (6,), (7,)]
    assert first_items(called(kata, failing_soon), 3, (5,)) == [(5,), (6,), (7,)]
    with pytest.raises(Failure, match="it raised ValueError: no more"):
        first_items(called(kata, failing_soon), 4, (5,))


def test_iterators_that_disturb_each_other_are_found_out(kata: Kata) -> None:
    assert first_items(called(kata, counting), 2, (5,), (8,)) == [(5, 8), (6, 9)]
    assert first_items(called(kata, counting_together), 2, (5,), (8,)) == [(5, 8), (9, 10)]


@pytest.mark.parametrize("made", [all_at_once, one_ahead])
def test_a_mistake_in_what_is_read_is_named(kata: Kata, made: Callable[..., Any]) -> None:
    yours = called(kata, made)
    read_and_returned(yours, [1, 2, 3])
    run = TestRun("test", "rms_norm", True, 1, tuple(yours.code.calls), None)
    mistake = partial(Mistake, title="title", explanation="Explanation.")
    mistakes = [
        mistake(name=one.__name__, replaces={"rms_norm": one}) for one in (all_at_once, one_ahead)
    ]
    right = reference_modules(kata.solutions)
    witness = LiveWitness(mistakes, right, STAGE)
    assert name_mistakes([run], witness)["test"].name == made.__name__
