"""The numbers of lesson 14."""

import math
from collections.abc import Sequence
from unittest.mock import patch

import torch

from benchmarks.figures import figures
from grader.calls.stage_modules import reference_modules
from grader.editions import find_kata
from grader.plot.model_walk import Walk
from solutions import s14_masked_attention
from solutions.s07_checkpoint import load_checkpoint
from solutions.s14_masked_attention import causal_mask
from solutions.s19_next_token import complete

N_TOKENS = 17  # of the prompt
SCORES = torch.tensor([[0, 5, 1], [0, math.log(3), 9], [0, 0, math.log(2)]])
VALUES = torch.tensor([[4.0, 0], [0, 8], [2, 2]])


def walk() -> Walk:
    kata = find_kata()
    return Walk(reference_modules(kata.solutions), kata.tiny_weights / "trained")


@figures("17", "289", "136", "16")
def hidden_entries() -> Sequence[float]:
    hidden = causal_mask(N_TOKENS).isinf()
    return N_TOKENS, hidden.numel(), hidden.sum().item(), hidden[0].sum().item()


@figures("0", "5", "1", "1.099", "9", "0.693")
def scores_by_hand() -> Sequence[float]:
    row_0, row_1, row_2 = SCORES.tolist()
    return *row_0, *row_1[1:], row_2[2]


@figures("3", "2", "0", "1")
def powers_by_hand() -> Sequence[float]:
    powers = torch.exp(SCORES + causal_mask(3))
    return powers[1, 1].item(), powers[2, 2].item(), powers[0, 1].item(), powers[0, 0].item()


@figures("1", "0.25", "0.75", "0.25", "0.25", "0.5")
def weights_by_hand() -> Sequence[float]:
    weights = torch.softmax(SCORES + causal_mask(3), dim=-1)
    return weights[torch.tril(torch.ones(3, 3)) > 0].tolist()


@figures("4", "0", "1", "6", "2", "3")
def result_by_hand() -> Sequence[float]:
    weights = torch.softmax(SCORES + causal_mask(3), dim=-1)
    return (weights @ VALUES).flatten().tolist()


@figures("4", "0", "8", "2")
def values_by_hand() -> Sequence[float]:
    return *VALUES[0].tolist(), VALUES[1, 1].item(), VALUES[2, 0].item()


@figures("1", "3", "1", "1.2", "5.2")
def hidden_scores_of_zero() -> Sequence[float]:
    row = torch.tril(SCORES)[1]
    return *torch.exp(row).tolist(), *(torch.softmax(row, dim=-1) @ VALUES).tolist()


@figures("1", "3", "8103", "2.0", "2.0", "0.0005")
def without_a_mask() -> Sequence[float]:
    weights = torch.softmax(SCORES[1], dim=-1)
    visible = weights[:2].sum().item()
    return *torch.exp(SCORES[1]).tolist(), *(weights @ VALUES).tolist(), visible


@figures("12.89", "5.81", "99.87", "0.08")
def two_highest_scores_of_a_head() -> Sequence[float]:
    head = walk().head(layer=1, head=0)
    scores, tokens = head.scores[-1].topk(2)
    return *scores.tolist(), *(100 * head.weights[-1, tokens]).tolist()


@figures("42", "79")
def answers_of_the_tiny_model() -> Sequence[float]:
    tiny = walk()
    _, weights = load_checkpoint(str(tiny.folder))

    def answer() -> int:
        return int(complete(tiny.prompt, tiny.tokenizer, weights, tiny.params))

    unmasked = torch.zeros(len(tiny.tokens), len(tiny.tokens))
    with patch.object(s14_masked_attention, "causal_mask", lambda seq_len: unmasked):
        wrong = answer()
    return answer(), wrong


@figures("89")
def lowest_whole_score_that_overflows() -> Sequence[float]:
    return [torch.exp(torch.arange(200.0)).isinf().nonzero()[0].item()]


@figures("1000", "1001", "0.269", "0.731")
def softmax_of_large_scores() -> Sequence[float]:
    scores = torch.tensor([1000.0, 1001])
    return *scores.tolist(), *torch.softmax(scores, dim=-1).tolist()


@figures("20", "0.125", "6")
def differences_rounded_to_bfloat16() -> Sequence[float]:
    difference = 20.0
    step = 2 ** math.floor(math.log2(difference)) * torch.finfo(torch.bfloat16).eps
    return difference, step, 100 * (math.exp(step / 2) - 1)
