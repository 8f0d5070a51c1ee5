"""The numbers of lesson 28."""

import math
from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor

from benchmarks.figures import figures
from benchmarks.figures.trained_tiny_model import checkpoint, encoded, piece
from grader.answer.answer import PROMPT
from grader.llama3_8b import PARAMS
from solutions.s07_checkpoint import expected_shapes
from solutions.s18_transformer import transformer
from solutions.s28_int8 import dequantize_rows, int8_linear, quantize_rows

HAND = torch.tensor([[0.333, -2.54, 1.005, 0.008], [0.127, -0.0333, 0.013, 0.0506]])
X = torch.tensor([[1.0, 2, -1, 3]])
Change = Callable[[Tensor], Tensor]


def matrices_of_the_8b() -> list[tuple[int, ...]]:
    return [shape for shape in expected_shapes(PARAMS).values() if len(shape) == 2]


def restored(weight: Tensor) -> Tensor:
    return dequantize_rows(*quantize_rows(weight))


def restored_with_one_scale(weight: Tensor) -> Tensor:
    """Quantize a matrix as if it were a single row."""
    return restored(weight.reshape(1, -1)).reshape(weight.shape)


def restored_from_4_bits(weight: Tensor) -> Tensor:
    scale = weight.abs().amax(1, keepdim=True) / 7
    return torch.round(weight / scale) * scale


@cache
def logits(change: Change) -> Tensor:
    """Return the logits at all positions of the prompt, `[T, V]`, with every matrix changed."""
    params, weights = checkpoint()
    changed = {name: change(one) if one.ndim == 2 else one for name, one in weights.items()}
    hidden = transformer(torch.tensor(encoded(PROMPT)), changed, params)
    return hidden @ changed["output.weight"].T


def unchanged(weight: Tensor) -> Tensor:
    return weight


def same_best_guesses(change: Change) -> int:
    """Return how many positions keep their best guess."""
    return int((logits(change).argmax(-1) == logits(unchanged).argmax(-1)).sum())


def percent_of_42(change: Change) -> float:
    probabilities = logits(change)[-1].softmax(-1)
    assert piece(int(probabilities.argmax())) == "42"
    return 100 * probabilities.max().item()


def percent_off(change: Change) -> float:
    """Return how far the output matrix is off, as a share of its size."""
    weight = checkpoint()[1]["output.weight"]
    return 100 * ((change(weight) - weight).norm() / weight.norm()).item()


@figures("16.06", "8.04", "6.5", "12")
def memory_of_the_8b() -> Sequence[float]:
    """Return gigabytes in bfloat16 and in int8, megabytes of scales, and a card's gigabytes."""
    card = 12
    shapes = expected_shapes(PARAMS).values()
    in_bfloat16 = sum(2 * math.prod(shape) for shape in shapes)
    scales = sum(torch.float32.itemsize * rows for rows, _ in matrices_of_the_8b())
    codes = sum(math.prod(shape) for shape in matrices_of_the_8b())
    norms = sum(2 * math.prod(shape) for shape in shapes if len(shape) == 1)
    in_int8 = codes + scales + norms
    assert in_int8 / 1e9 < card < in_bfloat16 / 1e9
    return in_bfloat16 / 1e9, in_int8 / 1e9, scales / 1e6, card


@figures("0.44")
def gigabytes_of_a_restored_layer() -> Sequence[float]:
    shapes = expected_shapes(PARAMS).items()
    return [
        sum(2 * math.prod(shape) for name, shape in shapes if name.startswith("layers.0.")) / 1e9
    ]


@figures("255", "127", "-127", "-128", "128", "-128", "127.5")
def codes_of_a_byte() -> Sequence[float]:
    info = torch.iinfo(torch.int8)
    beyond = info.max + 1
    wrapped = torch.tensor(beyond).to(torch.int8).item()
    return (
        2 * info.max + 1,
        info.max,
        -info.max,
        info.min,
        beyond,
        wrapped,
        (info.max - info.min) / 2,
    )


@figures("30", "17", "99.02", "99.01")
def the_tiny_model_in_int8() -> Sequence[float]:
    matrices = sum(one.ndim == 2 for one in checkpoint()[1].values())
    same = same_best_guesses(restored)
    assert same == len(logits(unchanged))
    return matrices, same, percent_of_42(unchanged), percent_of_42(restored)


@figures("3", "0.55", "0.94", "1")
def one_scale_for_the_whole_matrix() -> Sequence[float]:
    """Return how rows differ, errors per row and per matrix, and the best guesses that change."""
    largest = checkpoint()[1]["output.weight"].abs().amax(1)
    changed = len(logits(unchanged)) - same_best_guesses(restored_with_one_scale)
    spread = largest.max().item() / largest.min().item()
    return spread, percent_off(restored), percent_off(restored_with_one_scale), changed


@figures("4", "15", "14")
def the_tiny_model_in_4_bits() -> Sequence[float]:
    bits = 4
    return bits, 2**bits - 1, same_best_guesses(restored_from_4_bits)


@figures("2.54", "0.02", "0.127", "0.001")
def scales_by_hand() -> Sequence[float]:
    largest, (_, scale) = HAND.abs().amax(1), quantize_rows(HAND)
    return largest[0].item(), scale[0].item(), largest[1].item(), scale[1].item()


@figures("0.333", "-2.54", "1.005", "0.008", "0.127", "-0.0333", "0.013", "0.0506")
def weights_by_hand() -> Sequence[float]:
    return HAND.flatten().tolist()


@figures("17", "-127", "50", "0", "127", "-33", "13", "51")
def codes_by_hand() -> Sequence[float]:
    return quantize_rows(HAND)[0].flatten().tolist()


@figures("0.34", "-2.54", "1.00", "0.00", "0.127", "-0.033", "0.013", "0.051")
def restored_by_hand() -> Sequence[float]:
    return restored(HAND).flatten().tolist()


@figures("16.65", "0.4")
def steps_by_hand() -> Sequence[float]:
    scale = quantize_rows(HAND)[1][0]
    return (HAND[0, 0] / scale).item(), (HAND[0, 3] / scale).item()


@figures("-5.728", "0.1992", "-5.74", "0.201")
def products_by_hand() -> Sequence[float]:
    exact, rounded = X @ HAND.T, int8_linear(X, *quantize_rows(HAND))
    return *exact[0].tolist(), *rounded[0].tolist()


@figures("17", "254", "50", "0", "-287", "127", "66", "13", "153", "201")
def sums_by_hand() -> Sequence[float]:
    products = (X * quantize_rows(HAND)[0]).tolist()
    return [number for terms in products for number in (*(abs(term) for term in terms), sum(terms))]


@figures("6", "-2", "1", "3", "0.02")
def the_second_row_with_the_first_scale() -> Sequence[float]:
    scale = quantize_rows(HAND)[1][0]
    codes = torch.round(HAND[1] / scale)
    return *codes.tolist(), (codes[2] * scale).item()
