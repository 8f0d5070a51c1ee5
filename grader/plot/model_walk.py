"""The numbers behind the pictures: a walk through the model, one stage function at a time.

Everything is computed on first use, so a picture runs only the stages that it needs; `used` tells
which those were.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from grader.answer.answer import PROMPT
from grader.answer.open_checkpoint import Opened, open_checkpoint
from grader.calls.stage_modules import StageModules
from grader.stages import stage_of, stage_with


@dataclass(frozen=True)
class Head:
    """What one query head computes in one layer."""

    q: torch.Tensor  # [T, d], before the rotation
    turned_q: torch.Tensor  # [T, d]
    scores: torch.Tensor  # [T, T]
    mask: torch.Tensor  # [T, T], 0 or -inf
    weights: torch.Tensor  # [T, T], each row sums to 1


class Walk:
    """A model's run on one prompt, with functions from the given files."""

    def __init__(self, modules: StageModules, folder: Path, prompt: str = PROMPT) -> None:
        self._modules, self.folder, self.prompt = modules, folder, prompt
        self.used: set[int] = set()
        self._stream: list[torch.Tensor] = []  # token vectors before layer 0, 1, ...

    def on(self, prompt: str) -> "Walk":
        """Return a walk through the same model on another prompt."""
        other = Walk(self._modules, self.folder, prompt)
        other.used = self.used
        return other

    def find(self, name: str) -> Any:
        """Return a stage's function or constant, and record the stages that it needs in `used`."""
        waiting = [stage_with(name).number]
        while waiting:
            number = waiting.pop()
            self.used.add(number)
            waiting.extend(stage_of(number).uses)
        return self._modules.find(name)

    @cached_property
    def _opened(self) -> Opened:
        return open_checkpoint(self.folder, self.find)

    @property
    def params(self) -> dict[str, Any]:
        return self._opened.params

    @property
    def ranks(self) -> dict[bytes, int]:
        return self._opened.ranks

    @property
    def n_layers(self) -> int:
        return int(self.params["n_layers"])

    @property
    def n_heads(self) -> int:
        return int(self.params["n_heads"])

    @property
    def n_kv_heads(self) -> int:
        return int(self.params.get("n_kv_heads") or self.n_heads)

    @property
    def head_dim(self) -> int:
        return int(self.params["dim"]) // self.n_heads

    @property
    def weights(self) -> Mapping[str, torch.Tensor]:
        """All weights, by their full names."""
        return self._opened.weights

    def weight(self, name: str, layer: int | None = None) -> torch.Tensor:
        """Return a weight by its name in Meta's format, without the layer and `.weight`."""
        prefix = "" if layer is None else f"layers.{layer}."
        return self.weights[f"{prefix}{name}.weight"]

    @cached_property
    def tokenizer(self) -> Any:
        return self.find("build_tokenizer")(self.ranks)

    @cached_property
    def tokens(self) -> list[int]:
        return list(self.find("encode_prompt")(self.tokenizer, self.prompt))

    def pieces(self, tokens: list[int]) -> list[str]:
        """Return the text of tokens as pictures show it."""
        return list(map(shown_piece, self.find("token_pieces")(self.tokenizer, tokens)))

    @cached_property
    def freqs_cis(self) -> torch.Tensor:
        """The rotation of every position, `[T, d/2]`."""
        theta = self.params["rope_theta"]
        return self.find("precompute_freqs_cis")(self.head_dim, len(self.tokens), theta)

    def before(self, layer: int) -> torch.Tensor:
        """Return the token vectors before a layer, `[T, D]`; for layer L, those after the last."""
        if not self._stream:
            table = self.weight("tok_embeddings")
            self._stream.append(self.find("embed")(torch.tensor(self.tokens), table))
        while len(self._stream) <= layer:
            block, number = self.find("transformer_block"), len(self._stream) - 1
            rest = (self.weights, number, self.freqs_cis, self.params)
            self._stream.append(block(self._stream[-1], *rest))
        return self._stream[layer]

    def normed(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Normalize token vectors, `[T, D]`."""
        return self.find("rms_norm")(x, weight, self.params["norm_eps"])

    def head(self, layer: int, head: int) -> Head:
        """Compute one head as `attention` does, up to the attention weights."""
        kv_head = self.find("kv_head_index")(head, self.n_heads, self.n_kv_heads)
        q = self._projected("attention.wq", layer, head, self.n_heads)
        k = self._projected("attention.wk", layer, kv_head, self.n_kv_heads)
        rotate = self.find("rotate")
        turned_q, turned_k = rotate(q, self.freqs_cis), rotate(k, self.freqs_cis)
        scores = self.find("attention_scores")(turned_q, turned_k).float()
        mask = self.find("causal_mask")(len(self.tokens))
        # With the identity matrix as values, the result is the attention weights themselves.
        identity = torch.eye(len(self.tokens))
        weights = self.find("masked_attention")(turned_q, turned_k, identity)
        return Head(q, turned_q, scores, mask, weights)

    def _projected(self, name: str, layer: int, head: int, n_heads: int) -> torch.Tensor:
        x = self.normed(self.before(layer), self.weight("attention_norm", layer))
        heads = self.find("split_heads")(self.weight(name, layer), n_heads)  # [n, d, D]
        return self.find("project")(x, heads[head])  # [T, d]

    def after_attention(self, layer: int) -> torch.Tensor:
        """Return the token vectors halfway through a layer, `[T, D]`."""
        x = self.before(layer)
        normed = self.normed(x, self.weight("attention_norm", layer))
        weights = [self.weight(f"attention.{name}", layer) for name in ("wq", "wk", "wv", "wo")]
        rest = (self.freqs_cis, self.n_heads, self.n_kv_heads)
        return x + self.find("attention")(normed, *weights, *rest)

    def logits(self, layer: int, position: int) -> torch.Tensor:
        """Return the logits after a position, `[V]`, as if the model ended before a layer.

        With layer L, these are the model's own logits.
        """
        hidden = self.normed(self.before(layer), self.weight("norm"))  # [T, D]
        seen = hidden[: position + 1]
        return self.find("next_token_logits")(seen, self.weight("output")).float()


def shown_piece(piece: str) -> str:
    """Return a token's text in readable form: spaces as dots, short names of special tokens."""
    if piece.startswith("<|") and piece.endswith("|>"):
        name = piece[2:-2].removesuffix("_of_text").removesuffix("_id")
        return f"<{name.replace('reserved_special_token_', 'spare ')}>"
    visible = piece.replace(" ", "·").replace("\n", "↵")
    return visible if visible.isprintable() else repr(visible)[1:-1]
