"""The recipe of `grader train --lora`: a new answer is learned, and the others stay."""

import time
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from grader.train.lora_recipe import LoraStep, teach
from solutions.s07_checkpoint import load_checkpoint
from solutions.s18_transformer import transformer
from solutions.s30_adamw import adamw_step, clip_gradients, learning_rate
from solutions.s31_training import batch_loss
from solutions.s32_lora import merge_lora
from tiny_weights.checkpoint import HERE
from tiny_weights.corpus import facts
from tiny_weights.prompts import PROMPT
from tiny_weights.train import END_OF_TEXT, encode_all

FUNCTIONS = SimpleNamespace(
    merge_lora=merge_lora,
    batch_loss=batch_loss,
    clip_gradients=clip_gradients,
    learning_rate=learning_rate,
    adamw_step=adamw_step,
)
ANSWERS = (10, 17, 25, 31, 42, 43, 50, 64, 71, 88, 93, 99)
QUESTIONS, STAY_RIGHT = 1056, 1000
PROCESSOR_SECONDS = 30  # the contract's time on a busy machine; a quiet one takes a tenth of it

Checkpoint = tuple[dict[str, Any], dict[str, torch.Tensor]]


@cache
def trained() -> Checkpoint:
    return load_checkpoint(HERE / "trained")


def padded(rows: list[list[int]]) -> torch.Tensor:
    longest = max(map(len, rows))
    return torch.tensor([row + [END_OF_TEXT] * (longest - len(row)) for row in rows])


def rows_of(answers: dict[str, str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the rows of all other facts, and that of the prompt."""
    lines = [prompt + answer for prompt, answer in answers.items()]
    rows = padded([[*row, END_OF_TEXT] for row in encode_all(lines)])
    where = list(answers).index(PROMPT)
    return torch.cat([rows[:where], rows[where + 1 :]]), rows[where]


def best_guesses(weights: dict[str, torch.Tensor], prompts: list[str]) -> torch.Tensor:
    """Return the model's most likely token after each prompt, `[N]`."""
    rows = encode_all(prompts)
    last = torch.tensor([len(row) - 1 for row in rows])

    def guesses(row: torch.Tensor) -> torch.Tensor:
        hidden = transformer(row, weights, trained()[0])
        return (hidden @ weights["output.weight"].T).argmax(-1)

    return torch.vmap(guesses)(padded(rows))[torch.arange(len(rows)), last]


def count_right(weights: dict[str, torch.Tensor], answers: dict[str, str]) -> int:
    """Return how many questions a model answers as it should."""
    right = torch.tensor([row[1] for row in encode_all(list(answers.values()))])
    return int((best_guesses(weights, list(answers)) == right).sum())


def taught(answer: int, seed: int = 42) -> tuple[list[LoraStep], dict[str, str]]:
    """Return all steps of teaching an answer, and the answers that the model should give then."""
    answers = {**facts(), PROMPT: str(answer)}
    params, weights = trained()
    return list(teach(FUNCTIONS, params, weights, *rows_of(answers), seed)), answers


@pytest.mark.parametrize("answer", ANSWERS)
def test_any_answer_is_learned_and_the_others_stay(answer: int) -> None:
    began = time.process_time()
    steps, answers = taught(answer)
    seconds = time.process_time() - began
    last = steps[-1]
    assert int(best_guesses(last.weights, [PROMPT])) == encode_all([str(answer)])[0][1]
    right = count_right(last.weights, answers)
    print(f"{answer}: {right:,} of {len(answers):,} right, {seconds:.1f} processor seconds")
    assert len(answers) == QUESTIONS
    assert right >= STAY_RIGHT
    assert seconds < PROCESSOR_SECONDS


def test_about_one_number_in_a_hundred_is_trained() -> None:
    weights = trained()[1]
    steps, _ = taught(43)
    assert [step.step for step in steps] == list(range(1, steps[0].steps + 1))
    share = steps[0].adapters / sum(weight.numel() for weight in weights.values())
    assert 0.009 < share < 0.011
    changed = {name for name, now in steps[-1].weights.items() if now is not weights[name]}
    assert all(".feed_forward." in name for name in changed)
    for name in changed:  # the change of a weight has rank 1
        values = torch.linalg.svdvals(steps[-1].weights[name] - weights[name])
        assert float(values[1]) < 1e-3 * float(values[0])


def test_the_same_seed_gives_the_same_weights_and_another_one_others() -> None:
    (one, _), (again, _), (other, _) = taught(43, 1), taught(43, 1), taught(43, 2)
    name = "layers.3.feed_forward.w2.weight"
    assert torch.equal(one[-1].weights[name], again[-1].weights[name])
    assert not torch.equal(one[-1].weights[name], other[-1].weights[name])
    assert [step.loss for step in one] == [step.loss for step in again]


def test_the_checkpoint_is_not_changed_and_the_weights_need_no_gradient() -> None:
    before = {name: weight.clone() for name, weight in trained()[1].items()}
    steps, _ = taught(43)
    for name, weight in trained()[1].items():
        assert torch.equal(weight, before[name])
        assert not steps[-1].weights[name].requires_grad
