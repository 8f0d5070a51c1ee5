"""Relations of wrong tensors to the expected ones: those stated are true, and nothing raises."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from grader.diagnosis.relations import relation, strong_relation, weak_relation
from grader.diagnosis.two_tensors import Problem

EXPECTED = torch.randn(6, 8, generator=torch.Generator().manual_seed(1))
OTHER = torch.randn(6, 8, generator=torch.Generator().manual_seed(2))
WEIGHT = OTHER[0]
GIVEN = [("the argument `x`", OTHER), ("the argument `weight`", WEIGHT)]
PROBLEM = Problem(GIVEN, numbers={"d": 8, "T": 6})
EVENS_FIRST = [0, 2, 4, 6, 1, 3, 5, 7]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda e: e * 8**0.5, "the expected values times 2.828, which is √d"),
        (lambda e: e / 8, "the expected values divided by 8, which is d"),
        (lambda e: e * 36, "the expected values times 36, which is T squared"),
        (lambda e: e * 1.7, "the expected values times 1.7"),
        (lambda e: -e, "the expected values with the opposite sign"),
        (lambda e: e + 1, "the expected values plus 1"),
        (lambda e: e.T, "the expected values, transposed"),
        (lambda e: e.flip(0), "the expected values, with the rows in reverse order"),
        (lambda e: e.roll(1, 0), "the expected values, with every row one place too late"),
        (lambda e: e[:, EVENS_FIRST], "the even columns first, then the odd columns"),
        (lambda e: e[[1, 0, 2, 3, 5, 4]], "the expected rows in the order 1, 0, 2, 3, 5, 4"),
        (
            lambda e: e[[2, 3, 0, 1, 4, 5]],
            "the expected rows, in blocks of 2, in the order 1, 0, 2",
        ),
        (lambda e: e[-1:].expand(6, 8), "row 5 of the expected values in every row"),
        (lambda e: e[:-1], "the expected values without the last row"),
        (lambda e: e[-1], "only the last row of the expected values"),
        (lambda e: e[2:], "only the last 4 rows of the expected values"),
        (lambda e: e[:, :5], "only the first 5 columns of the expected values"),
        (lambda e: e.reshape(2, 24), "the expected values in a different shape"),
        (lambda e: e.mean(0), "the mean of the expected values over the rows"),
        (lambda e: e.exp(), "the exponentials of the expected values"),
        (lambda e: e.abs(), "the absolute values of the expected values"),
        (lambda e: torch.softmax(e, -1), "the softmax of the expected values over the columns"),
        (lambda e: e.cumsum(0), "running sums of the expected values over the rows"),
        (lambda e: e.bfloat16().float(), "the expected values, rounded to bfloat16"),
        (lambda e: e.trunc().floor(), "rounded down"),
        (lambda e: e.round(decimals=2), "the expected values, rounded to 2 decimal places"),
        (
            lambda e: torch.where(torch.arange(6)[:, None] > 1, OTHER, e),
            "the argument `x` only in rows 2 to 5, and the expected values elsewhere",
        ),
        (
            lambda e: torch.where(torch.arange(6)[:, None] == 5, 0.0, e),
            "zeros only in the last row, and the expected values elsewhere",
        ),
        (lambda e: OTHER, "`x`"),
        (lambda e: OTHER.T, "the argument `x`, transposed"),
        (lambda e: e + OTHER, "the expected values plus the argument `x`"),
        (lambda e: e - WEIGHT, "the expected values minus the argument `weight`"),
        (lambda e: e * WEIGHT, "the expected values times the argument `weight`"),
        (lambda e: e / WEIGHT, "the expected values divided by the argument `weight`"),
        (lambda e: e * torch.arange(1, 7)[:, None], "with each row times a number: 1, 2, 3"),
        (lambda e: torch.zeros_like(e), "zeros"),
        (lambda e: torch.full_like(e, 3), "the same number everywhere, 3"),
        (
            lambda e: e + (torch.arange(6) == 5)[:, None] * WEIGHT,
            "with errors only in the last row",
        ),
    ],
)
def test_a_relation_is_found(change: Callable[[Tensor], Tensor], words: str) -> None:
    found = relation(change(EXPECTED).clone(), EXPECTED, PROBLEM)
    if words == "rounded down":  # nothing is said of values that are already cut
        assert found is None or words in found
    else:
        assert found and words in found


def test_complex_numbers() -> None:
    expected = torch.polar(torch.ones(6, 4), EXPECTED[:, :4])
    assert relation(expected.conj().resolve_conj(), expected, PROBLEM) == (
        "the complex conjugates of the expected values"
    )
    first = expected[:1].expand(6, 4).clone()
    assert relation(first, expected, PROBLEM) == "row 0 of the expected values in every row"


def test_nothing_is_said_where_nothing_holds() -> None:
    for seed in range(50):
        other = torch.randn(6, 8, generator=torch.Generator().manual_seed(100 + seed))
        assert relation(other, EXPECTED, PROBLEM) is None
        assert relation(other[0], EXPECTED[0], PROBLEM) is None


def test_two_numbers_are_no_evidence() -> None:
    assert relation(EXPECTED[0, :2] * 8, EXPECTED[0, :2], PROBLEM) is None


SPECIAL = [0.0, -0.0, 1.0, torch.inf, -torch.inf, torch.nan, 1e38, 1e-45]
DTYPES = [torch.float32, torch.bfloat16, torch.float16, torch.complex64, torch.int64, torch.bool]
SHAPES = [(), (0,), (1,), (3,), (1, 1), (0, 4), (4, 4), (2, 3, 4), (1, 1, 1, 5)]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_no_tensor_makes_it_raise(dtype: torch.dtype) -> None:
    random = torch.Generator().manual_seed(3)
    made = []
    for shape in SHAPES:
        at = torch.randint(len(SPECIAL), shape, generator=random)
        made += [
            torch.tensor(SPECIAL)[at],
            torch.zeros(shape),
            torch.randn(shape, generator=random),
        ]
    given = [one.nan_to_num(0, 1, -1).to(dtype) for one in made]
    for other in DTYPES:
        for one in made:
            expected = (one if other.is_floating_point else one.nan_to_num(0, 1, -1)).to(other)
            for got in given:
                relation(
                    got, expected, Problem([("`x`", expected), ("`y`", got)], numbers={"d": 4})
                )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: x[4], "row 4 of the argument `x`"),
        (lambda x: x[:, 0], "column 0 of the argument `x`"),
        (lambda x: x.sum(0), "the sum over the rows of the argument `x`"),
        (lambda x: x.mean(1), "the mean over the columns of the argument `x`"),
    ],
)
def test_a_part_of_another_value_is_found(change: Callable[[Tensor], Tensor], words: str) -> None:
    wrong = change(OTHER)
    assert relation(wrong, EXPECTED.flatten()[: len(wrong)], PROBLEM) == words


def test_vague_relations_come_last() -> None:
    rows = EXPECTED * torch.arange(1, 7)[:, None]
    assert strong_relation(rows, EXPECTED, PROBLEM) is None
    found = weak_relation(rows, EXPECTED, PROBLEM)
    assert found and "with each row times a number: 1, 2, 3" in found


def test_nothing_minus_itself_is_no_relation() -> None:
    zeros, nearly = torch.zeros_like(EXPECTED), 1e-6 * OTHER
    for got in (zeros, nearly):
        assert strong_relation(got, EXPECTED, Problem([("`x`", EXPECTED)])) is None
        assert strong_relation(got, EXPECTED, Problem([("`x`", -EXPECTED)])) is None
    constant = torch.full_like(EXPECTED, 3.0)
    assert strong_relation(constant, EXPECTED, Problem([("`x`", constant)])) is None
    assert strong_relation(constant[0], EXPECTED, Problem([("`x`", constant)])) is None


FREQUENCIES = 500000.0 ** -(torch.arange(64) / 64)
SHARE = (FREQUENCIES * 8192 / 6.2831853 - 1) / 3
SLOWED = torch.where(SHARE > 1, FREQUENCIES, FREQUENCIES / 8)
SLOW = Problem([("`frequencies`", FREQUENCIES)], [("the share", SHARE)])


@pytest.mark.parametrize(
    "got",
    [SHARE.clamp(0, 1), SHARE * FREQUENCIES, (1 - SHARE.clamp(0, 1)) * FREQUENCIES, FREQUENCIES],
)
def test_tiny_values_are_not_taken_for_each_other(got: Tensor) -> None:
    found = relation(got, SLOWED, SLOW)
    assert found == ("`frequencies`" if got is FREQUENCIES else None)


def test_few_right_values_are_not_the_expected_ones() -> None:
    few, most = OTHER.clone(), EXPECTED.clone()
    few[0], most[0] = EXPECTED[0], OTHER[0]
    assert relation(few, EXPECTED, Problem()) is None
    assert relation(most, EXPECTED, Problem()) == (
        "the expected values, with errors only in the first row"
    )
    closer = most.clone()
    closer[0, 0] += 1
    assert relation(most, EXPECTED, Problem(landmarks=[("the scores", closer)])) is None
    cut, wrong = EXPECTED.clone(), torch.zeros_like(EXPECTED)
    cut[2:], wrong[0], wrong[1] = 0.0, OTHER[0], OTHER[1]
    assert relation(wrong, cut, Problem()) is None  # only zeros are right
