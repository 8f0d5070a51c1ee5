"""Every stage has all that `grader author` asks for, and its verdicts are the same across the wire.

A stage's check takes seconds: its suite must fail and name every known mistake, pass every right
way, and give no points to code that does nothing; whatever is missing is listed by name. Right code
and some of the mistakes and right ways are then graded with the earlier stages called across the
wire, as in a sandbox, and must get the same verdict as with the reference in the same process.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from grader.author import suite_problems
from grader.author.all_problems import check_stage, check_whole
from grader.author.grade_variants import named
from grader.author.right_ways import RightWay, right_ways_of
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.stage_modules import StageModules, reference_modules
from grader.diagnosis.known_mistakes import Mistake, mistakes_of
from grader.diagnosis.reach import Reach
from grader.diagnosis.variant import code_with
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES
from grader.suite.grade_stage import grade_code
from grader.tests.kept_runs import KeptRuns
from grader.tests.remembered_outcomes import RemembersOutcomes
from grader.tests.wire_channel import variant_across_the_wire
from grader.verdict import StageVerdict, TestVerdict

T = TypeVar("T")
WITH_CODE = [stage for stage in STAGES if stage.has_code]
SEED = 0  # the first seed that a stage is checked with
SOME = 4  # mistakes, and as many right ways, are graded across the wire
LINES = ("  in s", "  which calls ", "  with ")
ARGUMENTS = " itself is right: "  # said where a line of the traceback is in the reference
NUMBER = re.compile(r"-?\d+\.\d+(e[-+]\d+)?")


@dataclass
class Checked:
    """A stage's check: the problems found, and the verdicts on its mistakes and right ways."""

    kata: Kata
    stage: Stage
    folder: Path  # where tests make theirs, so that the same calls have the same paths
    problems: list[str] = field(default_factory=list)
    verdicts: list[tuple[Mapping[str, Any], StageVerdict]] = field(default_factory=list)
    right: StageVerdict = field(init=False)  # on right code
    runs: KeptRuns = field(init=False)

    def check(self) -> None:
        if self.stage.has_code:
            reference = reference_modules(self.kata.solutions, self.stage)
            self.runs = KeptRuns(Reach(reference, self.stage))
            self.right = self._grade(self.kata, self.stage, {}, SEED)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(suite_problems, "grade_variant", self._grade)
            self.problems = check_stage(self.kata, self.stage, seeds=1)

    def _grade(
        self, kata: Kata, stage: Stage, replaces: Mapping[str, Any], seed: int
    ) -> StageVerdict:
        variant = code_with(reference_modules(kata.solutions, stage), stage, replaces)
        verdict = self.grade(variant, seed, replaces)
        self.verdicts.append((replaces, verdict))
        return verdict

    def grade(self, code: CodeUnderTest, seed: int, replaces: Mapping[str, Any]) -> StageVerdict:
        """Grade code in which some functions are replaced; if none are, it is right code."""
        with self.runs.used_for(replaces):
            verdict = grade_code(self.kata, code, seed, self.folder)
        for folder in self.folder.iterdir():  # of the tests that asked for one
            shutil.rmtree(folder)
        return verdict

    def verdict(self, variant: Mistake | RightWay) -> StageVerdict:
        """Return the verdict on one of the stage's mistakes or right ways."""
        return next(one for replaces, one in self.verdicts if replaces is variant.replaces)


@pytest.fixture(scope="module", params=STAGES, ids=lambda stage: stage.name)
def checked(
    request: pytest.FixtureRequest, kata: Kata, tmp_path_factory: pytest.TempPathFactory
) -> Checked:
    """Check a stage once for all of its tests, which pytest runs one after the other."""
    folder = tmp_path_factory.mktemp("checked")
    result = Checked(RemembersOutcomes(kata.root), request.param, folder)
    result.check()
    return result


def test_nothing_is_missing(checked: Checked) -> None:
    assert not checked.problems, "\n".join(checked.problems)


@pytest.mark.parametrize("checked", WITH_CODE, ids=lambda stage: stage.name, indirect=True)
def test_every_verdict_is_the_same_across_the_wire(checked: Checked) -> None:
    kata, stage = checked.kata, checked.stage
    ways = kata.root / "grader/author/right_ways" / f"{stage.name}.py"
    variants: list[tuple[Path, Mistake | RightWay]] = []
    variants += [(kata.mistakes(stage), one) for one in some(mistakes_of(kata, stage))]
    variants += [(ways, one) for one in some(right_ways_of(kata, stage))]
    right = variant_across_the_wire(kata, stage, lambda _: {})
    with closing(right):
        assert shown(checked.grade(right, SEED, {})) == shown(checked.right)
    for path, variant in variants:
        code = variant_across_the_wire(kata, stage, partial(replaced, path, variant.name))
        with closing(code):
            verdict = checked.grade(code, SEED, variant.replaces)
        assert shown(verdict) == shown(checked.verdict(variant))
        if isinstance(variant, Mistake):
            assert named(verdict) - {None} in ({variant.name}, {variant.like})
        else:
            assert verdict.status == "passed", (variant.name, verdict)


def test_nothing_is_missing_outside_the_stages(kata: Kata) -> None:
    problems, _ = check_whole(kata)
    assert not problems, "\n".join(problems)


def replaced(path: Path, name: str, modules: StageModules) -> Mapping[str, Any]:
    """Run a file of mistakes or right ways with these modules; return what one of them replaces."""
    variant = getattr(modules.run_file(path, f"variants.{path.stem}"), name)
    assert isinstance(variant, (Mistake, RightWay))
    return variant.replaces


def some(variants: Sequence[T]) -> Sequence[T]:
    """Return at most SOME of a stage's mistakes or right ways, evenly spread."""
    count = min(SOME, len(variants))
    return [variants[index * len(variants) // count] for index in range(count)]


def shown(verdict: StageVerdict) -> list[TestVerdict]:
    """Return all that must be the same across the wire."""
    return list(map(comparable, verdict.tests))


def comparable(verdict: TestVerdict) -> TestVerdict:
    """Return a verdict without what may differ: an error's lines of code and values, because a
    variant has no file, and the last digits of numbers, because a tensor that has crossed the wire
    lies elsewhere in memory, and torch adds its entries in another order."""
    lines = verdict.message.splitlines()
    kept = [one for one in lines if not one.startswith(LINES) and ARGUMENTS not in one]
    rounded = NUMBER.sub(lambda found: f"{float(found[0]):.3g}", "\n".join(kept))
    return replace(verdict, message=rounded, located=None)
