"""Earlier stages called across the wire: the verdict is as if the reference were in the process."""

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from grader.author.grade_variants import grade_variant, named
from grader.author.right_ways import RightWay, right_ways_of
from grader.calls.stage_modules import StageModules
from grader.diagnosis.known_mistakes import Mistake, mistakes_of
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES
from grader.suite.grade_stage import grade_code
from grader.tests.wire_channel import variant_across_the_wire
from grader.verdict import TestVerdict

WITH_CODE = [stage for stage in STAGES if stage.has_code]
SEED = 7
LINES = ("  in s", "  which calls ")


def replaced(path: Path, name: str, modules: StageModules) -> Mapping[str, Any]:
    """Run a file of mistakes or right ways with these modules, and return what one replaces."""
    variant = getattr(modules.run_file(path, f"variants.{path.stem}"), name)
    assert isinstance(variant, (Mistake, RightWay))
    return variant.replaces


def without_lines(verdict: TestVerdict) -> TestVerdict:
    """Leave out the lines of code that an error came through, because a variant has no file of its
    own, and the names of temporary folders."""
    kept = [one for one in verdict.message.splitlines() if not one.startswith(LINES)]
    return replace(verdict, message=re.sub(r"kata-\w+", "kata-", "\n".join(kept)))


@pytest.mark.parametrize("stage", WITH_CODE, ids=lambda stage: stage.name)
def test_every_mistake_and_every_right_way_across_the_wire(kata: Kata, stage: Stage) -> None:
    ways = kata.root / "grader/author/right_ways" / f"{stage.name}.py"
    variants: list[tuple[Path, Mistake | RightWay]] = []
    variants += [(kata.mistakes(stage), one) for one in mistakes_of(kata, stage)]
    variants += [(ways, one) for one in right_ways_of(kata, stage)]
    for path, variant in variants:
        code = variant_across_the_wire(kata, stage, partial(replaced, path, variant.name))
        with closing(code):
            verdict = grade_code(kata, code, SEED)
        if stage.uses:  # with the reference in the process it is the same to the last word
            here = grade_variant(kata, stage, variant.replaces, SEED)
            assert list(map(without_lines, verdict.tests)) == list(map(without_lines, here.tests))
        if isinstance(variant, Mistake):
            assert named(verdict) - {None} == {variant.like or variant.name}
        else:
            assert verdict.status == "passed", (variant.name, verdict)
