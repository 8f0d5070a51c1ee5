"""The author's check of suites: each check must fail on a clone that is broken in that way."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.author.all_problems import check_stage, what_was_compared
from grader.author.file_problems import input_problems
from grader.author.right_ways import right_ways_of
from grader.author.suite_problems import (
    catalogue_problems,
    idle_problems,
    mistake_problems,
    points_problems,
    reference_problems,
    right_way_problems,
)
from grader.diagnosis.known_mistakes import mistakes_of
from grader.stage import Function
from grader.stages import stage_of
from grader.tests.clone import Clone, authors_clone_into
from grader.tests.test_author_files import edit, swap, the_one

STAGE = stage_of(4)
SUITE = "tests/test_s04_special_tokens.py"
FIRST = '@mistake("special_token_ids", "the ids start at 0")'
MISTAKES = "mistakes/s04_special_tokens.py"
WAYS = "grader/author/right_ways/s04_special_tokens.py"
CASE = "same(yours.special_token_ids, reference.special_token_ids, 128000)"
EXTRA = '''

@mistake("special_token_ids", "{title}")
def {name}(n_mergeable: int) -> dict[str, int]:
    """{text}"""
    return special_token_ids({value})
'''
TEXT = "You do something that is not right, and this text says so in many more words than needed."


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A clone with everything that authors work on."""
    return authors_clone_into(tmp_path)


def extra(name: str, value: str, title: str = "a slip", text: str = TEXT) -> Callable[[str], str]:
    """Return an edit that adds a mistake, which returns the ids for `value`."""
    return lambda before: before + EXTRA.format(name=name, value=value, title=title, text=text)


def problems_of_mistake(clone: Clone, name: str) -> list[str]:
    found = next(one for one in mistakes_of(clone.kata, STAGE) if one.name == name)
    return mistake_problems(clone.kata, STAGE, found, 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            swap("1)\ndef test_vocabulary_", "2)\ndef test_vocabulary_"),
            "gives 3 points, but the row",
        ),
        (swap("points=1", "points=1.0"), "test_vocabulary_of_llama_3 carries 1.0 points"),
        (swap("points=1", "points=0"), "no test of special_token_ids carries points"),
        (swap(", hidden=True", ""), "no test is hidden: mark one with hidden=True"),
        (swap('grades("special_token_ids")', 'grades("other")'), "belongs to other, which the row"),
    ],
)
def test_points_that_do_not_add_up_are_named(
    clone: Clone, change: Callable[[str], str], words: str
) -> None:
    edit(clone.kata, SUITE, change)
    assert any(words in problem for problem in points_problems(clone.kata, STAGE))


def test_a_suite_that_fails_the_solutions_is_named(clone: Clone) -> None:
    edit(clone.kata, SUITE, swap(CASE, CASE + '\n    require(False, "not today")'))
    the_one(
        reference_problems(clone.kata, STAGE, 0),
        f"{SUITE} fails the solutions (seed 0), test_vocabulary_of_llama_3: not today",
    )


def test_a_mistake_of_a_function_that_is_not_there_is_named(clone: Clone) -> None:
    edit(clone.kata, MISTAKES, swap(FIRST, FIRST.replace("token_ids", "tokens")))
    told = " ".join(catalogue_problems(clone.kata, STAGE))
    assert "replaces special_tokens, which stage 4 does not have: name one of" in told


def test_a_mistake_that_passes_is_named(clone: Clone) -> None:
    edit(clone.kata, MISTAKES, extra("none_at_all", "n_mergeable"))
    the_one(
        problems_of_mistake(clone, "none_at_all"),
        f"{MISTAKES}: none_at_all passes (seed 0): give {SUITE} a case",
    )


def test_a_mistake_that_is_taken_for_another_is_named(clone: Clone) -> None:
    known = "ids_one_too_late"
    edit(clone.kata, MISTAKES, extra("twin", "n_mergeable + (n_mergeable < 10**6)"))
    the_one(problems_of_mistake(clone, "twin"), "twin fails but is not named")
    told = problems_of_mistake(clone, known)
    the_one(told, f"{known} fails but is not named (seed 0): twin gives the same results")


