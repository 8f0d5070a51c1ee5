"""The suites are proven: mistakes fail and are named, right ways pass, idle code earns nothing."""

from pathlib import Path

import pytest

from grader.author.prove import grade_variant, idle_variants, named
from grader.author.right_ways import RightWay, right_ways_of
from grader.diagnosis.catalogue import mistakes_of
from grader.diagnosis.mistake import Mistake
from grader.home import find_kata
from grader.stages import MAX_POINTS, STAGES, Stage
from grader.suite.collect import collect

KATA = find_kata(Path(__file__).parent)
CODED = [stage for stage in STAGES if stage.has_code]
MISTAKES = [(stage, mistake) for stage in CODED for mistake in mistakes_of(KATA, stage)]
RIGHT_WAYS = [(stage, way) for stage in CODED for way in right_ways_of(KATA, stage)]
SEED = 20261


def by_name(value: object) -> str:
    return value.name if isinstance(value, (Stage, Mistake, RightWay)) else str(value)


@pytest.mark.parametrize(("stage", "mistake"), MISTAKES, ids=by_name)
def test_every_mistake_fails_and_is_named(stage: Stage, mistake: Mistake) -> None:
    verdict = grade_variant(KATA, stage, mistake.replaces, SEED)
    assert verdict.status == "failed"
    names = named(verdict)
    assert mistake.name in names or mistake.like in names
    assert names <= {mistake.name, mistake.like, None}


@pytest.mark.parametrize(("stage", "way"), RIGHT_WAYS, ids=by_name)
def test_every_right_way_passes(stage: Stage, way: RightWay) -> None:
    verdict = grade_variant(KATA, stage, way.replaces, SEED)
    failed = [(test.name, test.message) for test in verdict.tests if test.outcome != "passed"]
    assert failed == []


@pytest.mark.parametrize("stage", CODED, ids=by_name)
def test_the_reference_passes(stage: Stage) -> None:
    verdict = grade_variant(KATA, stage, {}, SEED)
    assert (verdict.status, verdict.points) == ("passed", stage.points)


@pytest.mark.parametrize("kind", ["input", "zeros", "noise"])
@pytest.mark.parametrize("stage", CODED, ids=by_name)
def test_doing_nothing_earns_nothing(stage: Stage, kind: str) -> None:
    verdict = grade_variant(KATA, stage, idle_variants(KATA, stage)[kind], SEED)
    assert verdict.points == 0


@pytest.mark.parametrize("stage", STAGES, ids=by_name)
def test_points_are_whole_and_add_up(stage: Stage) -> None:
    tests = collect(KATA.suite(stage))
    assert sum(test.points for test in tests) == stage.points
    assert all(isinstance(test.points, int) and test.points >= 0 for test in tests)
    if stage.has_code:
        graded = {test.function for test in tests if test.points}
        functions = {function.name for function in stage.functions}
        assert functions <= graded | {constant.name for constant in stage.constants}


def test_the_whole_kata_is_worth_100_points() -> None:
    assert MAX_POINTS == 100
    assert [stage.number for stage in STAGES] == list(range(1, 21))


def test_there_are_enough_right_ways() -> None:
    assert len(RIGHT_WAYS) >= 45
    for stage in CODED:
        count = len(right_ways_of(KATA, stage))
        assert count >= 3 or stage.number in {4}, f"{stage.name} has {count} right ways"


def test_mistakes_have_names_of_their_own_and_explain_themselves() -> None:
    for stage in CODED:
        mistakes = mistakes_of(KATA, stage)
        assert len(mistakes) >= 3, stage.name
        assert len({mistake.name for mistake in mistakes}) == len(mistakes)
        for mistake in mistakes:
            assert not mistake.title.endswith("."), mistake.name
            assert mistake.explanation.count(".") >= 1, mistake.name
            assert 60 <= len(mistake.explanation) <= 480, (mistake.name, mistake.explanation)
            if mistake.like is not None:
                assert mistake.like in {other.name for other in mistakes}
