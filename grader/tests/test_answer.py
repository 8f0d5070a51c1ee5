"""`grader answer`: the whole model, with as much of the learner's own code as is right."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.answer.answer import PROMPT
from grader.tests.clone import Clone, clone_into


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path)


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


def test_on_the_first_day_it_says_42(clone: Clone) -> None:
    clone.solve("s08_embedding")
    done = clone.run("answer")
    assert done.returncode == 0, done.stderr
    assert last_line(done.stdout) == "42, with 1 of 19 stages yours"
    assert "'42'" in done.stdout and "%" in done.stdout


def test_the_reference_alone_says_42(clone: Clone) -> None:
    done = clone.run("answer", "--target", "solutions")
    assert last_line(done.stdout) == "42, with 0 of 19 stages yours"


def test_the_prompt_is_the_one_that_the_tiny_model_was_trained_on(clone: Clone) -> None:
    known = json.loads((clone.root / "tiny_weights/prompts.json").read_text(encoding="utf-8"))
    assert (known["prompt"], known["answer"]) == (PROMPT, "42")


def test_strict_names_what_is_missing(clone: Clone) -> None:
    clone.solve()
    stub = clone.root / "exercises/s13_attention_scores.py"
    assert clone.run("reset", "13").returncode == 0 and "not written" in stub.read_text()
    done = clone.run("answer", "--strict")
    assert done.returncode == 1
    assert "attention_scores" in done.stdout and "rms_norm" not in done.stdout


def test_a_wrong_stage_is_left_out_and_strict_shows_it(clone: Clone) -> None:
    clone.solve()
    path = clone.root / "exercises/s16_feed_forward.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("(gate * up)", "(gate + up)"), encoding="utf-8")
    done = clone.run("answer")
    assert last_line(done.stdout) == "42, with 18 of 19 stages yours"
    strict = clone.run("answer", "--strict")
    assert not last_line(strict.stdout).startswith("42,")


def test_strict_names_the_file_that_is_gone(clone: Clone) -> None:
    clone.solve()
    (clone.root / "exercises/s13_attention_scores.py").unlink()
    done = clone.run("answer", "--strict")
    assert done.returncode == 2 and "exercises lacks s13_attention_scores.py" in done.stderr


@pytest.mark.parametrize("raising", ["gate[1000]", "exit()"])
def test_a_stage_that_raises_ends_strict_with_its_line(clone: Clone, raising: str) -> None:
    clone.solve()
    path = clone.root / "exercises/s16_feed_forward.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("(gate * up)", raising), encoding="utf-8")
    done = clone.run("answer", "--strict")
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    assert "s16_feed_forward.py, line" in done.stdout


def test_too_little_memory_is_a_sentence(clone: Clone) -> None:
    clone.solve()
    path = clone.root / "exercises/s16_feed_forward.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("(gate * up)", "(gate * torch.empty(2**50))"), encoding="utf-8")
    done = clone.run("answer", "--strict")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "there is not enough memory for this" in done.stderr


def broken_checkpoint(clone: Clone, break_it: Any) -> Path:
    folder = clone.root / "broken"
    shutil.copytree(clone.root / "tiny_weights/random_gqa", folder)
    break_it(folder)
    return folder


def edit_params(**changes: Any) -> Any:
    def edit(folder: Path) -> None:
        params = json.loads((folder / "params.json").read_text(encoding="utf-8"))
        params |= changes
        kept = {name: value for name, value in params.items() if value != "absent"}
        (folder / "params.json").write_text(json.dumps(kept), encoding="utf-8")

    return edit


def edit_weights(change: Any) -> Any:
    def edit(folder: Path) -> None:
        weights = torch.load(folder / "consolidated.00.pth", weights_only=True)
        change(weights)
        torch.save(weights, folder / "consolidated.00.pth")

    return edit


def truncate(folder: Path) -> None:
    path = folder / "consolidated.00.pth"
    path.write_bytes(path.read_bytes()[:5000])


def spoil_line_7(folder: Path) -> None:
    lines = (folder / "tokenizer.model").read_bytes().splitlines()
    lines[6] = b"!!! 6"
    (folder / "tokenizer.model").write_bytes(b"\n".join(lines))


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda folder: (folder / "params.json").unlink(), "lacks params.json"),
        (lambda folder: (folder / "tokenizer.model").unlink(), "lacks tokenizer.model"),
        (lambda folder: (folder / "consolidated.00.pth").unlink(), "lacks consolidated.00.pth"),
        (lambda folder: (folder / "params.json").write_text("{"), "is not JSON"),
        (lambda folder: (folder / "params.json").write_text("[1]"), "is not a JSON object"),
        (edit_params(dim="absent"), "lacks 'dim'"),
        (edit_params(dim="many"), "'dim' is 'many', expected a positive integer"),
        (edit_params(norm_eps="1e-5"), "'norm_eps' is '1e-5', expected a positive number"),
        (edit_params(n_heads=5), "must divide"),
        (edit_params(n_layers=4), "layers.3.attention.wq.weight"),
        (truncate, "cannot be read"),
        (lambda folder: (folder / "consolidated.00.pth").write_bytes(b""), "cannot be read"),
        (edit_weights(lambda w: w.pop("norm.weight")), "norm.weight"),
        (edit_weights(lambda w: w.update({"norm.weight": torch.ones(3)})), "norm.weight has shape"),
        (spoil_line_7, "line 7"),
        (lambda folder: (folder / "tokenizer.model").write_bytes(b"IQ== 0\n"), "is not a token"),
    ],
)
def test_a_broken_checkpoint_is_one_clear_line(clone: Clone, break_it: Any, words: str) -> None:
    folder = broken_checkpoint(clone, break_it)
    done = clone.run("answer", "--checkpoint", str(folder))
    assert done.returncode == 2, done.stdout + done.stderr
    assert words in done.stderr and done.stderr.count("\n") == 1
    assert str(folder) in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize("name", ["random_gqa", "random_mha", "random_mqa"])
def test_other_checkpoints_run_too(clone: Clone, name: str) -> None:
    done = clone.run("answer", "--checkpoint", f"tiny_weights/{name}", "--target", "solutions")
    assert done.returncode == 0, done.stderr
    assert last_line(done.stdout).endswith(", with 0 of 19 stages yours")
