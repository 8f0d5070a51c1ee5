"""The numbers of lesson 19."""

import math
from collections.abc import Sequence

import torch

from benchmarks.figures import figures
from benchmarks.figures.trained_tiny_model import (
    checkpoint,
    encoded,
    hidden_after,
    logits_after,
    piece,
)
from grader.answer.answer import PROMPT
from grader.llama3_8b import PARAMS
from solutions.s19_next_token import next_token_logits


@figures("17", "60", "42")
def from_vectors_to_a_word() -> Sequence[float]:
    tokens = encoded(PROMPT)
    answer = piece(int(logits_after(tokens).argmax()))
    return *hidden_after(tokens).shape, int(answer)


@figures("525,336,576")
def numbers_in_the_output_matrix_of_the_8b() -> Sequence[float]:
    return (PARAMS["vocab_size"] * PARAMS["dim"],)


@figures("0", "1", "2", "0.8", "1.56", "-0.2", "0.285", "0.610", "0.105", "1.56", "1")
def three_tokens_by_hand() -> Sequence[float]:
    hidden = torch.tensor([[0.8, 0.6]])
    output = torch.tensor([[1.0, 0.0], [1.2, 1.0], [-1.0, 1.0]])
    logits = next_token_logits(hidden, output)
    ids = range(len(logits))
    best = [logits.max().item(), int(logits.argmax())]
    return [*ids, *logits.tolist(), *torch.softmax(logits, -1).tolist(), *best]


@figures("99.02", "6.58", "721")
def the_answer_and_the_next_best() -> Sequence[float]:
    logits = logits_after(encoded(PROMPT))
    first, second = logits.topk(2).values.tolist()
    share = torch.softmax(logits, -1).max().item()
    return 100 * share, first - second, math.exp(first - second)


@figures("65", "86")
def without_begin_of_text() -> Sequence[float]:
    logits = logits_after(encoded(PROMPT)[1:])
    return int(piece(int(logits.argmax()))), 100 * torch.softmax(logits, -1).max().item()


@figures("6155", "11", "8", "768")
def argmax_over_all_rows() -> Sequence[float]:
    logits = hidden_after(encoded(PROMPT)) @ checkpoint()[1]["output.weight"].T  # [T, V]
    index, vocab_size = int(logits.argmax()), logits.shape[1]
    row, token = divmod(index, vocab_size)
    return index, token, row, vocab_size


@figures("1/17")
def share_of_the_multiplications() -> Sequence[float]:
    return (1 / len(encoded(PROMPT)),)
