"""`grader plot loss`, and the curve of the reference that it draws."""

import json
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from grader.cli.base import plain_console
from grader.errors import UsageError
from grader.kata import Kata
from grader.plot import style
from grader.plot.loss_curve import draw_loss, run_plot_loss, smoothed
from grader.tests.clone import run_grader
from grader.tests.training import STEPS, interrupt_after, own_kata, trained, trainer_with
from grader.train.curve_file import REFERENCE, Curve, learners_curve, read_curve
from grader.train.kata_text import kata_text
from grader.train.options import Options
from grader.train.train import settings_of

FIX = "`python -m grader.train.write_reference_curve` makes it again"


@pytest.fixture(scope="module")
def reference() -> Curve:
    curve = read_curve(REFERENCE)
    assert curve is not None, FIX
    return curve


def words_in(figure: Figure) -> str:
    with style.look():
        return style.as_svg(figure)


def test_the_references_curve_is_of_the_current_settings(kata: Kata, reference: Curve) -> None:
    trainer = trainer_with(kata, {})
    text = kata_text()
    rows, recipe, identity = settings_of(trainer, Options(Path("trained")), text)
    assert reference.recipe == identity.recipe, FIX
    assert reference.digest == identity.text, FIX
    assert len(reference.losses) == recipe.steps and reference.text == rows.name, FIX


def test_the_reference_still_learns_like_its_curve(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: Curve
) -> None:
    own = own_kata(kata, tmp_path)
    interrupt_after(monkeypatch, 3)
    trained(own, tmp_path / "out", steps=len(reference.losses))
    mine = learners_curve(own)
    assert mine is not None and mine.is_like(reference)
    assert mine.losses == pytest.approx(reference.losses[:3], rel=1e-3), FIX


def test_a_whole_training_is_drawn_beside_the_reference(
    kata: Kata, tmp_path: Path, reference: Curve
) -> None:
    picture = words_in(draw_loss(reference, reference))
    assert "the reference" in picture and "your last training" in picture
    assert "held-out" not in picture and "1,181 sentences, seed 42" in picture


def test_another_training_is_drawn_alone(kata: Kata, tmp_path: Path) -> None:
    own = own_kata(kata, tmp_path)
    trained(own, tmp_path / "out")
    run_plot_loss(own, plain_console(), "svg", tmp_path / "plots")
    picture = (tmp_path / "plots/loss.svg").read_text(encoding="utf-8")
    assert "your last training" in picture and "the reference" not in picture
    curve = learners_curve(own)
    assert curve is not None and len(curve.losses) == STEPS
    about = json.loads((tmp_path / "out/training.json").read_text(encoding="utf-8"))
    assert about["losses"] == curve.losses


def test_the_held_out_rows_have_a_curve_of_their_own(reference: Curve) -> None:
    recipe, held_out = {**reference.recipe, "steps": 4}, [(2, 2.5), (4, 2.0)]
    own = Curve(recipe, "rows of names.txt", "", [3.0, 2.0, 1.0, 1.0], held_out)
    picture = words_in(draw_loss(own, None))
    assert "the held-out rows" in picture


def test_losses_are_averaged_over_ten_steps() -> None:
    assert smoothed([2.0, 4.0]) == [2.0, 3.0]
    assert smoothed([0.0] * 10 + [10.0])[-1] == 1.0


def test_without_a_training_there_is_nothing_to_draw(kata: Kata, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no curve yet: `grader train` makes one"):
        run_plot_loss(own_kata(kata, tmp_path), plain_console(), "png", tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_help_and_a_typo_name_it() -> None:
    assert "\n  loss " in run_grader("plot", "--help").stdout
    assert "did you mean loss?" in run_grader("plot", "losss").stderr
    assert "leave out --layer and --head" in run_grader("plot", "loss", "--layer", "1").stderr