def test_a_mistake_whose_test_names_another_is_named(clone: Clone) -> None:
    # As another mistake while the suite calls it, and unlike itself when it is called again.
    counts = "\n\nimport itertools\n\nCOUNTS = itertools.chain([1] * 5, itertools.count(7))\n"
    edit(clone.kata, MISTAKES, lambda text: text + counts)
    edit(clone.kata, MISTAKES, extra("other_every_time", "n_mergeable + next(COUNTS)"))
    told = problems_of_mistake(clone, "other_every_time")
    the_one(told, "other_every_time is taken for ids_one_too_late (seed 0)")


def test_a_right_way_that_fails_is_named(clone: Clone) -> None:
    edit(clone.kata, WAYS, swap("range(5, 256 - 5)", "range(5, 256 - 6)"))
    way = next(w for w in right_ways_of(clone.kata, STAGE) if w.name == "zipped_with_a_range")
    told = right_way_problems(clone.kata, STAGE, way, 0)
    assert told and all(f"{SUITE} fails the right way {way.name}" in one for one in told)


def test_a_suite_that_pays_for_zeros_is_named(clone: Clone) -> None:
    edit(clone.kata, SUITE, swap(CASE, "yours.special_token_ids(128000)"))
    told = idle_problems(clone.kata, STAGE, 0)
    assert f"{SUITE}: test_vocabulary_of_llama_3 pays 1 point for zeros" in " ".join(told)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text[: text.index("@mistake")], "has 0 mistakes"),
        (extra("one", "1", title="It ends."), "one has the title 'It ends.'"),
        (extra("one", "1", text="Too short."), "one is explained in 10 characters"),
        (extra("one", "1", text="Far too long. " * 40), "one is explained in 559 characters"),
        (lambda text: text + "\n\ntwin = ids_from_zero\n", "the name ids_from_zero is given 2"),
        (
            swap('"the ids start at 0"', '"the ids start at 0", like="nobody"'),
            "is like nobody, which is not a mistake in this file",
        ),
    ],
)
def test_a_badly_written_explanation_is_reported(
    clone: Clone, change: Callable[[str], str], words: str
) -> None:
    edit(clone.kata, MISTAKES, change)
    the_one(catalogue_problems(clone.kata, STAGE), MISTAKES, words)


def test_too_few_right_ways_are_named(clone: Clone) -> None:
    (clone.root / WAYS).unlink()
    the_one(catalogue_problems(clone.kata, STAGE), f"{WAYS} has 0 right ways")


def test_a_function_that_cannot_be_compared_is_named() -> None:
    assert input_problems(stage_of(2)) == input_problems(STAGE) == []
    row = replace(STAGE, functions=(Function("special_token_ids"), Function("unheard_of")))
    file = "grader/compare/inputs/s04_special_tokens.py"
    the_one(input_problems(row), f"{file} has no function unheard_of")
    unheard_of = replace(STAGE, slug="unheard_of")
    told = "s04_unheard_of.py is missing: write a function in it for each of special_token_ids"
    the_one(input_problems(unheard_of), f"grader/compare/inputs/{told}")


def test_a_broken_file_is_a_problem_and_no_crash(clone: Clone) -> None:
    edit(clone.kata, MISTAKES, lambda text: text + "\n1 / 0\n")
    lines = (clone.root / MISTAKES).read_text(encoding="utf-8").count("\n")
    assert check_stage(clone.kata, STAGE, 1) == [
        f"{MISTAKES}, line {lines}: ZeroDivisionError: division by zero"
    ]


def test_all_is_well_in_the_kata(clone: Clone) -> None:
    assert check_stage(clone.kata, STAGE, 2) == []
    compared = what_was_compared(clone.kata, STAGE)
    assert re.fullmatch(r"\d+ mistakes named, \d right ways pass, suite \d+ ms", compared)
