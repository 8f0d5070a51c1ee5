"""The suites are proven: mistakes fail and are named, right ways pass, idle code earns nothing."""

from pathlib import Path

import pytest

from grader.author.right_ways import RightWay, right_ways_of
from grader.author.suite_checks import (
    catalogue_problems,
    idle_problems,
    mistake_problems,
    points_problems,
    reference_problems,
    right_way_problems,
)
from grader.diagnosis.known_mistakes import Mistake, mistakes_of
from grader.editions import find_kata
from grader.stage import Stage
from grader.stages import STAGES

KATA = find_kata(Path(__file__).parent)
CODED = [stage for stage in STAGES if stage.has_code]
MISTAKES = [(stage, mistake) for stage in CODED for mistake in mistakes_of(KATA, stage)]
RIGHT_WAYS = [(stage, way) for stage in CODED for way in right_ways_of(KATA, stage)]
SEED = 20261


def by_name(value: object) -> str:
    return value.name if isinstance(value, (Stage, Mistake, RightWay)) else str(value)


@pytest.mark.parametrize(("stage", "mistake"), MISTAKES, ids=by_name)
def test_every_mistake_fails_and_is_named(stage: Stage, mistake: Mistake) -> None:
    assert mistake_problems(KATA, stage, mistake, SEED) == []


@pytest.mark.parametrize(("stage", "way"), RIGHT_WAYS, ids=by_name)
def test_every_right_way_passes(stage: Stage, way: RightWay) -> None:
    assert right_way_problems(KATA, stage, way, SEED) == []


@pytest.mark.parametrize("stage", STAGES, ids=by_name)
def test_the_reference_passes(stage: Stage) -> None:
    assert reference_problems(KATA, stage, SEED) == []


@pytest.mark.parametrize("stage", CODED, ids=by_name)
def test_doing_nothing_earns_nothing(stage: Stage) -> None:
    assert idle_problems(KATA, stage, SEED) == []


@pytest.mark.parametrize("stage", STAGES, ids=by_name)
def test_points_are_whole_and_add_up(stage: Stage) -> None:
    assert points_problems(KATA, stage) == []


@pytest.mark.parametrize("stage", CODED, ids=by_name)
def test_mistakes_and_right_ways_are_enough_and_explain_themselves(stage: Stage) -> None:
    assert catalogue_problems(KATA, stage) == []
