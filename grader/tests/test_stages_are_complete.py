"""Every stage has all that `grader author` asks for: what is missing is listed by name.

A stage's check takes seconds: its suite fails and names every known mistake, passes every right
way, and gives no points to code that does nothing.
"""

from pathlib import Path

import pytest

from grader.author.all_problems import check_stage, check_whole
from grader.editions import find_kata
from grader.stage import Stage
from grader.stages import STAGES

KATA = find_kata(Path(__file__).parent)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_nothing_is_missing(stage: Stage) -> None:
    problems, _ = check_stage(KATA, stage, seeds=1)
    assert not problems, "\n".join(problems)


def test_nothing_is_missing_beside_the_stages() -> None:
    problems, _ = check_whole(KATA)
    assert not problems, "\n".join(problems)
