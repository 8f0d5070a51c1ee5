"""The numbers of lesson 16."""

from collections.abc import Callable, Sequence
from unittest.mock import patch

import torch
import torch.nn.functional as F

from benchmarks.figures import figures
from benchmarks.figures.s14_masked_attention import walk
from grader.llama3_8b import PARAMS
from solutions import s17_transformer_block
from solutions.s07_checkpoint import ffn_hidden_dim, load_checkpoint, parameter_count
from solutions.s16_feed_forward import feed_forward
from solutions.s18_transformer import transformer
from solutions.s19_next_token import next_token_logits

DIM, N_LAYERS = PARAMS["dim"], PARAMS["n_layers"]
FFN_DIM = ffn_hidden_dim(DIM, PARAMS["multiple_of"], PARAMS["ffn_dim_multiplier"])
OF_A_LAYER = 3 * DIM * FFN_DIM  # weights

Z = torch.tensor([-10.0, -2, -1, 0, 1, 2, 10])
X = torch.tensor([[1.0, 2]])
W1 = torch.tensor([[2.0, 0], [0, -1], [1, 0]])
W2 = torch.tensor([[1.0, 0, 0], [0, 1, 1]])
W3 = torch.tensor([[1.0, 1], [3, 1], [0, 2]])


def gates(layer: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what the gates of a layer of the tiny model are made from, and what would pass."""
    tiny = walk()
    x = tiny.normed(tiny.after_attention(layer), tiny.weight("ffn_norm", layer))
    w1, w3 = (tiny.weight(f"feed_forward.{name}", layer) for name in ("w1", "w3"))
    return x @ w1.T, x @ w3.T


def answer_with(activate: Callable[[torch.Tensor], torch.Tensor]) -> tuple[int, float]:
    """Return what the tiny model says with another function than SiLU, and how certain it is."""
    tiny = walk()
    params, weights = load_checkpoint(str(tiny.folder))

    def other(
        x: torch.Tensor, w1: torch.Tensor, w2: torch.Tensor, w3: torch.Tensor
    ) -> torch.Tensor:
        return (activate(x @ w1.T) * (x @ w3.T)) @ w2.T

    with patch.object(s17_transformer_block, "feed_forward", other):
        hidden = transformer(torch.tensor(tiny.tokens), weights, params)
    shares = torch.softmax(next_token_logits(hidden, weights["output.weight"]).float(), dim=-1)
    token = int(shares.argmax())
    return int(tiny.pieces([token])[0]), 100 * shares[token].item()


@figures("4096", "14336", "3", "176,160,768", "32", "5,637,144,576", "8,030,261,248", "70", "176")
def weights_of_the_8b() -> Sequence[float]:
    in_layers, in_all = N_LAYERS * OF_A_LAYER, parameter_count(PARAMS)
    share = 100 * in_layers / in_all
    matrices = OF_A_LAYER // (DIM * FFN_DIM)
    millions = OF_A_LAYER / 1e6
    return DIM, FFN_DIM, matrices, OF_A_LAYER, N_LAYERS, in_layers, in_all, share, millions


@figures("1", "52")
def gates_made_from_negative_numbers() -> Sequence[float]:
    layer = 1
    z, _ = gates(layer)
    return layer, 100 * (z < 0).float().mean().item()


@figures("0.0000", "0.1192", "0.2689", "0.5", "0.7311", "0.8808", "1.0000")
def sigmoids_by_hand() -> Sequence[float]:
    return torch.sigmoid(Z).tolist()


@figures("-10", "-2", "-1", "0", "1", "2", "10")
def inputs_by_hand() -> Sequence[float]:
    return Z.tolist()


@figures("-0.0005", "-0.2384", "-0.2689", "0", "0.7311", "1.7616", "9.9995")
def silu_by_hand() -> Sequence[float]:
    return F.silu(Z).tolist()


@figures("-0.2785", "-1.2785")
def lowest_point() -> Sequence[float]:
    z = torch.linspace(-2, 0, 200001, dtype=torch.float64)
    lowest = F.silu(z).argmin()
    return F.silu(z)[lowest].item(), z[lowest].item()


@figures("2", "3")
def sizes_by_hand() -> Sequence[float]:
    return W1.shape[1], W1.shape[0]


@figures("2", "-2", "1", "1.7616", "-0.2384", "0.7311")
def gate_by_hand() -> Sequence[float]:
    z = (X @ W1.T)[0]
    return *z.tolist(), *F.silu(z).tolist()


@figures("3", "5", "4", "5.2848", "-1.192", "2.9242")
def what_passes_by_hand() -> Sequence[float]:
    up = (X @ W3.T)[0]
    return *up.tolist(), *(F.silu(X @ W1.T)[0] * up).tolist()


@figures("5.2848", "1.7322")
def result_by_hand() -> Sequence[float]:
    return feed_forward(X, W1, W2, W3)[0].tolist()


@figures("16", "8", "15", "0", "10", "12")
def gates_of_the_picture() -> Sequence[float]:
    """Return how many gates are drawn, which are open, and which let most through negatively."""
    n_drawn = 16
    z, up = (values[-1, :n_drawn] for values in gates(layer=1))
    gate = F.silu(z)
    negative = (gate * up).abs().masked_fill(gate > 0, 0)
    return (
        n_drawn,
        *gate.topk(2).indices.sort().values.tolist(),
        *sorted(negative.topk(3).indices.tolist()),
    )


@figures("62", "42")
def answers_without_silu_and_with_it() -> Sequence[float]:
    return answer_with(lambda z: z)[0], answer_with(F.silu)[0]


@figures("42", "58", "99")
def answers_with_relu_and_with_silu() -> Sequence[float]:
    return *answer_with(F.relu), answer_with(F.silu)[1]


@figures("-12", "0", "-0.00007")
def silu_in_float16() -> Sequence[float]:
    z = next(-z for z in range(20) if torch.exp(torch.tensor(float(z)).half()).isinf())
    half = torch.tensor(float(z)).half()
    return z, (half / (1 + torch.exp(-half))).item(), F.silu(half).item()


@figures("352")
def megabytes_of_a_layer_in_bfloat16() -> Sequence[float]:
    return [OF_A_LAYER * torch.bfloat16.itemsize / 1e6]


@figures("1")
def beta_of_swish_that_is_silu() -> Sequence[float]:
    betas = [0.5, 1.0, 2.0]
    return [beta for beta in betas if torch.equal(Z * torch.sigmoid(beta * Z), F.silu(Z))]
