"""What a failing test shows of two tensors: words, indices, tables and maps."""

import pytest
import torch

from grader.diagnosis.difference_pattern import pattern_of
from grader.suite.difference import not_finite, tensor_difference, tensor_pairs
from grader.suite.difference_picture import MOST_ROWS, WIDEST, heat_map, side_by_side

SQUARE = torch.ones(6, 6, dtype=torch.bool)
NOTHING = torch.zeros(6, 8, dtype=torch.bool)


def rows(*places: int) -> torch.Tensor:
    wrong = NOTHING.clone()
    wrong[list(places)] = True
    return wrong


PATTERNS = {
    "only in the last row": rows(5),
    "only in the first row": rows(0),
    "only in row 2": rows(2),
    "everywhere except in the first row": rows(1, 2, 3, 4, 5),
    "in every second row, starting with row 1": rows(1, 3, 5),
    "only in rows 2 to 4": rows(2, 3, 4),
    "only in the last column": rows(5).repeat(1, 1)[:, :6].T.contiguous(),
    "in every second column, starting with column 0": rows(0, 2, 4)[:, :6].T.contiguous(),
    "only above the diagonal": SQUARE.triu(1),
    "on and above the diagonal": SQUARE.triu(),
    "only below the diagonal": SQUARE.tril(-1),
    "only on the diagonal": SQUARE.triu().tril(),
    "everywhere except on the diagonal": ~SQUARE.triu().tril(),
}


@pytest.mark.parametrize("words", PATTERNS)
def test_patterns_are_named(words: str) -> None:
    assert pattern_of(PATTERNS[words]) == words


def test_a_few_right_values_by_chance_do_not_hide_a_pattern() -> None:
    wrong = rows(1, 3, 5)
    wrong[3, 4] = False
    assert pattern_of(wrong) == "in every second row, starting with row 1"


def test_what_has_no_pattern_is_not_given_one() -> None:
    scattered = torch.rand(6, 8, generator=torch.Generator().manual_seed(1)) < 0.4
    assert pattern_of(scattered) is None
    assert pattern_of(torch.ones(4, 5, dtype=torch.bool)) is None


def test_small_tensors_are_side_by_side_with_stars() -> None:
    expected = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    got = torch.tensor([[1.0, 2.5], [3.0, 4.0]])
    assert side_by_side(expected, got, got != expected) == [
        "expected    got (* is wrong)",
        "1 2         1  2.5*",
        "3 4         3    4",
    ]


def test_wide_ones_are_one_below_the_other_and_wider_ones_become_a_map() -> None:
    x = torch.linspace(-1.23456, 1, 8).repeat(4, 1)
    wrong = torch.zeros(4, 8, dtype=torch.bool)
    wrong[3] = True
    lines = side_by_side(x, x + wrong, wrong)
    assert lines is not None and len(lines) == 10 and max(map(len, lines)) <= WIDEST
    wide = torch.linspace(-1.23456, 1, 12).repeat(4, 1)
    assert side_by_side(wide, wide + 1, wide > -9) is None


def test_a_map_shows_how_far_off_values_are() -> None:
    distance = torch.zeros(3, 60)
    distance[1, 10:20], distance[1, 20:30], distance[2, 40:] = 0.05, 0.3, 1.0
    *legend, above, middle, below = heat_map(distance) or []
    assert legend == [
        "3 rows by 60 columns, one mark per value:",
        "`.` correct; `-`, `+`, `#` increasingly wrong",
    ]
    assert [above, middle, below] == [
        "." * 60,
        "." * 10 + "-" * 10 + "+" * 10 + "." * 30,
        "." * 40 + "#" * 20,
    ]


def test_a_large_map_stays_small_and_loses_no_error() -> None:
    distance = torch.zeros(2, 50, 300)
    distance[1, 49, 299] = float("inf")
    legend, _, *marks = heat_map(distance) or []
    assert legend == "100 rows by 300 columns, one mark per block of 7 x 5 values, its worst:"
    assert len(marks) <= MOST_ROWS and {len(row) for row in marks} == {60}
    assert marks[-1].endswith("#") and "".join(marks).count("#") == 1


def test_a_map_that_would_show_nothing_is_left_out() -> None:
    assert heat_map(torch.ones(20, 30)) is None
    assert heat_map(torch.zeros(0, 3)) is None


def test_the_first_line_says_how_many_and_where() -> None:
    x = torch.arange(60.0).reshape(6, 10)
    wrong = x.clone()
    wrong[5] += 1
    headline, first, *_ = (tensor_difference(wrong, x) or "").splitlines()
    assert headline == "10 of 60 values are wrong (83% are right), only in the last row"
    assert first == "first at [5, 0]: expected 50, got 51"
    assert tensor_difference(x, x) is None
    assert (tensor_difference(x + 1, x) or "").startswith("all 60 values are wrong\n")
    scalar = tensor_difference(torch.tensor(1.0), torch.tensor(2.0)) or ""
    assert scalar.startswith("the number is wrong\nexpected 2, got 1")


def test_one_wrong_value_is_one() -> None:
    x = torch.arange(6.0)
    wrong, infinite = x.clone(), x.clone()
    wrong[2], infinite[3] = 7, torch.inf
    assert (tensor_difference(wrong, x) or "").startswith("1 of 6 values is wrong (83% are right)")
    assert (not_finite(infinite, x) or "").startswith("1 of 6 values is not finite (nan or inf)")
    x[0] = infinite[0] = -torch.inf
    said = not_finite(infinite, x) or ""
    assert said.startswith("1 of 6 values should be finite but is nan or inf")


def test_tensors_of_dicts_are_compared_in_the_order_of_the_expected_one() -> None:
    names = [f"layers.{layer}" for layer in range(20)]
    expected = {name: torch.zeros(1) for name in names}
    got = {name: torch.zeros(1) for name in reversed(names)}
    assert [where for where, *_ in tensor_pairs(got, expected)] == [f"['{name}']" for name in names]


def test_numbers_that_are_not_finite_are_shown() -> None:
    x = torch.zeros(4, 4)
    bad = x.clone()
    bad.fill_diagonal_(float("nan"))
    text = not_finite(bad, x) or ""
    assert text.startswith("4 of 16 values are not finite (nan or inf), only on the diagonal\n")
    assert "nan*" in text
    assert (
        not_finite(torch.tensor([1.0, float("-inf")]), torch.tensor([1.0, float("-inf")])) is None
    )


@pytest.mark.parametrize(
    ("right", "words"), [(1, "less than 1%"), (1990, "more than 99%"), (20, "1%"), (1000, "50%")]
)
def test_a_share_is_never_rounded_to_none_or_all(right: int, words: str) -> None:
    expected = torch.arange(2000.0)
    got = torch.where(expected < right, expected, -1.0)
    said = tensor_difference(got, expected)
    assert said and f"{2000 - right} of 2000 values are wrong ({words} are right)" in said
