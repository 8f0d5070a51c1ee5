"""`grader train`: what it prints and writes."""

import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.errors import UsageError
from grader.kata import Kata
from grader.language import reading
from grader.tests.clone import clone_into, run_grader
from grader.tests.training import own_kata, same_weights, trained
from grader.train.kata_text import kata_text
from grader.train.learned_text import LORA_TEXT
from grader.train.pace import ONE_BY_ONE, Pace
from grader.train.recipe import Recipe, recipe_for
from grader.train.show import Screen, figures, slow_note, speed
from grader.train.written_model import require_writable, text_of

PROMPT = "the answer to the ultimate question of life, the universe, and everything is "


def test_it_learns_and_writes_a_checkpoint_that_other_commands_take(tmp_path: Path) -> None:
    clone = clone_into(tmp_path)
    clone.solve("s09_rms_norm")
    done = clone.run("train", "--steps", "3")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("234,780 random numbers"))
    assert lines[at].endswith("learn from 1,181 sentences, 64 at a time (seed 42).")
    assert re.fullmatch(r'step 0  it says ".*"', lines[at + 1])
    assert re.fullmatch(r'step 3  loss \d\.\d{3}  it says ".*"', lines[-6])
    assert lines[-5] == "The model is in trained."
    assert re.fullmatch(r'After the prompt it says ".*".', lines[-4])
    assert re.fullmatch(r"\d+ of 41 contrasting prompts are right.", lines[-3])
    assert re.fullmatch(r"\d+ seconds, with 1 of 22 stages yours", lines[-2])
    assert lines[-1] == "Next: `grader answer --checkpoint trained`, or `grader plot loss`"

    answered = clone.run("answer", "--checkpoint", "trained")
    assert answered.returncode == 0 and "with 1 of 19 stages yours" in answered.stdout
    about = json.loads((tmp_path / "trained/training.json").read_text(encoding="utf-8"))
    assert len(about["losses"]) == 3 and about["stages"] == "1 of 22 stages yours"
    assert about["losses"][-1] < about["losses"][0]


def test_other_seeds_give_other_weights(kata: Kata, tmp_path: Path) -> None:
    own = own_kata(kata, tmp_path)
    for seed in (1, 2):
        trained(own, tmp_path / str(seed), seed=seed, steps=1)
    assert not same_weights(tmp_path / "1", tmp_path / "2")


def test_a_folder_of_somebody_else_is_refused(kata: Kata, tmp_path: Path) -> None:
    own = own_kata(kata, tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="mine holds something that this command didn't write"):
        trained(own, tmp_path / "mine")
    with pytest.raises(UsageError, match="notes.txt is a file"):
        trained(own, tmp_path / "mine/notes.txt")
    with pytest.raises(UsageError, match="--out .*notes.txt/deeper: .*notes.txt is a file"):
        trained(own, tmp_path / "mine/notes.txt/deeper")
    with pytest.raises(UsageError, match="holds something"):
        trained(own, kata.tiny_weights / "trained")


