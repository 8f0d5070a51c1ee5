"""The numbers of lesson 18."""

from collections.abc import Callable, Sequence
from functools import cache

import torch

from benchmarks.figures import figures
from benchmarks.figures.trained_tiny_model import checkpoint, encoded, hidden_after, piece
from grader.answer.answer import PROMPT
from grader.diagnosis.known_mistakes import mistakes_of
from grader.editions import find_kata
from grader.llama3_8b import PARAMS
from grader.stages import stage_of
from solutions.s08_embedding import embed
from solutions.s09_rms_norm import rms_norm
from solutions.s10_freqs_cis import precompute_freqs_cis
from solutions.s17_transformer_block import transformer_block
from tiny_weights.model import shapes

LLAMA_3_2_1B = {"dim": 2048, "n_heads": 32}  # from its params.json
LLAMA_2_THETA = 10000.0

Transformer = Callable[..., torch.Tensor]


@cache
def stream() -> list[torch.Tensor]:
    """Return the tiny model's vectors for the prompt, before layer 0 and after every layer."""
    params, weights = checkpoint()
    tokens = torch.tensor(encoded(PROMPT))
    head_dim = params["dim"] // params["n_heads"]
    freqs_cis = precompute_freqs_cis(head_dim, len(tokens), params["rope_theta"])
    vectors = [embed(tokens, weights["tok_embeddings.weight"])]  # [T, D] each
    for layer in range(params["n_layers"]):
        vectors.append(transformer_block(vectors[-1], weights, layer, freqs_cis, params))
    return vectors


def logits_of(hidden: torch.Tensor) -> torch.Tensor:
    return hidden @ checkpoint()[1]["output.weight"].T  # [T, V]


@cache
def logits_if_stopped_after(layer: int) -> torch.Tensor:
    params, weights = checkpoint()
    return logits_of(rms_norm(stream()[layer + 1], weights["norm.weight"], params["norm_eps"]))


@figures("32", "4")
def layers() -> Sequence[float]:
    return PARAMS["n_layers"], checkpoint()[0]["n_layers"]


@figures("291", "32")
def tensors_of_the_8b() -> Sequence[float]:
    names = shapes(PARAMS)
    numbers = {name.split(".")[1] for name in names if name.startswith("layers.")}
    assert len(names) == 9 * len(numbers) + 3
    return len(names), len(numbers)


@figures("2", "0", "1", "12.5", "3.536")
def one_token_through_two_layers() -> Sequence[float]:
    changes = torch.tensor([[2.0, -1.0], [0.0, 3.0]])
    x = torch.tensor([1.0, 2.0]) + changes.sum(0)  # [D]
    mean_square = x.pow(2).mean().item()
    return len(x), *range(len(changes)), mean_square, mean_square**0.5


@figures("0.849", "0.566")
def normalized_at_the_end() -> Sequence[float]:
    normed = rms_norm(torch.tensor([[3.0, 4.0]]), torch.tensor([1.0, 0.5]), 0.0)
    return normed.flatten().tolist()


@figures("42", "2", "3")
def the_first_layer_after_which_it_says_42() -> Sequence[float]:
    said = [piece(int(logits_if_stopped_after(layer)[-1].argmax())) for layer in range(4)]
    first = said.index("42")
    return int(said[-1]), first, first + 1


@figures("11", "17", "1")
def positions_settled_after_layer_1() -> Sequence[float]:
    layer, last = 1, 3
    settled = logits_if_stopped_after(layer).argmax(-1) == logits_if_stopped_after(last).argmax(-1)
    return int(settled.sum()), len(settled), layer


@figures("16", "1", "42", "62", "2", "42", "99", "3")
def what_it_says_if_it_stops_early() -> Sequence[float]:
    found: list[float] = []
    for layer in (1, 2, 3):
        shares = torch.softmax(logits_if_stopped_after(layer)[-1], -1)  # [V]
        said = int(piece(int(shares.argmax())))
        found += [said, layer] if layer == 1 else [said, 100 * shares.max().item(), layer]
    return found


@cache
def slips() -> dict[str, Transformer]:
    """Return the known mistakes of this stage, by name."""
    known = mistakes_of(find_kata(), stage_of(18))
    return {one.name: one.replaces["transformer"] for one in known}


def effect_of(slip: str, says: str) -> tuple[float, int]:
    """Return how far off the result is in percent, and at how many positions the most likely token
    is still the right one; check what the model says."""
    params, weights = checkpoint()
    tokens = torch.tensor(encoded(PROMPT))
    right, wrong = hidden_after(encoded(PROMPT)), slips()[slip](tokens, dict(weights), dict(params))
    said = logits_of(wrong).argmax(-1)  # [T]
    same = int((said == logits_of(right).argmax(-1)).sum())
    assert piece(int(said[-1])) == says
    return 100 * ((wrong - right).norm() / right.norm()).item(), same


@figures("10000", "500000", "12", "16")
def other_rope_theta() -> Sequence[float]:
    return LLAMA_2_THETA, checkpoint()[0]["rope_theta"], *effect_of("theta_10000", says="42")


@figures("34", "16")
def final_norm_with_another_weight() -> Sequence[float]:
    return effect_of("final_norm_of_last_layer", says="42")


@figures("50", "15")
def last_layer_skipped() -> Sequence[float]:
    return effect_of("last_layer_skipped", says="42")


@figures("0", "98", "8")
def feed_forward_of_layer_0() -> Sequence[float]:
    return 0, *effect_of("feed_forward_of_layer_0", says="<|end_of_text|>")


@figures("124", "3")
def every_layer_reads_the_embedding() -> Sequence[float]:
    return effect_of("not_fed_back", says="22")


@figures("620", "16")
def no_final_norm() -> Sequence[float]:
    return effect_of("no_final_norm", says="42")


@figures("8.5", "79")
def mean_length_of_the_vectors() -> Sequence[float]:
    first, *_, last = (x.norm(dim=-1).mean().item() for x in stream())
    return first, last


@figures("128", "64")
def widths_of_heads() -> Sequence[float]:
    return [params["dim"] / params["n_heads"] for params in (PARAMS, LLAMA_3_2_1B)]
