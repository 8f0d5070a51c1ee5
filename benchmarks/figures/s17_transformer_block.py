"""The numbers of lesson 17."""

import ast
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from math import prod

import torch

from benchmarks.figures import figures
from benchmarks.figures.s14_masked_attention import walk
from grader.llama3_8b import PARAMS
from solutions.s07_checkpoint import expected_shapes
from solutions.s09_rms_norm import rms_norm
from solutions.s10_freqs_cis import precompute_freqs_cis
from solutions.s15_grouped_query_attention import attention
from solutions.s16_feed_forward import feed_forward
from solutions.s17_transformer_block import transformer_block

N_MODELS, N_LAYERS, DIM, FFN_DIM, N_TOKENS = 10, 8, 48, 128, 6
HEADS = 2, 1  # query heads, key/value heads: few, which is fast

Part = Callable[[torch.Tensor], torch.Tensor]
Layer = Callable[[torch.Tensor, Part, Part], torch.Tensor]


def norm(x: torch.Tensor) -> torch.Tensor:
    return rms_norm(x, torch.ones(x.shape[-1]), 1e-5)


def size(x: torch.Tensor) -> float:
    """Return the root mean square of the vectors, averaged over the tokens."""
    return x.pow(2).mean(-1).sqrt().mean().item()


def right(x: torch.Tensor, attend: Part, feed: Part) -> torch.Tensor:
    h = x + attend(norm(x))
    return h + feed(norm(h))


def second_residual_from_normed(x: torch.Tensor, attend: Part, feed: Part) -> torch.Tensor:
    normed = norm(x + attend(norm(x)))
    return normed + feed(normed)


def no_residuals(x: torch.Tensor, attend: Part, feed: Part) -> torch.Tensor:
    return feed(norm(attend(norm(x))))


def feed_forward_without_norm(x: torch.Tensor, attend: Part, feed: Part) -> torch.Tensor:
    h = x + attend(norm(x))
    return h + feed(h)


@contextmanager
def one_thread() -> Iterator[None]:
    """Use one thread: for matrices this small, starting others takes longer than they save."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@cache
def random_runs(layer: Layer) -> list[list[torch.Tensor]]:
    """Return what each random model has before its first layer and after every layer."""
    with one_thread():
        return [random_run(layer, seed) for seed in range(N_MODELS)]


def random_run(layer: Layer, seed: int) -> list[torch.Tensor]:
    random = torch.Generator().manual_seed(seed)

    def weight(n_out: int, n_in: int) -> torch.Tensor:
        return torch.randn(n_out, n_in, generator=random) / n_in**0.5

    n_heads, n_kv_heads = HEADS
    kv_dim = DIM // n_heads * n_kv_heads
    freqs_cis = precompute_freqs_cis(DIM // n_heads, N_TOKENS, PARAMS["rope_theta"])
    stream = [norm(torch.randn(N_TOKENS, DIM, generator=random))]
    for _ in range(N_LAYERS):
        wq, wk, wv, wo = (weight(n, DIM) for n in (DIM, kv_dim, kv_dim, DIM))
        w1, w2, w3 = weight(FFN_DIM, DIM), weight(DIM, FFN_DIM), weight(FFN_DIM, DIM)
        attend = partial(
            attention,
            wq=wq,
            wk=wk,
            wv=wv,
            wo=wo,
            freqs_cis=freqs_cis,
            n_heads=n_heads,
            n_kv_heads=n_kv_heads,
        )
        feed = partial(feed_forward, w1=w1, w2=w2, w3=w3)
        stream.append(layer(stream[-1], attend, feed))
    return stream


def cosine_of_end_and_start(layer: Layer) -> float:
    cosines = [torch.cosine_similarity(run[0], run[-1], -1).mean() for run in random_runs(layer)]
    return torch.stack(cosines).mean().item()


@figures("7")
def statements_of_the_reference() -> Sequence[float]:
    (function,) = ast.parse(inspect.getsource(transformer_block)).body
    assert isinstance(function, ast.FunctionDef)
    return [len(function.body) - 1]  # without the docstring


@figures("218,112,000", "81")
def weights_of_a_layer_of_the_8b() -> Sequence[float]:
    shapes = expected_shapes(PARAMS)
    weights = {name: prod(shape) for name, shape in shapes.items() if name.startswith("layers.0.")}
    feeding = sum(size for name, size in weights.items() if "feed_forward" in name)
    return sum(weights.values()), 100 * feeding / sum(weights.values())


X = torch.tensor([3.0, 4])
ATTENDED, FED = torch.tensor([1.0, -1]), torch.tensor([0.5, 0.5])


@figures("2", "3.536", "3.536", "12.5")
def sizes_by_hand() -> Sequence[float]:
    return len(X), size(X), size(X + ATTENDED), X.pow(2).mean().item()


@figures("4.5", "3.5")
def result_by_hand() -> Sequence[float]:
    return right(X, lambda x: ATTENDED, lambda x: FED).tolist()


@figures("1.1", "10.1", "3")
def growth_of_the_tiny_models_stream() -> Sequence[float]:
    tiny = walk()
    return size(tiny.before(0)), size(tiny.before(tiny.n_layers)), tiny.n_layers - 1


@figures("32")
def layers_of_the_8b() -> Sequence[float]:
    return [PARAMS["n_layers"]]


@figures("8", "48", "1")
def random_models() -> Sequence[float]:
    return N_LAYERS, DIM, size(random_runs(right)[0][0])


@figures("0.34", "0.08", "0.00")
def cosines_of_the_end_and_the_embedding() -> Sequence[float]:
    layers = right, second_residual_from_normed, no_residuals
    return [cosine_of_end_and_start(layer) for layer in layers]


@figures("3.0")
def size_with_both_norms() -> Sequence[float]:
    return [median_sizes(right)[-1]]


@figures("1.5", "2.6", "6.2", "33", "2700", "27", "1.4 · 10¹⁵")
def sizes_without_the_second_norm() -> Sequence[float]:
    *small, hundreds, millions, more, _ = median_sizes(feed_forward_without_norm)[1:]
    return *small, round(hundreds, -2), millions / 1e6, more


def median_sizes(layer: Layer) -> list[float]:
    sizes = torch.tensor([[size(x) for x in run] for run in random_runs(layer)])
    return sizes.median(0).values.tolist()
