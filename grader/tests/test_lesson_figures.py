"""The numbers in the lessons are the computed ones."""

from pathlib import Path

import pytest

from benchmarks.figures import LESSONS, Figures, exempt_of, figures_of
from benchmarks.lesson_figures import numbers_in, rounds_to, vocabulary_path
from grader.editions import find_kata

KATA = find_kata(Path(__file__).parent)
MOST_EXEMPT = 0.05  # of all numbers in the lessons


def numbers_of(lesson: str) -> list[str]:
    return numbers_in((KATA.root / f"lessons/{lesson}.md").read_text(encoding="utf-8"))


def computed_for(lesson: str) -> set[str]:
    return {shown for one in figures_of(lesson) for shown in one.shown}


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_number_of_a_lesson_is_computed(lesson: str) -> None:
    accounted_for = computed_for(lesson) | exempt_of(lesson).keys()
    assert set(numbers_of(lesson)) - accounted_for == set()


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_computed_number_is_in_the_lesson(lesson: str) -> None:
    shown = computed_for(lesson) | exempt_of(lesson).keys()
    assert shown - set(numbers_of(lesson)) == set()


@pytest.mark.parametrize(
    ("lesson", "one"),
    [(lesson, one) for lesson in LESSONS for one in figures_of(lesson) if not one.on_machine],
    ids=lambda value: getattr(value, "name", value).replace(" ", "_"),
)
def test_a_lesson_shows_the_computed_numbers(lesson: str, one: Figures) -> None:
    vocabulary = vocabulary_path()
    if one.of_vocabulary and vocabulary is None:
        pytest.skip("needs the real vocabulary, in the folder LLAMA3_DIR")
    values = one.compute(vocabulary) if one.of_vocabulary else one.compute()
    pairs = zip(one.shown, map(float, values), strict=True)
    wrong = [pair for pair in pairs if not rounds_to(pair[1], pair[0], one.leeway)]
    assert wrong == []


def test_few_numbers_are_exempt() -> None:
    numbers = [(lesson, number) for lesson in LESSONS for number in numbers_of(lesson)]
    exempt = [(lesson, number) for lesson, number in numbers if number in exempt_of(lesson)]
    assert len(exempt) <= MOST_EXEMPT * len(numbers)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("off by 3 · 10⁻⁴, and 63/64 of 54,410 tokens.", ["3 · 10⁻⁴", "63/64", "54,410"]),
        ("-0.4161 + 0.9093j, (-1) and 2-3", ["-0.4161", "0.9093j", "-1", "2", "3"]),
        ("Stages 9 to 11, s09, `[17, 64]`, float32, the 8B in 2024, Llama 3.1, UTF-8", []),
        ("```python\nx = 5\n```\n```text\nx = 6\n```\n", ["6"]),
    ],
)
def test_numbers_are_found_and_names_are_not(text: str, numbers: list[str]) -> None:
    assert numbers_in(text) == [number.rstrip("j") for number in numbers]


@pytest.mark.parametrize(
    ("value", "shown", "equal"),
    [
        (0.81462, "0.8146", True),
        (0.81466, "0.8146", False),
        (54410.4, "54,410", True),
        (54411, "54,410", False),
        (3.4e-4, "3 · 10⁻⁴", True),
        (3.6e-4, "3 · 10⁻⁴", False),
        (0.984375, "63/64", True),
        (0.98, "63/64", False),
        (0.4161, "-0.4161", False),
    ],
)
def test_a_number_is_rounded_to_the_digits_shown(value: float, shown: str, equal: bool) -> None:
    assert rounds_to(value, shown) == equal
