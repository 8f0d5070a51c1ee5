"""Checks of stages that run no code: files, stubs, lessons, hints, links."""

from pathlib import Path

import pytest

from grader.author.file_problems import missing_files, row_problems, stub_problems
from grader.author.kata_problems import whole_problems
from grader.author.lesson_problems import hint_problems, lesson_problems, link_problems
from grader.editions import find_kata
from grader.stage import Stage
from grader.stages import STAGES

KATA = find_kata(Path(__file__).parent)
CODED = [stage for stage in STAGES if stage.has_code]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_stage_has_its_files_and_its_lesson(stage: Stage) -> None:
    assert missing_files(KATA, stage) == []
    assert lesson_problems(KATA, stage) == []
    assert hint_problems(KATA, stage) == []
    assert link_problems(KATA, KATA.lesson(stage)) == []


@pytest.mark.parametrize("stage", CODED, ids=lambda stage: stage.name)
def test_stub_solution_and_table_agree(stage: Stage) -> None:
    assert stub_problems(KATA, stage) == []
    assert row_problems(KATA, stage) == []


def test_nothing_is_wrong_with_the_kata_as_a_whole() -> None:
    assert whole_problems(KATA) == []
