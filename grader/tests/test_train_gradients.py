"""Mistakes that inference forgives and training doesn't: the stage and the line are named."""

from pathlib import Path

import pytest
import torch

from grader.calls.looped_vmap import looped, rows_one_by_one
from grader.editions import WholeKata
from grader.kata import Kata
from grader.tests.training import changed_stage, few_rows, trainer_with
from grader.train.check_gradients import broken_gradient
from grader.train.pace import AS_WRITTEN, AT_ONCE, ONE_BY_ONE, Pace, at_pace, choose_pace
from grader.train.recipe import recipe_for
from grader.train.steps import first_run, training

NORM = "return (normalized * weight)"
SOFTMAX = "weights = torch.softmax(scores, dim=-1).to(v.dtype)"
BROKEN = {
    "in place, softmax": (
        14,
        SOFTMAX,
        "weights = torch.exp(scores)\n    total = weights.sum(-1, keepdim=True)\n"
        "    weights /= total",
        ("changes a value in place", "line 45: weights /= total", "line 43: weights = torch.exp("),
    ),
    "in place, gate": (
        16,
        "gate = F.silu(x @ w1.T)",
        "gate = torch.sigmoid(x @ w1.T)\n    gate *= x @ w1.T",
        ("changes a value in place", "line 29: gate *= x @ w1.T", "line 28: gate = torch.sigmoid"),
    ),
    "in place, a residual": (
        17,
        "return x + feed_forward(",
        "return x.add_(0) + feed_forward(",
        ("changes a value in place", "line 56: return x.add_(0) +", "line 55: normed = rms_norm("),
    ),
    "through lists": (
        16,
        "(gate * up)",
        "torch.tensor((gate * up).tolist())",
        ("no gradient on to layers.0.feed_forward.w1.weight and 11 more", "line 30", "`tolist`"),
    ),
    "detached": (
        29,
        "log_probabilities = shifted - log_sum",
        "log_probabilities = shifted - log_sum.detach()",
        ("s29_cross_entropy passes a wrong gradient on to", "line 27", "`detach`"),
    ),
    "numpy": (
        9,
        NORM,
        f"normalized = torch.from_numpy(normalized.numpy())\n    {NORM}",
        (
            "RuntimeError: Can't call numpy()",
            "in s09_rms_norm.py, line 28: normalized = torch.from",
        ),
    ),
    "no_grad": (
        9,
        NORM,
        f"with torch.no_grad():\n        normalized = normalized * 1.0\n    {NORM}",
        (
            "passes no gradient on to tok_embeddings.weight and",
            "line 28: with torch.no_grad():",
            "switched off there (`torch.no_grad`)",
        ),
    ),
    "no_grad, in a helper": (
        9,
        NORM,
        "def scaled(y):\n        return y * 1.0\n    with torch.no_grad():\n"
        f"        normalized = scaled(normalized)\n    {NORM}",
        ("line 30: with torch.no_grad():", "switched off there (`torch.no_grad`)"),
    ),
    "a decorator": (
        16,
        "def feed_forward(",
        "from torch import no_grad\n\n\n@no_grad()\ndef feed_forward(",
        ("s16_feed_forward passes no", "line 13: @no_grad()", "switched off there (`no_grad`)"),
    ),
    "set_grad_enabled": (
        9,
        NORM,
        f"torch.set_grad_enabled(False)  # no_grad\n    {NORM}",
        ("line 28: torch.set_grad_enabled(False)", "switched off there (`torch.set_grad_enabled`)"),
    ),
    "inference_mode": (
        9,
        "mean_square = x32",
        "with torch.inference_mode():\n        x32 = x32 * 1.0\n    mean_square = x32",
        ("line 26: with torch.inference_mode()", "switched off there (`torch.inference_mode`)"),
    ),
    "float": (
        9,
        "mean_square = x32.pow(2).mean(-1, keepdim=True)",
        "mean_square = torch.tensor([[float((row * row).mean())] for row in x32])",
        ("passes a wrong gradient on to", "line 26", "`float`"),
    ),
    "data": (
        8,
        "return tok_embeddings[tokens]",
        "return tok_embeddings.data[tokens]",
        (
            "no gradient on to tok_embeddings.weight, so training can't improve it",
            "line 21",
            "`.data`",
        ),
    ),
}
FINE = {
    "a loop that writes into a new tensor": (
        14,
        SOFTMAX,
        "weights = torch.empty_like(scores)\n    for t, row in enumerate(scores):\n"
        "        weights[t] = torch.softmax(row, dim=-1)",
        AS_WRITTEN,
    ),
    "a maximum without a gradient": (
        14,
        SOFTMAX,
        "weights = torch.softmax(scores - scores.amax().detach(), dim=-1)",
        AS_WRITTEN,
    ),
    "one row after another": (
        31,
        "return torch.vmap(row_loss)(batch).mean()",
        "return torch.stack([row_loss(row) for row in batch]).mean()",
        AT_ONCE,
    ),
    "numbers of tokens": (
        8,
        "return tok_embeddings[tokens]",
        "return torch.stack([tok_embeddings[token.item()] for token in tokens])",
        ONE_BY_ONE,
    ),
    "a condition on values": (
        16,
        "gate = F.silu(x @ w1.T)",
        "gate = x @ w1.T\n    gate = F.silu(gate) if gate.max() < 80 else F.silu(gate)",
        ONE_BY_ONE,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_stage_and_the_line_are_named(kata: Kata, tmp_path: Path, name: str) -> None:
    number, old, new, words = BROKEN[name]
    trainer = trainer_with(kata, {number: changed_stage(kata, tmp_path, number, old, new)})
    rows = few_rows(kata, trainer)
    said = broken_gradient(kata, trainer, rows.tokens, trainer.untrained(1))
    assert all(word in said for word in words), said
    assert "Traceback" not in said and "and run `grader train` again" in said
    assert said.count(".py, line") == len([word for word in words if "line" in word])


def test_the_first_of_two_stages_is_named(kata: Kata, tmp_path: Path) -> None:
    changed = {}
    for name in ("detached", "through lists"):
        number, old, new, _ = BROKEN[name]
        changed[number] = changed_stage(kata, tmp_path, number, old, new)
    trainer = trainer_with(kata, changed)
    rows = few_rows(kata, trainer)
    said = broken_gradient(kata, trainer, rows.tokens, trainer.untrained(1))
    assert "s16_feed_forward" in said and "s29" not in said


@pytest.mark.parametrize("name", FINE)
def test_right_code_trains_at_its_own_pace(kata: Kata, tmp_path: Path, name: str) -> None:
    number, old, new, pace = FINE[name]
    trainer = trainer_with(kata, {number: changed_stage(kata, tmp_path, number, old, new)})
    rows, weights = few_rows(kata, trainer), trainer.untrained(1)
    assert broken_gradient(kata, trainer, rows.tokens, weights) == ""
    chosen = choose_pace(trainer, rows.tokens, weights)
    assert chosen.name == pace and bool(chosen.words) == (pace != AS_WRITTEN)
    assert chosen.is_slow == (pace == ONE_BY_ONE)
    if pace == ONE_BY_ONE:
        assert f"s{number:02d}_" in chosen.words and "line " in chosen.words


def test_every_pace_learns_the_same(kata: Kata) -> None:
    losses = []
    for pace in (AS_WRITTEN, AT_ONCE, ONE_BY_ONE):
        trainer = trainer_with(kata, {})
        rows = few_rows(kata, trainer)
        recipe = recipe_for(1, 2, 8, rows.per_row)
        with at_pace(trainer, Pace(pace)):
            *_, run = training(trainer, first_run(trainer, recipe), rows, recipe)
        losses.append(run.losses)
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
    assert losses[2] == pytest.approx(losses[0], rel=1e-4)


def test_all_of_the_reference_is_fine(kata: Kata, tmp_path: Path) -> None:
    solutions = {stage: kata.solution(one) for one in kata.stages for stage in [one.number]}
    needed = trainer_with(kata, {}).chosen.files
    trainer = trainer_with(kata, {number: solutions[number] for number in needed})
    assert len(trainer.chosen.own) == 22
    rows = few_rows(kata, trainer)
    assert broken_gradient(kata, trainer, rows.tokens, trainer.untrained(1)) == ""
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    ("number", "old", "new"),
    [
        (31, "torch.vmap(row_loss)(batch).mean()", "torch.vmap(row_loss)(batch).sum()"),
        (16, "gate = F.silu(x @ w1.T)", "gate = torch.sigmoid(x @ w1.T).detach()"),
    ],
)
def test_a_wrong_result_is_not_called_a_wrong_gradient(
    kata: Kata, tmp_path: Path, number: int, old: str, new: str
) -> None:
    trainer = trainer_with(kata, {number: changed_stage(kata, tmp_path, number, old, new)})
    rows = few_rows(kata, trainer)
    said = broken_gradient(kata, trainer, rows.tokens, trainer.untrained(1))
    assert "computes something else than the reference" in said, said
    assert f"`grader check {number}`" in said and "gradient" not in said


class WithoutReference(WholeKata):
    """A kata whose solutions aren't there, as in a handout."""

    @property
    def has_reference(self) -> bool:
        return False


@pytest.mark.parametrize(
    "name", ["in place, gate", "through lists", "numpy", "no_grad", "a decorator"]
)
def test_without_a_reference_the_line_is_found_too(kata: Kata, tmp_path: Path, name: str) -> None:
    number, old, new, words = BROKEN[name]
    trainer = trainer_with(kata, {number: changed_stage(kata, tmp_path, number, old, new)})
    rows = few_rows(kata, trainer)
    said = broken_gradient(WithoutReference(kata.root), trainer, rows.tokens, trainer.untrained(1))
    assert all(word in said for word in words), said


def test_a_loop_does_what_vmap_does() -> None:
    one, two = torch.randn(3, 4), torch.randn(4, 3)

    def both(x: torch.Tensor, y: torch.Tensor, z: float) -> tuple[torch.Tensor, torch.Tensor]:
        return x * y + z, x.sum()

    for options in ({"in_dims": (0, 1, None)}, {"in_dims": (0, 1, None), "out_dims": (1, 0)}):
        expected = torch.vmap(both, **options)(one, two, 2.0)
        got = looped(both, **options)(one, two, 2.0)
        assert all(torch.equal(x, y) for x, y in zip(got, expected, strict=True))
    named = looped(lambda x, y: x + y)(one, y=two.T)
    assert torch.equal(named, one + two.T)


def test_vmap_is_itself_again_after_the_loop(kata: Kata) -> None:
    trainer, vmap = trainer_with(kata, {}), torch.vmap
    module = trainer.modules.module(31)
    module.__dict__["by_another_name"] = vmap
    with rows_one_by_one(module):
        assert torch.vmap is torch.func.vmap is module.by_another_name is looped
    assert torch.vmap is module.by_another_name is vmap
