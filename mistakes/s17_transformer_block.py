"""The ways that stage 17 goes wrong."""

from typing import Any

import torch

from grader.diagnosis import mistake
from solutions.s09_rms_norm import rms_norm
from solutions.s10_freqs_cis import precompute_freqs_cis
from solutions.s15_grouped_query_attention import attention
from solutions.s16_feed_forward import feed_forward
from solutions.s17_transformer_block import transformer_block

Tensor = torch.Tensor
Weights = dict[str, torch.Tensor]


class Layer:
    """The parts of one layer, made from the arguments that follow `x`."""

    def __init__(
        self, weights: Weights, layer: int, freqs_cis: Tensor, params: dict[str, Any]
    ) -> None:
        self.all_weights, self.number, self.freqs_cis, self.params = (
            weights,
            layer,
            freqs_cis,
            params,
        )

    def weight(self, name: str) -> Tensor:
        return self.all_weights[f"layers.{self.number}.{name}.weight"]

    def norm(self, x: Tensor, name: str) -> Tensor:
        return rms_norm(x, self.weight(name), self.params["norm_eps"])

    def attention(self, x: Tensor, matrices: str = "wq wk wv wo") -> Tensor:
        n_heads = self.params["n_heads"]
        n_kv_heads = self.params.get("n_kv_heads") or n_heads
        wq, wk, wv, wo = (self.weight(f"attention.{name}") for name in matrices.split())
        return attention(x, wq, wk, wv, wo, self.freqs_cis, n_heads, n_kv_heads)

    def feed_forward(self, x: Tensor, matrices: str = "w1 w2 w3") -> Tensor:
        w1, w2, w3 = (self.weight(f"feed_forward.{name}") for name in matrices.split())
        return feed_forward(x, w1, w2, w3)

    def first_half(self, x: Tensor) -> Tensor:
        return x + self.attention(self.norm(x, "attention_norm"))

    def second_half(self, x: Tensor) -> Tensor:
        return x + self.feed_forward(self.norm(x, "ffn_norm"))

    def run_with_first(self, x: Tensor, *parts: str) -> Tensor:
        """Run the layer with the weights of layer 0 for some of its parts."""
        weights = dict(self.all_weights)
        for name in weights:
            layer, _, rest = name.removeprefix("layers.").partition(".")
            if layer == str(self.number) and rest.startswith(parts):
                weights[name] = self.all_weights[f"layers.0.{rest}"]
        return transformer_block(x, weights, self.number, self.freqs_cis, self.params)

    def run_with(self, x: Tensor, **params: Any) -> Tensor:
        """Run the layer with some other parameters."""
        changed = {**self.params, **params}
        return transformer_block(x, self.all_weights, self.number, self.freqs_cis, changed)
