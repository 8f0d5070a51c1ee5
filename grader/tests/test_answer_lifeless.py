"""Logits that no working model has: where they come from is said in one line."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.answer.lifeless_logits import LayerWatch, what_is_wrong
from grader.answer.open_checkpoint import Opened, open_checkpoint
from grader.calls.stage_modules import StageModules, reference_modules
from grader.kata import Kata
from grader.suite.yours_and_reference import Reference
from grader.tests.clone import Clone, clone_into, run_grader

Weights = dict[str, torch.Tensor]
Change = Callable[[Weights], Any]


@pytest.fixture
def with_weights(kata: Kata, tmp_path: Path) -> Callable[[Change], Path]:
    """Return a function that makes a checkpoint with other weights."""

    def make(change: Change) -> Path:
        folder = Path(shutil.copytree(kata.tiny_weights / "random_gqa", tmp_path / "changed"))
        weights = torch.load(folder / "consolidated.00.pth", weights_only=True)
        change(weights)
        torch.save(weights, folder / "consolidated.00.pth")
        return folder

    return make


def set_to(name: str, value: float) -> Change:
    return lambda weights: weights[name].view(-1)[:100].fill_(value)


def zero_from(first: str) -> Change:
    """Set a weight and all that come after it to zero, like the end of an incomplete file."""

    def change(weights: Weights) -> None:
        names = list(weights)
        for name in names[names.index(first) :]:
            weights[name].zero_()

    return change


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            set_to("layers.1.feed_forward.w2.weight", NAN),
            "The logits are not finite, and layer 2 of 3 is the first place where it shows: the "
            "weight layers.1.feed_forward.w2.weight is not finite, so the file is damaged",
        ),
        (set_to("layers.0.attention_norm.weight", INF), "layer 1 of 3 is the first place"),
        (
            lambda weights: weights["tok_embeddings.weight"].fill_(NAN),
            "the embedding is the first place where it shows: the weight tok_embeddings.weight is",
        ),
        (set_to("norm.weight", INF), "the last norm is the first place where it shows"),
        (set_to("output.weight", NAN), "the output matrix is the first place where it shows"),
        (
            zero_from("layers.2.attention.wq.weight"),
            "All logits are equal, so every token is as likely as any other: "
            "layers.2.attention.wq.weight is the first weight with only zeros, so the file is",
        ),
    ],
)
def test_a_damaged_file(change: Change, words: str, with_weights: Callable[[Change], Path]) -> None:
    folder = with_weights(change)
    done = run_grader("answer", "--target", "solutions", "--checkpoint", str(folder))
    assert done.returncode == 1 and done.stderr == ""
    first, *_, last = done.stdout.strip().splitlines()
    assert first.startswith("17 tokens") and words in last and last.endswith("again.")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    clone = clone_into(tmp_path_factory.mktemp("clone"))
    clone.solve()
    return clone


@pytest.mark.parametrize("traced", [(), ("--trace",)])
@pytest.mark.parametrize(
    ("stage", "old", "new", "words"),
    [
        ("s16_feed_forward", "(gate * up)", "(gate / 0)", "layer 1 of 4"),
        ("s19_next_token", "hidden[-1] @", "0 * hidden[-1] @", "All logits are equal"),
    ],
)
def test_code_that_is_to_blame(
    traced: tuple[str, ...], stage: str, old: str, new: str, words: str, clone: Clone
) -> None:
    path = clone.root / f"exercises/{stage}.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    try:
        done = clone.run("answer", "--strict", *traced)
    finally:
        path.write_text(text, encoding="utf-8")
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    assert words in done.stdout and "`--trace` finds the function" in done.stdout
    assert (f"{stage}, " in done.stdout) == bool(traced)


def test_a_new_run_starts_without_memory(kata: Kata, reference: Reference) -> None:
    modules = StageModules(dict(reference_modules(kata.solutions).files))
    watch = LayerWatch(modules)
    table = torch.full((5, 4), NAN)
    modules.find("embed")(torch.tensor([1]), table)
    assert watch.first == "tok_embeddings."
    watch.start()
    assert watch.first is None


def opened(folder: Path, reference: Reference) -> Opened:
    return open_checkpoint(folder, partial(getattr, reference))


def test_ordinary_logits(kata: Kata, reference: Reference) -> None:
    found = opened(kata.tiny_weights / "random_gqa", reference)
    watch = LayerWatch(StageModules(dict(reference_modules(kata.solutions).files)))
    assert what_is_wrong(None, torch.arange(5.0), found, watch) == ""


def test_the_first_row_is_the_answer_even_in_a_tie(
    with_weights: Callable[[Change], Path],
) -> None:
    """In bfloat16, equal logits are common: here all rows of the output matrix but two are 0."""

    def tie(weights: Weights) -> None:
        row = weights["output.weight"][300].clone()
        weights["output.weight"].zero_()
        for token in (500, 77, 400, 301, 78):
            weights["output.weight"][token] = row
        weights["output.weight"][300] = -row

    folder = with_weights(tie)
    done = run_grader("answer", "--target", "solutions", "--checkpoint", str(folder))
    rows = [line.split(maxsplit=1) for line in done.stdout.splitlines() if "%" in line]
    ids = [int(number) for number, _ in rows]
    assert ids[:5] in ([77, 78, 301, 400, 500], [300, 0, 1, 2, 3])
    said = done.stdout.strip().splitlines()[-1].split(",")[0]
    assert rows[0][1].split()[0].strip("'\"") in said


def test_a_padding_row_that_wins(with_weights: Callable[[Change], Path]) -> None:
    def pad(weights: Weights) -> None:
        for name in ("output.weight", "tok_embeddings.weight"):
            rows = torch.zeros(10, weights[name].shape[1], dtype=weights[name].dtype)
            weights[name] = torch.cat([weights[name], rows])
        weights["output.weight"][:768] = -weights["norm.weight"].sign() * 0.001
        weights["output.weight"][770] = 1000 * weights["output.weight"][0]
        weights["output.weight"][771] = -1000 * weights["output.weight"][0]

    folder = with_weights(pad)
    params = json.loads((folder / "params.json").read_text())
    (folder / "params.json").write_text(json.dumps(params | {"vocab_size": 778}))
    done = run_grader("answer", "--target", "solutions", "--checkpoint", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("(row 77") and "is no token), with 0 of 19" in last
