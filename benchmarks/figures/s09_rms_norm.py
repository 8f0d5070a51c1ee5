"""The numbers of lesson 9."""

from collections.abc import Sequence
from statistics import mean
from types import ModuleType

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.figures import figures
from grader.calls.stage_modules import StageModules, reference_modules
from grader.editions import find_kata
from grader.llama3_8b import PARAMS
from grader.plot.model_walk import Walk
from grader.stages import STAGES
from solutions.s09_rms_norm import rms_norm

EPS = PARAMS["norm_eps"]
BY_HAND, WEIGHT = torch.tensor([3.0, 4, 0, 0]), torch.tensor([1, 0.5, 2, 1])
SMALL = BY_HAND / 1000
PICTURED_LAYER = 3


def tiny_model() -> Walk:
    kata = find_kata()
    return Walk(reference_modules(kata.solutions), kata.tiny_weights / "trained")


def tiny_model_without_norms() -> Walk:
    """Return the tiny model with every norm replaced by the product with its weight."""
    kata = find_kata()
    no_norm = ModuleType("no_norm")
    no_norm.rms_norm = lambda x, weight, eps: x * weight  # type: ignore[attr-defined]
    files = {stage.number: kata.solution(stage) for stage in STAGES if stage.has_code}
    return Walk(StageModules(files, loaded={9: no_norm}), kata.tiny_weights / "trained")


def root_mean_squares(x: Tensor) -> Tensor:
    return x.pow(2).mean(-1).sqrt()


def relative_error(result: Tensor, exact: Tensor) -> float:
    return float((result.float() - exact).norm() / exact.norm())


@figures("9")
def growth_in_the_tiny_model() -> Sequence[float]:
    model = tiny_model()
    first, last = (root_mean_squares(model.before(layer)).mean() for layer in (0, model.n_layers))
    return ((last / first).item(),)


@figures("-1", "1", "-1", "1", "-1", "1")
def layer_norms_of_a_vector_scaled_and_shifted() -> Sequence[float]:
    vectors = torch.tensor([[3.0, 5.0], [30.0, 50.0], [13.0, 15.0]])
    return F.layer_norm(vectors, (2,), eps=EPS).flatten().tolist()


@figures("0.728", "1.213", "0.728", "1.213", "0.926", "1.069")
def rms_norms_of_a_vector_scaled_and_shifted() -> Sequence[float]:
    vectors = torch.tensor([[3.0, 5.0], [30.0, 50.0], [13.0, 15.0]])
    return rms_norm(vectors, torch.ones(2), EPS).flatten().tolist()


@figures("65", "32")
def norms_of_the_8b() -> Sequence[float]:
    return 2 * PARAMS["n_layers"] + 1, PARAMS["n_layers"]


@figures("9", "16", "0", "0", "25", "4", "6.25", "2.5")
def sizes_by_hand() -> Sequence[float]:
    squares = BY_HAND.pow(2)
    mean_square = squares.mean().item()
    return *squares.tolist(), squares.sum().item(), len(squares), mean_square, mean_square**0.5


@figures("1.2", "1.6", "0", "0", "1.2", "0.8", "0", "0")
def results_by_hand() -> Sequence[float]:
    plain = rms_norm(BY_HAND, torch.ones(4), 0.0)
    return *plain.tolist(), *rms_norm(BY_HAND, WEIGHT, 0.0).tolist()


@figures("0.00000625", "0.00001625", "0.00403", "0.744", "0.992")
def eps_inside_the_root() -> Sequence[float]:
    mean_square = SMALL.pow(2).mean().item()
    first, second, *_ = rms_norm(SMALL, torch.ones(4), EPS).tolist()
    return mean_square, mean_square + EPS, (mean_square + EPS) ** 0.5, first, second


@figures("0.0025", "0.00001", "1.195", "1.594")
def eps_outside_the_root() -> Sequence[float]:
    root = SMALL.pow(2).mean().sqrt().item()
    first, second, *_ = (SMALL / (root + EPS)).tolist()
    return root, EPS, first, second


@figures("3", "11.03", "2.11", "1", "0.99", "1.20")
def picture() -> Sequence[float]:
    model = tiny_model()
    x, weight = model.before(PICTURED_LAYER), model.weight("attention_norm", PICTURED_LAYER)
    before = root_mean_squares(x)
    divided = root_mean_squares(model.normed(x, torch.ones_like(weight)))
    after = root_mean_squares(model.normed(x, weight))
    sizes = [before.max(), before.min(), divided.max(), after.min(), after.max()]
    return PICTURED_LAYER, *[size.item() for size in sizes]


@figures("1.2 · 10¹²", "42.4", "42")
def without_norms() -> Sequence[float]:
    right, wrong = tiny_model(), tiny_model_without_norms()
    last = right.n_layers
    (answer,) = right.pieces([int(right.logits(last, len(right.tokens) - 1).argmax())])
    return wrong.before(last).abs().max().item(), right.before(last).abs().max().item(), int(answer)


@figures("65504")
def largest_float16() -> Sequence[float]:
    return (torch.finfo(torch.float16).max,)


@figures("0.23", "0.17")
def percent_by_which_bfloat16_results_are_off() -> Sequence[float]:
    """Return the relative error of Meta's rounding, and of the reference's."""
    metas, ours = [], []
    for seed in range(4):
        generator = torch.Generator().manual_seed(seed)
        x = torch.randn(17, PARAMS["dim"], generator=generator).bfloat16()
        weight = (1 + 0.2 * torch.randn(PARAMS["dim"], generator=generator)).bfloat16()
        exact = rms_norm(x.float(), weight.float(), EPS)
        normalized = rms_norm(x.float(), torch.ones(PARAMS["dim"]), EPS)
        metas.append(100 * relative_error(normalized.bfloat16() * weight, exact))
        ours.append(100 * relative_error(rms_norm(x, weight, EPS), exact))
    return mean(metas), mean(ours)