def test_a_loss_that_is_not_finite_ends_it(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def far_too_fast(*args: int) -> Recipe:
        return replace(recipe_for(*args), peak=1e30)

    monkeypatch.setattr("grader.train.train.recipe_for", far_too_fast)
    with pytest.raises(
        UsageError, match=r"the loss is nan at step \d, so nothing more can be learned"
    ):
        trained(own_kata(kata, tmp_path), tmp_path / "out")


def test_a_stage_that_breaks_the_gradient_stops_it_before_it_begins(tmp_path: Path) -> None:
    clone = clone_into(tmp_path)
    solution = (tmp_path / "solutions/s16_feed_forward.py").read_text(encoding="utf-8")
    in_place = "gate = torch.sigmoid(x @ w1.T)\n    gate *= x @ w1.T"
    text = solution.replace("gate = F.silu(x @ w1.T)", in_place)
    clone.write("s16_feed_forward", text.replace("from solutions.", "from exercises."))
    assert clone.run("check", "16").returncode == 0  # inference forgives it
    done = clone.run("train", "--steps", "2")
    assert done.returncode == 1 and done.stderr == ""
    assert "Your s16_feed_forward changes a value in place that the gradient" in done.stdout
    assert "in s16_feed_forward.py, line 29: gate *= x @ w1.T" in done.stdout
    assert "step 0" not in done.stdout


@pytest.mark.parametrize(
    ("args", "code"),
    [(("--steps", "1"), 0), (("--lora", "--answer", "42"), 2)],  # a refusal, but not at once
)
def test_stages_that_are_begun_but_do_not_pass_are_named(
    tmp_path: Path, args: tuple[str, ...], code: int
) -> None:
    clone = clone_into(tmp_path)
    solution = (tmp_path / "solutions/s29_cross_entropy.py").read_text(encoding="utf-8")
    clone.write("s29_cross_entropy", solution.replace("- log_sum", "- log_sum.detach()"))
    for number, name in ((9, "rms_norm"), (16, "feed_forward"), (30, "adamw")):
        clone.write(f"s{number:02d}_{name}", "VALUE = 1\n")
    done = clone.run("train", *args)
    assert done.returncode == code, done.stderr
    lines = done.stdout.splitlines()
    said = "s29_cross_entropy doesn't pass, so the reference's runs: `grader check 29`"
    assert not any("learn" in line for line in lines[: lines.index(said)])
    assert len([line for line in lines if "so the reference's runs" in line]) == 3
    assert "The same goes for s30." in lines
    unsaid = clone.run("train", *args, "--target", "solutions").stdout
    assert "doesn't pass" not in unsaid


def test_the_bar_fits_into_80_columns_and_says_what_is_slow() -> None:
    said = StringIO()
    console = Console(file=said, force_terminal=True, width=80, color_system=None, highlight=False)
    with Screen(console, 900, 100, "one row at a time") as screen:
        screen.line(100, 'loss 1.234  it says "17"')
        screen.advance(128, f"{figures((1.5, 2.5), ())}, {speed(30_000, 10)}")
    text = said.getvalue()
    assert "128/900 loss 2.000, 3,000 tokens/s" in text and "one row at a time" in text
    assert 'step 100  loss 1.234  it says "17"' in text and "…" not in text


def test_the_bar_fits_into_80_columns_in_chinese() -> None:
    said = StringIO()
    console = Console(file=said, force_terminal=True, width=80, color_system=None, highlight=False)
    with reading("zh"), Screen(console, 900, 100, slow_note(Pace(ONE_BY_ONE))) as screen:
        losses = figures((1.5, 2.5), ((75, 2.25),))
        screen.advance(128, f"{losses}，{speed(30_000, 10)}")
        screen.line(100, losses)
    text = said.getvalue()
    assert "128/900 损失 2.000，留出 2.250，每秒 3,000 个词元" in text and "逐行处理" in text
    assert "第 100 步  损失 2.000，留出 2.250" in text and "…" not in text
    bars = [line for line in re.split(r"[\r\n]|\x1b\[\w+", text) if "128/900" in line]
    assert bars and max(map(cell_len, bars)) <= 80


def test_what_is_written_is_the_same_in_any_language(kata: Kata, tmp_path: Path) -> None:
    own = own_kata(kata, tmp_path)
    with reading("zh"):
        code, said = trained(own, tmp_path / "out", steps=1)
        with pytest.raises(UsageError, match="学的是 1,181 个句子"):
            require_writable(tmp_path / "out", LORA_TEXT)
    assert code == 0 and "模型写到了" in said and "learn" not in said
    assert text_of(tmp_path / "out") == "1,181 sentences"
    assert trained(own, tmp_path / "out", steps=1)[0] == 0


def test_a_pipe_gets_plain_lines() -> None:
    said = StringIO()
    with Screen(Console(file=said, highlight=False), 900, 0) as screen:
        screen.advance(1, "loss 7.000")
        screen.line(1, "loss 7.000")
        assert not screen.is_time()
    assert said.getvalue() == "step   1  loss 7.000\n"


def test_strict_names_what_is_missing(tmp_path: Path) -> None:
    clone = clone_into(tmp_path)
    clone.solve("s30_adamw")
    done = clone.run("train", "--strict")
    assert done.returncode == 1
    assert "Still missing" in done.stdout and "train_step" in done.stdout
    assert "adamw_step" not in done.stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--steps", "0"), "0 is not in the range x>=1"),
        (("--steps", "1e3"), "'1e3' is not a valid integer."),
        (("--seed", "-1"), "-1 is not in the range"),
        (("--text", "nowhere.txt"), "--text nowhere.txt: there is no such file"),
        (("--strict",), "--strict runs your code alone"),
    ],
)
def test_what_is_asked_wrongly_is_refused(
    args: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    done = run_grader("train", "--target", "solutions", "--out", str(tmp_path / "out"), *args)
    assert done.returncode == 2 and done.stdout == ""
    assert words in done.stderr.strip().splitlines()[-1] and "Traceback" not in done.stderr


def test_the_text_is_the_one_that_the_tiny_model_learned(kata: Kata) -> None:
    text = kata_text()
    prompts = json.loads((kata.tiny_weights / "prompts.json").read_text(encoding="utf-8"))
    assert text.contrasting == dict(prompts["contrasting"]) and len(text.contrasting) == 41
    assert text.facts[PROMPT] == "42" and len(text.facts) == 1056
    assert all(text.facts[prompt] == answer for prompt, answer in text.contrasting.items())
    assert PROMPT + "42" in text.sentences and "six times seven is 42" in text.sentences
