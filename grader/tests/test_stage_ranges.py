"""Ranges of stages are parsed as teachers write them."""

from unittest.mock import Mock

import pytest

from grader.errors import UsageError
from grader.kata import Kata
from grader.learn.wanted_stage import stages_here
from grader.stage_names import parse_stages, shown_range
from grader.stages import STAGES


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("9", [9]),
        ("1-3", [1, 2, 3]),
        ("1-3,9", [1, 2, 3, 9]),
        (" 9 , s01 - s02,rms_norm", [1, 2, 9]),
        ("3,1-2,2", [1, 2, 3]),
        ("20", [20]),
        ("01,09", [1, 9]),
    ],
)
def test_stages_come_in_the_order_of_the_table(text: str, numbers: list[int]) -> None:
    assert [stage.number for stage in parse_stages(text)] == numbers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "'' names no stage"),
        (",", "',' names no stage"),
        ("7-1", "7-1 is backwards: write 1-7"),
        ("1-99", "no stage is called '99'"),
        ("1-", "no stage is called ''"),
        ("rms_nrom", "did you mean rms_norm?"),
    ],
)
def test_a_part_that_is_not_a_stage_is_named(text: str, words: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_stages(text)
    assert words in str(error.value)


@pytest.mark.parametrize("text", ["1-7,9", "9", "1-20", "1,3,5-6"])
def test_a_range_is_shown_as_it_is_parsed(text: str) -> None:
    assert shown_range(parse_stages(text)) == text


def test_a_learner_may_name_a_range(kata: Kata) -> None:
    assert [stage.number for stage in stages_here(kata, "rms_norm-11")] == [9, 10, 11]


def test_all_of_a_range_must_be_in_this_edition() -> None:
    handout = Mock(spec=Kata, stages=STAGES[:10])
    assert stages_here(handout, "8-9") == STAGES[7:9]
    with pytest.raises(UsageError, match="s11_rotate is not in this handout"):
        stages_here(handout, "9-11")
