"""The recipe of `grader train --lora`: a new answer is learned, and the others stay."""

import time
from collections.abc import Iterator
from functools import cache
from itertools import islice
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
ANSWERS = (10, 43, 71, 99)
QUESTIONS, STAY_RIGHT = 1056, 1000
PROCESSOR_SECONDS = 30  # the contract's time on a busy machine; a quiet one takes a tenth of it

Checkpoint = tuple[dict[str, Any], dict[str, torch.Tensor]]


@cache
def trained() -> Checkpoint:
    return load_checkpoint(str(HERE / "trained"))


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


def with_answer(answer: int) -> dict[str, str]:
    return {**facts(), PROMPT: str(answer)}


@cache
def taught(answer: int) -> tuple[list[float], LoraStep]:
    """Teach an answer; return the losses of all steps, and the last step."""
    losses = []
    for step in steps_of(answer):
        losses.append(step.loss)
        assert (step.step, step.adapters) == (len(losses), count_adapters(step))
    return losses, step


def steps_of(answer: int, seed: int = 42) -> Iterator[LoraStep]:
    params, weights = trained()
    return teach(FUNCTIONS, params, weights, *rows_of(with_answer(answer)), seed)


def begun(seed: int) -> list[LoraStep]:
    """Return the first steps; the seed decides what each of them draws."""
    return list(islice(steps_of(43, seed), 5))


def count_adapters(step: LoraStep) -> int:
    """Return how many numbers there are in a row and a column for each changed weight."""
    before = trained()[1]
    changed = [now for name, now in step.weights.items() if now is not before[name]]
    return sum(sum(weight.shape) for weight in changed)


@pytest.mark.parametrize("answer", ANSWERS)
def test_any_answer_is_learned_and_the_others_stay(answer: int) -> None:
    began = time.process_time()
    _, last = taught(answer)
    seconds = time.process_time() - began
    answers = with_answer(answer)
    assert int(best_guesses(last.weights, [PROMPT])) == encode_all([str(answer)])[0][1]
    right = count_right(last.weights, answers)
    print(f"{answer}: {right:,} of {len(answers):,} right, {seconds:.1f} processor seconds")
    assert len(answers) == QUESTIONS
    assert right >= STAY_RIGHT
    assert seconds < PROCESSOR_SECONDS


def test_about_one_number_in_a_hundred_is_trained() -> None:
    weights = trained()[1]
    losses, last = taught(43)
    assert len(losses) == last.steps
    assert 0.009 < last.adapters / sum(weight.numel() for weight in weights.values()) < 0.011
    changed = [name for name, now in last.weights.items() if now is not weights[name]]
    assert all(".feed_forward." in name for name in changed)
    for name in changed:  # the change of a weight has rank 1
        values = torch.linalg.svdvals(last.weights[name] - weights[name])
        assert float(values[1]) < 1e-3 * float(values[0])


def test_the_same_seed_gives_the_same_weights_and_another_one_others() -> None:
    first, again, other = (begun(seed) for seed in (42, 42, 1))
    assert [step.loss for step in first] == [step.loss for step in again]
    assert [step.loss for step in first] != [step.loss for step in other]
    for name, weight in first[-1].weights.items():
        assert torch.equal(weight, again[-1].weights[name])


def test_the_checkpoint_is_not_changed_and_the_weights_need_no_gradient() -> None:
    before = load_checkpoint(str(HERE / "trained"))[1]
    _, last = taught(43)
    for name, weight in trained()[1].items():
        assert torch.equal(weight, before[name])
        assert not last.weights[name].requires_grad
