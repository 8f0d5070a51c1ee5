"""What a handout will hold, worked out before anything is written."""

from collections.abc import Iterable, Sequence

from grader.classroom.handing_out.record_suite import constants_used
from grader.errors import UsageError
from grader.handout.handout_file import Handout
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES, stage_of
from grader.suite.graded_tests import visible_tests

SEEDS = (1, 2, 3, 4, 5)  # always these, so that a handout made again gives the same verdicts


def plan_handout(
    kata: Kata, stages: Sequence[Stage], revealed: Iterable[Stage], seeds: Sequence[int] = SEEDS
) -> Handout:
    """Work out what each stage needs of the others.

    Raises:
        UsageError: naming a stage that is needed, and neither handed out nor revealed.
    """
    shown = frozenset(stage.number for stage in revealed)
    needs = {number: stage_of(number).uses for number in shown}
    needs |= {stage.number: _needs_of(kata, stage) for stage in stages}
    tests = {stage.number: visible_tests(kata.suite(stage)) for stage in stages}
    points = {number: sum(test.points for test in some) for number, some in tests.items()}
    handout = Handout(tuple(stage.number for stage in stages), shown, tuple(seeds), needs, points)
    _require_all_that_is_needed(handout)
    return handout


def _needs_of(kata: Kata, stage: Stage) -> tuple[int, ...]:
    """Give the earlier stages that a stage's code imports, or whose constants its suite needs where
    that code runs."""
    constants = constants_used(kata, stage)
    owners = {one.number for one in STAGES if constants & set(one.names)} - {stage.number}
    return tuple(sorted(owners.union(stage.uses)))


def _require_all_that_is_needed(handout: Handout) -> None:
    handed_out = {stage.number for stage in handout.stages}
    for number in sorted(handout.needs):
        stage = stage_of(number)
        there = handed_out if stage.own_stages else handed_out | handout.revealed
        missing = [f"s{needed:02d}" for needed in handout.needs[number] if needed not in there]
        if missing:
            where = "--stages" if stage.own_stages else "--stages or to --reveal"
            are, them = ("are", "them") if missing[1:] else ("is", "it")
            raise UsageError(
                f"s{number:02d} uses {', '.join(missing)}, which {are} not handed out: "
                f"add {them} to {where}"
            )
