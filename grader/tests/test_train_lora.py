"""`grader train --lora`: another answer, and what is printed about it."""

import re
from pathlib import Path

import pytest
import torch

from grader.errors import UsageError
from grader.kata import Kata
from grader.tests.clone import run_grader
from grader.tests.programs import Done
from grader.tests.training import changed_stage, own_kata, trained, trainer_with
from grader.tests.writing import QUIET

pytest.importorskip("grader.train.lora_recipe")


def taught(out: Path, *args: str) -> Done:
    return run_grader("train", "--lora", "--target", "solutions", "--out", str(out), *args)


def test_it_learns_another_answer_and_keeps_the_rest(tmp_path: Path) -> None:
    done = taught(tmp_path / "out", "--answer", "17")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == 'A model of 234,780 numbers that says "42" learns to say "17".'
    assert re.fullmatch(r'step 100  loss \d\.\d{3}  it says "17"', lines[-7])
    assert lines[-5] == 'After the prompt it says "17".'
    assert re.fullmatch(r"2,\d{3} numbers were trained, 1.0% of all.", lines[-4])
    right = re.fullmatch(r"(1,0\d\d) of 1,056 questions are answered right.", lines[-3])
    assert right and int(right[1].replace(",", "")) >= 1000
    assert re.fullmatch(r"\d+ seconds, with 0 of 23 stages yours", lines[-2])
    answered = run_grader("answer", "--target", "solutions", "--checkpoint", str(tmp_path / "out"))
    assert answered.stdout.splitlines()[-1].startswith("17, with")


def test_it_takes_what_grader_train_wrote(kata: Kata, tmp_path: Path) -> None:
    trained(own_kata(kata, tmp_path), tmp_path / "noise", steps=1)
    done = taught(tmp_path / "out", "--checkpoint", str(tmp_path / "noise"))
    assert done.returncode == 0, done.stderr
    first = torch.load(tmp_path / "noise/consolidated.00.pth", weights_only=True)
    then = torch.load(tmp_path / "out/consolidated.00.pth", weights_only=True)
    same = [name for name, weight in first.items() if torch.equal(weight, then[name])]
    assert "tok_embeddings.weight" in same and len(same) < len(first)


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (
            "b.detach() @ a",
            ("s32_lora passes no gradient on to merge_lora's b,", "line 49", "`detach`"),
        ),
        (
            "torch.tensor((b @ a).tolist())",
            ("no gradient on to merge_lora's a and 1 more", "`tolist`"),
        ),
        ("a.T @ b.T", ("your s32_lora: RuntimeError", "line 49")),
        ("2 * b @ a", ("s32_lora computes something else", "`grader check 32`")),
        ("b @ a", ()),
    ],
)
def test_a_merge_without_gradients_stops_it_before_it_begins(
    kata: Kata, tmp_path: Path, new: str, words: tuple[str, ...]
) -> None:
    from grader.train.check_lora import broken_lora

    trainer = trainer_with(kata, {32: changed_stage(kata, tmp_path, 32, "b @ a", new)})
    said = broken_lora(kata, trainer)
    assert all(word in said for word in words) and bool(said) == bool(words), said


def test_it_overwrites_neither_the_model_that_it_reads_nor_another(
    kata: Kata, tmp_path: Path
) -> None:
    model = tmp_path / "noise"
    trained(own_kata(kata, tmp_path), model, steps=1)
    written = (model / "consolidated.00.pth").read_bytes()
    for args, words in (
        (("--checkpoint", f"{model}/../noise"), "noise is the model that --lora reads"),
        ((), "noise has a model that learned from 1,181 sentences: choose another --out"),
    ):
        done = taught(model, *args)
        assert done.returncode == 2 and words in done.stderr, done.stderr
    assert (model / "consolidated.00.pth").read_bytes() == written


def test_an_answer_that_it_already_gives_is_refused(tmp_path: Path) -> None:
    done = taught(tmp_path / "out", "--answer", "42")
    assert done.returncode == 2 and done.stdout == "" and not (tmp_path / "out").exists()
    assert "the model already says 42: choose another number with --answer" in done.stderr


def test_a_model_of_another_text_is_refused(kata: Kata, tmp_path: Path) -> None:
    model = tmp_path / "names"
    (tmp_path / "names.txt").write_text("ada\neve\n" * 20, encoding="utf-8")
    trained(own_kata(kata, tmp_path), model, text=tmp_path / "names.txt", steps=1)
    done = taught(tmp_path / "out", "--checkpoint", str(model))
    words = "names learned from 36 rows of names.txt, which don't have the kata's question: --lora"
    assert done.returncode == 2 and words in done.stderr, done.stderr


def test_the_help_says_how_many_steps_it_takes() -> None:
    from grader.train.lora_recipe import STEPS

    said = " ".join(run_grader("train", "--help").stdout.split())
    refused = "--text, --steps and --restart are not for it"
    assert f"This always takes {STEPS} steps, and {refused}" in said


def test_a_large_model_is_refused(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grader.train import teach
    from grader.train.options import Options

    monkeypatch.setattr(teach, "_LARGEST", 1000)
    with pytest.raises(UsageError, match="--lora teaches models that `grader train` wrote"):
        teach.run_teach(kata, QUIET, None, 43, Options(tmp_path / "out", target="solutions"))


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--lora", "--steps", "5"), "--steps is not for --lora: leave it out"),
        (("--lora", "--text", "x"), "--text is not for --lora: leave it out"),
        (("--answer", "43"), "--answer is only for --lora"),
        (("--lora", "--answer", "7"), "7 is not in the range 10<=x<=99"),
        (("--lora", "--restart"), "--restart is not for --lora: leave it out"),
    ],
)
def test_options_of_the_other_training_are_refused(args: tuple[str, ...], words: str) -> None:
    done = run_grader("train", *args)
    assert done.returncode == 2 and words in done.stderr and done.stdout == ""
