"""The numbers of lesson 31."""

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import torch

from benchmarks.figures import figures
from grader.calls.stage_modules import reference_modules
from grader.editions import find_kata
from grader.llama3_8b import PARAMS
from grader.plot.model_walk import Walk
from grader.plot.pictures.s31_training import (
    LEARNING_RATE,
    STEPS,
    TEXTS,
    Weights,
    batch_of,
    losses_of,
    training,
)
from solutions.s07_checkpoint import parameter_count
from solutions.s29_cross_entropy import cross_entropy
from solutions.s30_adamw import adamw_step

RIGHT = torch.tensor([[0.5, 0.25], [0.8, 0.1]])  # probabilities of the right tokens, two rows
LR, BETA1, BETA2 = 0.1, 0.9, 0.95


@cache
def walk() -> Walk:
    kata = find_kata(Path(__file__).parent)
    return Walk(reference_modules(kata.solutions), kata.tiny_weights / "trained")


@cache
def states() -> list[tuple[float, Weights]]:
    """Return the loss and the weights before each step, as the picture shows them."""
    return list(training(walk(), batch_of(walk())))


def at_the_end(*positions: int) -> list[float]:
    """Return the loss at some positions of the first text after the last step."""
    losses = losses_of(walk(), batch_of(walk())[0], states()[-1][1])
    return [losses[position].item() for position in positions]


@figures("144", "27")
def the_batch() -> Sequence[float]:
    """Return the number of predictions, and how many of them are padding."""
    batch = batch_of(walk())
    ends = batch[:, 1:] == len(walk().ranks) + 1
    padding = int(ends.sum()) - len(TEXTS)  # every text ends once
    return batch[:, 1:].numel(), padding


@figures("768", "6.64")
def loss_of_equal_guesses() -> Sequence[float]:
    vocabulary = walk().params["vocab_size"]
    return vocabulary, math.log(vocabulary)


@figures("18")
def answer_of_a_short_sentence() -> Sequence[float]:
    return [int(text.split()[-1]) for text in TEXTS if text.startswith("nine")]


@figures("40", "0.005")
def settings_of_the_picture() -> Sequence[float]:
    return STEPS, LEARNING_RATE


@figures("7.14", "5.14", "2.04", "0.60", "0.12", leeway=0.02)
def losses_of_the_first_steps() -> Sequence[float]:
    return [states()[step][0] for step in (0, 1, 5, 10, 40)]


@figures("1.07", "0.73", leeway=0.03)
def what_stays_uncertain() -> Sequence[float]:
    """Return the loss at "ultimate" and at "question" after the last step."""
    return at_the_end(4, 5)


@figures("2", "6", "1/3", "1.10", "0.69")
def the_least_possible() -> Sequence[float]:
    """Return how many of the texts that begin alike go on with "ultimate", and the best losses."""
    alike = [text for text in TEXTS if text.startswith("the answer to the ")]
    ultimate = [text for text in alike if text.startswith("the answer to the ultimate ")]
    question = [text for text in ultimate if "ultimate question" in text]
    best = math.log(len(alike) / len(ultimate)), math.log(len(ultimate) / len(question))
    return len(ultimate), len(alike), len(ultimate) / len(alike), *best


@figures("0.5", "0.25", "0.8", "0.1")
def probabilities_by_hand() -> Sequence[float]:
    return RIGHT.flatten().tolist()


@figures("0.69", "1.39", "0.22", "2.30", "1.04", "1.26", "1.15")
def losses_by_hand() -> Sequence[float]:
    losses = -RIGHT.log()
    return *losses.flatten().tolist(), *losses.mean(1).tolist(), losses.mean().item()


@figures("2.30")
def summed_by_hand() -> Sequence[float]:
    return [-RIGHT.log().mean(1).sum().item()]


def loss_of_one_weight(weight: torch.Tensor) -> torch.Tensor:
    """Return the loss of a model of one weight: the logits are that weight and 0, and the first of
    the two tokens is right."""
    return cross_entropy(torch.stack([weight, torch.zeros(())])[None], torch.tensor([0]))


@figures("0", "1", "0.5", "0.69", "-0.5", "0.1", "-0.05", "0.0125", "0.1", "0.644")
def one_step_by_hand() -> Sequence[float]:
    """Return the weight, the step, its probability, loss, gradient and learning rate, the averages,
    and the weight and the loss after the step."""
    weight, step = torch.zeros((), requires_grad=True), 1
    loss = loss_of_one_weight(weight)
    (gradient,) = torch.autograd.grad(loss, weight)
    zero = torch.zeros(())
    new, mean, variance = adamw_step(
        weight.detach(), gradient, zero, zero, step, LR, BETA1, BETA2, 1e-8, 0.1
    )
    after = loss_of_one_weight(new)
    numbers = loss.neg().exp(), loss, gradient, torch.tensor(LR), mean, variance, new, after
    return [weight.item(), step, *[number.item() for number in numbers]]


@figures("0.9", "0.95")
def betas_by_hand() -> Sequence[float]:
    return BETA1, BETA2


@figures("128")
def gigabytes_of_training_the_8b() -> Sequence[float]:
    """Return what weights, gradients and two averages take, all in float32."""
    return [4 * 4 * parameter_count(PARAMS) / 1e9]
