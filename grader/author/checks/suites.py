"""A suite, held against what it must fail and what it must pass."""

from grader.author.right_ways import RightWay
from grader.author.variants import grade_solutions, grade_variant, idle_variants, named
from grader.diagnosis.known_mistakes import Mistake
from grader.kata import Kata
from grader.stage import Stage
from grader.suite.graded_tests import collect
from grader.verdict import StageVerdict


def points_problems(kata: Kata, stage: Stage) -> list[str]:
    """Hold the points of a suite against the stage table: whole, added up, every function's own."""
    suite, tests = kata.shown(kata.suite(stage)), collect(kata.suite(stage))
    problems = [
        f"{suite}: {test.name} carries {test.points!r} points: give it a whole number"
        for test in tests
        if type(test.points) is not int or test.points < 0
    ]
    if (total := sum(test.points for test in tests)) != stage.points:
        problems.append(
            f"{suite} gives {total} points, but the row of stage {stage.number} in "
            f"grader/stages.py has {stage.points}: change one of the two"
        )
    paid = {test.function for test in tests if test.points}
    problems += [
        f"{suite}: no test of {name} carries points: write one that compares values"
        for name in stage.names
        if name not in paid
    ]
    if not any(test.hidden for test in tests):
        problems.append(f"{suite}: no test is hidden: mark one with hidden=True, for teachers")
    problems += [
        f"{suite}: {test.name} belongs to {test.function}, which the row of stage {stage.number} "
        "in grader/stages.py does not have: change one of the two"
        for test in tests
        if stage.has_code and test.function not in stage.names
    ]
    return problems


def reference_problems(kata: Kata, stage: Stage, seed: int) -> list[str]:
    """Make sure that the solutions pass."""
    verdict = grade_solutions(kata, stage, seed)
    if verdict.status == "passed":
        return []
    suite = kata.shown(kata.suite(stage))
    return [f"{suite} fails the solutions (seed {seed}), {why}" for why in _not_passed(verdict)]


def mistake_problems(kata: Kata, stage: Stage, mistake: Mistake, seed: int) -> list[str]:
    """Make sure that a mistake fails, that a failing test names it, and that none names another."""
    verdict = grade_variant(kata, stage, mistake.replaces, seed)
    page, names = kata.shown(kata.mistakes(stage)), named(verdict)
    told = f"{page}: {mistake.name}"
    if verdict.status != "failed":
        suite = kata.shown(kata.suite(stage))
        return [f"{told} passes (seed {seed}): give {suite} a case on which it differs"]
    if others := sorted(name for name in names - {None, mistake.name, mistake.like} if name):
        return [
            f"{told} is taken for {', '.join(others)} (seed {seed}): tell them apart by a case in "
            "the suite, or with `like` where they are one slip"
        ]
    if names == {None}:
        return [f"{told} fails but is not named (seed {seed}): two mistakes come to the same"]
    return []


def right_way_problems(kata: Kata, stage: Stage, way: RightWay, seed: int) -> list[str]:
    """Make sure that a right way of writing the stage passes."""
    verdict = grade_variant(kata, stage, way.replaces, seed)
    suite = kata.shown(kata.suite(stage))
    return [
        f"{suite} fails the right way {way.name} (seed {seed}), {why}"
        for why in _not_passed(verdict)
    ]


def idle_problems(kata: Kata, stage: Stage, seed: int) -> list[str]:
    """Make sure that code which does nothing earns nothing."""
    suite = kata.shown(kata.suite(stage))
    return [
        f"{suite}: {test.name} pays {test.points} points for {kind} (seed {seed}): compare values"
        for kind, replaces in idle_variants(kata, stage).items()
        for test in grade_variant(kata, stage, replaces, seed).tests
        if test.points
    ]


def _not_passed(verdict: StageVerdict) -> list[str]:
    """Say which tests did not pass, each with the first lines of why."""
    tests = [test for test in verdict.tests if test.outcome != "passed" and not test.unavailable]
    return [f"{test.name}: {' '.join(test.message.split())[:200]}" for test in tests]
