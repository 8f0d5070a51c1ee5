"""The position of a stage, in the drawing of the whole model and on one line."""

import re
from collections import Counter

import pytest

from grader.learn.you_are_here import you_are_here
from grader.plot import style
from grader.plot.model_map import draw_map
from grader.stage import Stage
from grader.stages import CORE_STAGES, STAGES, stage_of


def drawn(here: Stage | None) -> str:
    with style.look():
        return style.as_svg(draw_map(here))


def marked_in(svg: str) -> list[str]:
    """Return what is written in bold."""
    return re.findall(r"font-weight: 700;[^>]*>([^<]*)<", svg)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_the_drawing_marks_one_stage(stage: Stage) -> None:
    words = " ".join(marked_in(drawn(stage)))
    once = f"{stage.number} {stage.slug.replace('_', ' ')}"
    assert words.startswith(once)
    assert set(words.replace(once, "").split()) <= {"(the", "8B", "has", "32", "of", "them)"}


def test_the_whole_drawing_has_every_stage_and_marks_none() -> None:
    svg = drawn(None)
    assert marked_in(svg) == []
    numbers = Counter(re.findall(r">(\d+)\b[^<]*<", svg))
    assert {int(number) for number in numbers} >= {stage.number for stage in STAGES}


def test_one_line_fits_a_terminal_and_ends_in_42() -> None:
    for stage in CORE_STAGES:
        line = you_are_here(stage, STAGES)
        assert len(line) <= 78
        assert line.endswith("→ 42")
        assert f"[{stage.number}]" in line


def test_a_bonus_part_comes_behind_42() -> None:
    assert you_are_here(stage_of(10), STAGES) == (
        "Text to tokens → Checkpoint → One layer: 9 [10] 11-17 → The model → 42"
    )
    assert you_are_here(stage_of(23), STAGES).endswith("→ 42 → Writing text: 21-22 [23] 24")
