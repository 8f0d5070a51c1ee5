"""How a class does over several runs: its known mistakes, and the tests that tell nobody apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.classroom.exports.class_statistics import commonest
from grader.classroom.graded_submission import stage_title
from grader.classroom.over_time.combine import NamedRun
from grader.classroom.safe_copies import TeacherCopy
from grader.stages import stage_of
from grader.verdict import StageVerdict


@dataclass(frozen=True)
class Share:
    """How many of how many."""

    count: int
    of: int

    @property
    def percent(self) -> float:
        return round(100 * self.count / self.of, 1) if self.of else 0.0

    def __str__(self) -> str:
        return f"{self.count} of {self.of}"


@dataclass(frozen=True)
class Trend:
    """A mistake or a test, and how many there were in each run; None where nobody got there."""

    stage: int
    name: str
    shares: tuple[Share | None, ...]
    explanation: str = ""

    @property
    def title(self) -> str:
        """The title of the stage."""
        return stage_title(self.stage)

    @property
    def lesson(self) -> str:
        """The file of the lesson to look at again."""
        return f"lessons/{stage_of(self.stage).name}.md"


@dataclass(frozen=True)
class Trends:
    """What several runs have in common, and what has changed between them."""

    runs: tuple[str, ...]
    graded: tuple[int, ...]  # submissions
    mistakes: tuple[Trend, ...]  # the most frequent first
    nobody: tuple[Trend, ...]  # the tests that nobody passed in some run
    everybody: tuple[tuple[str, tuple[str, ...]], ...]  # tests that all passed always, by stage


def trends_of(runs: Sequence[NamedRun]) -> Trends:
    """Compare runs. Whoever has not begun a stage doesn't count there."""
    graded = [_graded(run) for run in runs]
    tests = _tests(graded)
    nobody = [one for one in tests if any(share and not share.count for share in one.shares)]
    always = [one for one in tests if all(share.count == share.of for share in _known(one))]
    stages = sorted({one.stage for one in always})
    return Trends(
        tuple(run.name for run in runs),
        tuple(map(len, graded)),
        _mistakes(graded),
        tuple(nobody),
        tuple(
            (stage_title(stage), tuple(one.name for one in always if one.stage == stage))
            for stage in stages
        ),
    )


def _graded(run: NamedRun) -> list[TeacherCopy]:
    results = {row.result.key: row.result for row in run.rows if row.result}
    return [one for one in results.values() if one.was_graded]


def _known(trend: Trend) -> list[Share]:
    return [share for share in trend.shares if share]


def _mistakes(graded: Sequence[Sequence[TeacherCopy]]) -> tuple[Trend, ...]:
    begun = [_begun(done) for done in graded]
    found = [{(one.stage, one.name): one for one in commonest(done, known=True)} for done in graded]
    made = []
    for stage, name in {key: None for each in found for key in each}:
        counts = [each[stage, name].count if (stage, name) in each else 0 for each in found]
        shares = [
            Share(count, of[stage]) if of.get(stage) else None
            for count, of in zip(counts, begun, strict=True)
        ]
        texts = [each[stage, name].explanation for each in found if (stage, name) in each]
        made.append(Trend(stage, name, tuple(shares), texts[-1]))
    return tuple(
        sorted(made, key=lambda one: (-sum(share.count for share in _known(one)), one.stage))
    )


def _begun(done: Iterable[TeacherCopy]) -> dict[int, int]:
    """Return how many have begun each stage."""
    begun: dict[int, int] = {}
    for verdict in _verdicts(done):
        begun[verdict.number] = begun.get(verdict.number, 0) + 1
    return begun


def _verdicts(done: Iterable[TeacherCopy]) -> list[StageVerdict]:
    """Return the verdicts on stages that were begun and can be imported."""
    verdicts = (verdict for one in done for verdict in one.verdicts)
    return [one for one in verdicts if one.status not in ("not_started", "error")]


def _tests(graded: Sequence[Sequence[TeacherCopy]]) -> list[Trend]:
    """Return how many passed each test in each run, of those whose code it was run on."""
    counted = [_passed(done) for done in graded]
    keys = sorted({key for each in counted for key in each}, key=lambda key: key[0])
    return [Trend(*key, tuple(each.get(key) for each in counted)) for key in keys]


def _passed(done: Iterable[TeacherCopy]) -> Mapping[tuple[int, str], Share]:
    shares: dict[tuple[int, str], Share] = {}
    for verdict in _verdicts(done):
        for test in verdict.tests:
            if test.outcome != "skipped":
                key = verdict.number, test.name.removeprefix("test_").replace("_", " ")
                before = shares.get(key, Share(0, 0))
                passed = test.outcome == "passed"
                shares[key] = Share(before.count + passed, before.of + 1)
    return shares
