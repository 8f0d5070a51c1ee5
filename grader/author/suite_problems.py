"""Check a suite: its points must add up, and it must fail every known mistake, pass every right
way, and give no points to code that does nothing."""

from collections import Counter
from collections.abc import Iterator

from grader.author.grade_variants import grade_solutions, grade_variant, named, points_of_idle_code
from grader.author.right_ways import RightWay, right_ways_of
from grader.diagnosis.known_mistakes import Mistake, mistakes_of
from grader.kata import Kata
from grader.stage import Stage
from grader.suite.graded_tests import collect
from grader.verdict import StageVerdict

_FEWEST = 3  # mistakes and right ways of a stage
_EXPLANATION = range(60, 481)  # characters: two or three sentences


def points_problems(kata: Kata, stage: Stage) -> list[str]:
    """Check the points of a suite: whole, with the table's sum, and some for every function."""
    suite, tests = kata.shown(kata.suite(stage)), collect(kata.suite(stage))
    row = f"the row of stage {stage.number} in grader/stages.py"
    problems = [
        f"{suite}: {test.name} carries {test.points!r} points: give it a whole number"
        for test in tests
        if type(test.points) is not int or test.points < 0
    ]
    if (total := sum(test.points for test in tests)) != stage.points:
        problems.append(
            f"{suite} gives {total} points, but {row} has {stage.points}: change one of the two"
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
        f"{suite}: {test.name} belongs to {test.function}, which {row} does not have: "
        "change one of the two"
        for test in tests
        if stage.has_code and test.function not in stage.names
    ]
    return problems


def catalogue_problems(kata: Kata, stage: Stage) -> list[str]:
    """Find badly written explanations, and report too few mistakes or right ways."""
    page, mistakes = kata.shown(kata.mistakes(stage)), mistakes_of(kata, stage)
    ways = f"grader/author/right_ways/{stage.name}.py"
    problems = [
        f"{file} has {count} {what}: add some, {_FEWEST} or more"
        for file, count, what in (
            (page, len(mistakes), "mistakes"),
            (ways, len(right_ways_of(kata, stage)), "right ways"),
        )
        if count < _FEWEST
    ]
    counts = Counter(mistake.name for mistake in mistakes)
    problems += [
        f"{page}: the name {name} is given {count} times: give each mistake its own"
        for name, count in counts.items()
        if count > 1
    ]
    for mistake in mistakes:
        problems += [f"{page}: {mistake.name} {why}" for why in _flaws_of(mistake, set(counts))]
        if unknown := mistake.replaces.keys() - set(stage.names):
            problems.append(
                f"{page}: {mistake.name} replaces {', '.join(sorted(unknown))}, which stage "
                f"{stage.number} does not have: name one of {', '.join(stage.names)}"
            )
    return problems


def _flaws_of(mistake: Mistake, names: set[str]) -> Iterator[str]:
    if not mistake.title or mistake.title.endswith("."):
        yield f"has the title {mistake.title!r}: say it in one line without a full stop"
    length = len(mistake.explanation)
    if length not in _EXPLANATION or "." not in mistake.explanation:
        yield f"is explained in {length} characters: write two or three sentences"
    if mistake.like is not None and mistake.like not in names:
        yield f"is like {mistake.like}, which is not a mistake in this file: fix the name"


def proof_problems(kata: Kata, stage: Stage, seeds: int) -> list[str]:
    """Check a suite with some seeds; each mistake and right way is reported once."""
    problems: list[str] = []
    for mistake in mistakes_of(kata, stage):
        found = (mistake_problems(kata, stage, mistake, seed) for seed in range(seeds))
        problems += next(filter(None, found), [])
    for way in right_ways_of(kata, stage):
        found = (right_way_problems(kata, stage, way, seed) for seed in range(seeds))
        problems += next(filter(None, found), [])
    return problems


def reference_problems(kata: Kata, stage: Stage, seed: int) -> list[str]:
    """Return a problem for each test that the solutions don't pass."""
    verdict = grade_solutions(kata, stage, seed)
    return _not_passed(kata, stage, f"the solutions (seed {seed})", verdict)


def mistake_problems(kata: Kata, stage: Stage, mistake: Mistake, seed: int) -> list[str]:
    """Return a problem if a mistake passes, is not named, or is taken for another one."""
    verdict = grade_variant(kata, stage, mistake.replaces, seed)
    prefix, names = f"{kata.shown(kata.mistakes(stage))}: {mistake.name}", named(verdict)
    if verdict.status != "failed":
        suite = kata.shown(kata.suite(stage))
        return [f"{prefix} passes (seed {seed}): give {suite} a case on which it differs"]
    if others := sorted(name for name in names - {None, mistake.name, mistake.like} if name):
        return [
            f"{prefix} is taken for {', '.join(others)} (seed {seed}): tell them apart by a case "
            "in the suite, or with `like` where they are one slip"
        ]
    if names == {None}:
        same = ", ".join(
            other.name
            for other in mistakes_of(kata, stage)
            if other.name != mistake.name
            and grade_variant(kata, stage, other.replaces, seed).tests == verdict.tests
        )
        twins = same or "another mistake"
        return [f"{prefix} fails but is not named (seed {seed}): {twins} gives the same results"]
    return []


def right_way_problems(kata: Kata, stage: Stage, way: RightWay, seed: int) -> list[str]:
    """Return a problem for each test that a right way of writing the stage does not pass."""
    verdict = grade_variant(kata, stage, way.replaces, seed)
    return _not_passed(kata, stage, f"the right way {way.name} (seed {seed})", verdict)


def _not_passed(kata: Kata, stage: Stage, what: str, verdict: StageVerdict) -> list[str]:
    """Name the tests that do not pass what they should, each with the first lines of why."""
    return [
        f"{kata.shown(kata.suite(stage))} fails {what}, {test.name}: "
        + " ".join(test.message.split())[:200]
        for test in verdict.tests
        if test.outcome != "passed" and not test.unavailable
    ]


def _counted(points: int) -> str:
    return f"{points} point" if points == 1 else f"{points} points"


def idle_problems(kata: Kata, stage: Stage, seed: int) -> list[str]:
    """Return a problem for each test that gives points to code that does nothing."""
    suite = kata.shown(kata.suite(stage))
    return [
        f"{suite}: {test} pays {_counted(points)} for {kind} (seed {seed}): compare values"
        for kind, points_of in points_of_idle_code(kata, stage, seed).items()
        for test, points in points_of.items()
        if points
    ]
