"""The numbers of lesson 29."""

import math
from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from benchmarks.figures import figures
from benchmarks.figures.trained_tiny_model import checkpoint, encoded, hidden_after, piece
from grader.answer.answer import PROMPT
from grader.llama3_8b import PARAMS
from solutions.s29_cross_entropy import cross_entropy
from tiny_weights.corpus import sentences
from tiny_weights.model import Weights, forward
from tiny_weights.train import IGNORED, initial_weights, training_pairs

HAND = torch.tensor([[1000.0, 1001.0, 998.0], [0.0, 0.0, 0.0]])
TARGETS = torch.tensor([0, 2])
ADJECTIVE, NOUN = 4, 5  # the positions after which they come


@cache
def prompt_and_answer() -> tuple[Tensor, Tensor]:
    """Return the tiny model's logits at all positions of the prompt, and the targets."""
    tokens = encoded(PROMPT + "42")
    logits = hidden_after(tokens[:-1]) @ checkpoint()[1]["output.weight"].T
    return logits, torch.tensor(tokens[1:])


def losses() -> list[float]:
    """Return the loss of each target of the prompt."""
    logits, targets = prompt_and_answer()
    pairs = zip(logits, targets, strict=True)
    return [cross_entropy(row[None], target[None]).item() for row, target in pairs]


@cache
def of_the_training_text() -> tuple[float, int]:
    """Return the trained model's mean loss over all sentences, and how many tokens they have."""
    params, weights = checkpoint()
    inputs, targets = training_pairs()
    counts = targets != IGNORED
    total = 0.0
    for rows in torch.arange(len(inputs)).split(128):
        logits = forward(inputs[rows], weights, params)[counts[rows]]
        total += cross_entropy(logits, targets[rows][counts[rows]]).item() * len(logits)
    return total / int(counts.sum()), int(counts.sum())


def without_gradients(weights: Weights) -> Weights:
    return {name: weight.detach() for name, weight in weights.items()}


@figures("1/2", "1/4", "1/8", "1/8", "0.69", "1.39", "2.08")
def four_tokens() -> Sequence[float]:
    probabilities = [1 / 2, 1 / 4, 1 / 8, 1 / 8]
    return *probabilities, *(-math.log(p) for p in probabilities[:3])


@figures("1", "0", "0.01", "0.0001", "0.99", "0.9999", "4.61", "9.21")
def a_loss_without_a_logarithm() -> Sequence[float]:
    sure, likely, unlikely = 1, 0.01, 0.0001
    logarithms = -math.log(likely), -math.log(unlikely)
    return sure, -math.log(sure), likely, unlikely, 1 - likely, 1 - unlikely, *logarithms


@figures("88")
def largest_logit_for_exp() -> Sequence[float]:
    largest = 88
    ends = torch.tensor([float(largest), float(largest + 1)]).exp().isinf()
    assert ends.tolist() == [False, True]
    return (largest,)


@figures("1000", "1001", "998", "1001", "-1", "0", "-3", "0.368", "1", "0.050", "1.418", "0.349")
def shifted_by_hand() -> Sequence[float]:
    row = HAND[0]
    shifted = row - row.max()
    total = shifted.exp().sum()
    numbers = row.tolist(), [row.max().item()], shifted.tolist(), shifted.exp().tolist()
    return *(one for some in numbers for one in some), total.item(), total.log().item()


@figures("-1.349", "-0.349", "-3.349", "1.349", "3", "1/3", "1.099", "1.224")
def losses_by_hand() -> Sequence[float]:
    logs = HAND[0].log_softmax(-1)
    first, second = (cross_entropy(HAND[i : i + 1], TARGETS[i : i + 1]).item() for i in (0, 1))
    size = HAND.shape[1]
    return *logs.tolist(), first, size, 1 / size, second, cross_entropy(HAND, TARGETS).item()


@figures("0.259", "0.705", "0.035", "-0.741", "0.705", "0.035")
def gradient_by_hand() -> Sequence[float]:
    row = HAND[:1].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(cross_entropy(row, TARGETS[:1]), [row])
    return *HAND[0].softmax(-1).tolist(), *gradient[0].tolist()


@figures("768", "6.64", "128,256", "11.76", "6.81")
def before_training() -> Sequence[float]:
    """Return ln V for two vocabularies, and an untrained model's loss on the prompt."""
    params, (logits, targets) = checkpoint()[0], prompt_and_answer()
    tokens = torch.tensor([encoded(PROMPT)])
    untrained = forward(tokens, without_gradients(initial_weights()), params)[0]
    sizes = logits.shape[1], PARAMS["vocab_size"]
    loss = cross_entropy(untrained, targets).item()
    return sizes[0], math.log(sizes[0]), sizes[1], math.log(sizes[1]), loss


@figures("17", "0.39", "1.48")
def on_the_prompt() -> Sequence[float]:
    loss = cross_entropy(*prompt_and_answer()).item()
    return len(prompt_and_answer()[1]), loss, math.exp(loss)


@figures("4", "24", "1.45", "26", "1.33", "99", "0.01")
def at_single_tokens() -> Sequence[float]:
    """Return the adjectives' number, and percent and loss at two words and the answer."""
    logits, targets = prompt_and_answer()
    places = ADJECTIVE, NOUN, -1
    assert [piece(int(targets[place])) for place in places] == [" ultimate", " question", "42"]
    likely = int((logits[ADJECTIVE].softmax(-1) > 0.1).sum())
    shown = [losses()[place] for place in places]
    pairs = [number for loss in shown for number in (100 * math.exp(-loss), loss)]
    return likely, *pairs


@figures("20,643", "0.41", "1.50", "84,932", "0.14")
def on_the_training_text() -> Sequence[float]:
    """Return tokens, loss, perplexity, bytes, and bits per byte."""
    loss, count = of_the_training_text()
    size = sum(len(one.encode()) for one in sentences())
    return count, loss, math.exp(loss), size, loss * count / math.log(2) / size


@figures("5.65")
def best_loss_with_two_softmaxes() -> Sequence[float]:
    """Return the loss of a model that gives the target a probability of 1."""
    certain = torch.eye(768)[:1]
    return (cross_entropy(certain, torch.tensor([0])).item(),)


@figures("18.42", "1e-8")
def loss_of_an_epsilon() -> Sequence[float]:
    eps = 1e-8
    return -math.log(eps), eps


@figures("3.06", "3.07", "3.0625", "3.0625")
def a_loss_in_bfloat16() -> Sequence[float]:
    """Return two losses, and what they become in bfloat16."""
    losses = torch.tensor([3.06, 3.07])
    return *losses.tolist(), *losses.bfloat16().tolist()


@figures("2", "-100")
def other_conventions() -> Sequence[float]:
    """Return the base of bits, and the target that doesn't count in many programs."""
    base = 2
    assert math.log2(base) == 1
    return base, IGNORED
