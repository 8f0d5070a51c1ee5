"""The numbers of lesson 11."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from timeit import repeat
from types import ModuleType

import torch
from torch import Tensor

from benchmarks.figures import figures, machine_figures, vocabulary_figures
from grader.answer.answer import PROMPT
from grader.calls.stage_modules import StageModules
from grader.editions import find_kata
from grader.llama3_8b import PARAMS
from grader.plot.model_walk import Walk
from grader.stages import STAGES
from solutions.s01_vocabulary import parse_vocabulary
from solutions.s05_tokenizer import build_tokenizer, encode_prompt
from solutions.s10_freqs_cis import precompute_freqs_cis
from solutions.s11_rotate import rotate

N_TOKENS = 17  # of the prompt


def tiny_model(rotate: Callable[[Tensor, Tensor], Tensor] = rotate) -> Walk:
    """Return the tiny model with this way to rotate queries and keys."""
    kata, module = find_kata(), ModuleType("another_rotate")
    module.rotate = rotate  # type: ignore[attr-defined]
    files = {stage.number: kata.solution(stage) for stage in STAGES if stage.has_code}
    return Walk(StageModules(files, loaded={11: module}), kata.tiny_weights / "trained")


def guesses(model: Walk) -> list[str]:
    """Return the most likely next token after every position."""
    positions = range(len(model.tokens))
    return model.pieces([int(model.logits(model.n_layers, m).argmax()) for m in positions])


def rotate_halves(x: Tensor, freqs_cis: Tensor) -> Tensor:
    """Rotate as Hugging Face's code does: entry i with entry i + d/2."""
    turned = torch.complex(*x.float().chunk(2, dim=-1)) * freqs_cis
    return torch.cat((turned.real, turned.imag), dim=-1).to(x.dtype)


@vocabulary_figures("1820", "279", "4", "10")
def the_three_the_of_the_prompt(vocabulary: Path) -> Sequence[float]:
    tokenizer = build_tokenizer(parse_vocabulary(vocabulary.read_bytes()))
    tokens = encode_prompt(tokenizer, PROMPT)
    first, *others = [
        m for m, token in enumerate(tokens) if tokenizer.decode([token]).strip() == "the"
    ]
    (repeated,) = {tokens[position] for position in others}
    return tokens[first], repeated, *others


@figures("-1", "3", "0.4", "2.2")
def rotated_by_hand() -> Sequence[float]:
    x = torch.tensor([[3.0, 1, 2, 1]])
    return rotate(x, torch.tensor([[0 + 1j, 0.6 + 0.8j]])).flatten().tolist()


@figures("0.6", "0.8", "1.2", "1.6", "10", "5")
def on_the_way_by_hand() -> Sequence[float]:
    pair_0, pair_1, rotation = 3 + 1j, 2 + 1j, 0.6 + 0.8j
    products = pair_1.real * rotation.real, pair_1.real * rotation.imag
    return rotation.real, rotation.imag, *products, abs(pair_0) ** 2, abs(pair_1) ** 2


@figures("0.5403", "0.8415", "-0.4161", "0.9093", "-0.9900", "0.1411")
def an_arrow_at_positions_1_to_3() -> Sequence[float]:
    arrow = torch.tensor([[1.0, 0.0]]).repeat(4, 1)
    return rotate(arrow, precompute_freqs_cis(2, 4, 500000.0))[1:].flatten().tolist()


@figures("0.5403", "0.5403", "-0.4161")
def scores_at_distances_1_1_and_2() -> Sequence[float]:
    arrow = torch.tensor([[1.0, 0.0]]).repeat(4, 1)
    turned = rotate(arrow, precompute_freqs_cis(2, 4, 500000.0))
    return [float(turned[m] @ turned[n]) for m, n in ((2, 1), (3, 2), (3, 1))]


@figures("1", "2")
def angles_of_these_scores() -> Sequence[float]:
    _, near, far = scores_at_distances_1_1_and_2.compute()
    return math.acos(near), math.acos(far)


@figures("0", "1", "3", "4")
def pairs_that_turn_fast_and_slowly() -> Sequence[float]:
    """Return the pairs that six positions turn by more than 0.1 radians, up to whole turns, and
    those that they turn by less than 0.01."""
    model = tiny_model()
    pieces = model.pieces(model.tokens)
    first, second = (m for m, piece in enumerate(pieces) if piece == "·the")
    turned = (model.freqs_cis[second] / model.freqs_cis[first]).angle().abs().tolist()
    fast = [pair for pair, angle in enumerate(turned) if angle > 0.1]
    return *fast, *[pair for pair, angle in enumerate(turned) if angle < 0.01]


@figures("67", "42")
def answers_without_rotation_and_with_it() -> Sequence[float]:
    unrotated = tiny_model(lambda x, freqs_cis: x)
    return int(guesses(unrotated)[-1]), int(guesses(tiny_model())[-1])


@figures("14", "15", "17")
def answer_with_halves_and_guesses_that_stay() -> Sequence[float]:
    right, other = guesses(tiny_model()), guesses(tiny_model(rotate_halves))
    same = [one for one, two in zip(right, other, strict=True) if one == two]
    return int(other[-1]), len(same), len(right)


@machine_figures("32", "10")
def time_written_out() -> Sequence[float]:
    """Return the number of heads, and how many times as long cosines and sines take."""
    n_heads, head_dim = PARAMS["n_heads"], PARAMS["dim"] // PARAMS["n_heads"]
    queries = torch.randn(n_heads, N_TOKENS, head_dim)
    freqs_cis = precompute_freqs_cis(head_dim, N_TOKENS, PARAMS["rope_theta"])

    def written_out() -> Tensor:
        first, second = queries[..., 0::2], queries[..., 1::2]
        cos, sin = freqs_cis.real, freqs_cis.imag
        pairs = (first * cos - second * sin, first * sin + second * cos)
        return torch.stack(pairs, dim=-1).flatten(-2)

    def seconds(code: Callable[[], Tensor]) -> float:
        return min(repeat(code, number=10, repeat=5))

    return n_heads, seconds(written_out) / seconds(lambda: rotate(queries, freqs_cis))
