"""Which errors count as the same, and results whose dtype is free."""

import pytest
import torch

from grader.author.grade_variants import grade_variant, named
from grader.calls.outcome import Raised
from grader.diagnosis.same_outcome import same_outcome
from grader.kata import Kata
from grader.stages import stage_of


def raised(message: str, class_name: str = "ValueError") -> Raised:
    return Raised(class_name, message)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("line 10: 3 fields", "line 10: too many values to unpack (expected 2)"),
        ("bad entry in line 7", "7 is not a line of two fields"),
        ("no number", "no number"),
    ],
)
def test_errors_of_ones_own_are_known_by_their_number(one: str, other: str) -> None:
    assert same_outcome(raised(one), raised(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("line 10: 3 fields", "line 12: 3 fields"),
        ("line 10: no rank", "invalid literal for int() with base 10: b'x'"),
        ("no rank", "no token"),
        ("no rank", "line 7"),
        ("line 1: bad base64", "line 1: the fields are swapped"),  # no line can be read
    ],
)
def test_other_numbers_or_none_are_other_errors(one: str, other: str) -> None:
    assert not same_outcome(raised(one), raised(other))


def test_the_words_of_other_classes_count() -> None:
    one, other = "index 4 is out of range", "index 4 is out of bounds"
    assert not same_outcome(raised(one, "IndexError"), raised(other, "IndexError"))
    assert not same_outcome(raised("line 7", "KeyError"), raised("line 7"))


def test_a_mistake_is_named_in_float32_where_that_is_allowed(kata: Kata) -> None:
    def unscaled(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        return q.float() @ k.float().T

    verdict = grade_variant(kata, stage_of(13), {"attention_scores": unscaled}, 1)
    assert verdict.status == "failed" and named(verdict) == {"no_scale"}
