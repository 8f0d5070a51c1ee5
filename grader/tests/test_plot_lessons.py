"""The lessons' pictures: all are there and up to date."""

import re
from dataclasses import replace
from pathlib import Path

import matplotlib
import pytest

from grader.kata import Kata
from grader.plot.stale_pictures import difference, folder_problems, stale_pictures
from grader.stage import Stage
from grader.stages import STAGES, stage_of
from grader.tests.clone import Clone, clone_into

_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path / "kata")


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_lesson_shows_its_pictures(kata: Kata, stage: Stage) -> None:
    images = _IMAGE.findall(kata.lesson(stage).read_text(encoding="utf-8"))
    pictures = [kata.model_picture(stage), kata.picture(stage)]
    assert [target for _, target in images] == [f"pictures/{path.name}" for path in pictures]
    assert all(path.is_file() for path in pictures)
    assert all(len(words.split()) >= 8 for words, _ in images), "the text says what is seen"


def test_in_a_terminal_a_picture_is_described(clone: Clone) -> None:
    shown = clone.run("lesson", "9").stdout
    assert "Picture (lessons/pictures/s09_rms_norm.svg): The range of the entries" in shown
    assert "![" not in shown


def test_pictures_are_small(kata: Kata) -> None:
    sizes = [path.stat().st_size for path in (kata.root / "lessons/pictures").iterdir()]
    assert len(sizes) == 2 * len(STAGES) + 1
    assert sum(sizes) < 2_000_000 and max(sizes) < 100_000


def same_matplotlib(kata: Kata) -> None:
    if f"Matplotlib v{matplotlib.__version__}" not in kata.picture(STAGES[0]).read_text("utf-8"):
        pytest.skip(f"the pictures were not drawn with matplotlib {matplotlib.__version__}")


def test_stale_pictures_are_found(clone: Clone) -> None:
    same_matplotlib(clone.kata)
    pictures = clone.root / "lessons/pictures"
    (pictures / "s01_vocabulary.svg").unlink()
    (pictures / "s99_other.svg").write_bytes((pictures / "s02_regex_split.svg").read_bytes())
    (pictures / ".DS_Store").write_bytes(b"\xff")  # ignored
    word = pictures / "s18_transformer.svg"
    word.write_text(word.read_text(encoding="utf-8").replace(">42<", ">41<"), encoding="utf-8")
    solution = clone.root / "solutions/s14_masked_attention.py"
    text = solution.read_text(encoding="utf-8")
    solution.write_text(text.replace("diagonal=1", "diagonal=2"), encoding="utf-8")

    stages = [stage_of(number) for number in (1, 2, 5, 11, 14, 18)]
    told = {problem.split()[0]: problem for problem in stale_pictures(clone.kata, stages)}
    assert "is missing" in told.pop("lessons/pictures/s01_vocabulary.svg")
    assert "is stale" in told.pop("lessons/pictures/s18_transformer.svg")
    assert "is stale" in told.pop("lessons/pictures/s14_masked_attention.svg")
    assert told == {}  # the other pictures come before the mask
    (other,) = folder_problems(clone.kata)
    assert other.startswith("lessons/pictures/s99_other.svg belongs to no lesson")


def test_only_the_pictures_asked_for_are_checked(clone: Clone) -> None:
    for stage in STAGES:
        if stage.number != 4:
            clone.kata.picture(stage).unlink()
    assert stale_pictures(clone.kata, [stage_of(4)]) == []


def test_a_stage_without_a_drawing_is_named(kata: Kata) -> None:
    (problem,) = stale_pictures(kata, [replace(stage_of(4), slug="unheard_of")])
    assert problem.startswith("grader/plot/pictures/s04_unheard_of.py is missing: write `draw(")


def test_pictures_from_two_versions_are_reported(clone: Clone) -> None:
    path = clone.root / "lessons/pictures/s01_vocabulary.svg"
    text = re.sub(r"Matplotlib v[\w.]+", "Matplotlib v1.0", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    (problem,) = folder_problems(clone.kata)
    assert "from matplotlib 1.0 and " in problem


def test_invisible_changes_are_no_difference(kata: Kata) -> None:
    svg = kata.picture(STAGES[13]).read_text(encoding="utf-8")
    assert difference(svg, svg) == ""
    place = re.search(r'x="(\d+\.\d+)"', svg)
    colour = re.search(r"fill: (#(?!ffffff)[0-9a-f]{6})", svg)
    assert place and colour

    def changed(old: str, new: str) -> str:
        assert svg.count(old) >= 1
        return difference(svg, svg.replace(old, new, 1))

    assert changed(place[0], f'x="{float(place[1]) + 0.3:.2f}"') == ""
    assert changed(place[0], f'x="{float(place[1]) + 3:.2f}"') != ""
    assert changed(">·question<", ">·answer<") == "'·question' is now '·answer'"
    assert changed("<use ", "<path ") == "another shape"
    red = int(colour[1][1:3], 16)
    near, far = (f"#{abs(red - step):02x}{colour[1][3:]}" for step in (2, 60))
    assert changed(colour[1], near) == ""
    assert changed(colour[1], far) == f"{colour[1]} is now {far}"
