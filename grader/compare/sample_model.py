"""Inputs of the model's stages: from the tiny trained model, and for one layer of the 8B.

The 8B's weights are random and made where the code runs.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from grader import llama3_8b
from grader.answer.answer import PROMPT
from grader.calls.recipe import Recipe, named, random_weight, shared
from grader.compare.sample_text import EIGHT_B, Text
from grader.language import tr
from grader.suite.rng import Rng
from grader.suite.shared_inputs import tokenizer_with, trained_ranks
from grader.suite.yours_and_reference import Reference

TOKENS = 17  # of the kata's prompt
# What `cut` leaves of the 8B, so that it fits in memory.
QUARTER = {"vocab_size": 128256 // 4}
ONE_LAYER = {"n_layers": 1, "vocab_size": 768}  # as many as the tiny model's tokenizer has


@dataclass(frozen=True)
class Model:
    """A model's parameters, and inputs that fit them."""

    size: str
    params: dict[str, Any]
    full: dict[str, Any]  # the parameters before `cut`
    weights: dict[str, torch.Tensor] | None  # None at the 8B's sizes, where they are recipes
    tiny_weights: Path
    folder: Path  # for files of the 8B's sizes
    reference: Reference
    rng: Rng

    def cut(self, **smaller: int) -> "Model":
        """Return the 8B with some parameters made smaller; the tiny model stays as it is."""
        if self.size != EIGHT_B:
            return self
        return replace(self, params={**self.params, **smaller})

    @cached_property
    def text(self) -> Text:
        """A vocabulary and a text, for the text stages."""
        return Text(self.size, self.tiny_weights, self.reference, self.rng)

    @property
    def dim(self) -> int:
        return int(self.params["dim"])

    @property
    def n_heads(self) -> int:
        return int(self.params["n_heads"])

    @property
    def n_kv_heads(self) -> int:
        return int(self.params["n_kv_heads"])

    @property
    def head_dim(self) -> int:
        return self.dim // self.n_heads

    @property
    def ffn_dim(self) -> int:
        keys = ("dim", "multiple_of", "ffn_dim_multiplier")
        return int(self.reference.ffn_hidden_dim(*(self.params[key] for key in keys)))

    @property
    def width(self) -> str:
        """The model's dimension, in words."""
        return f"D = {self.dim:,}"

    @property
    def layers(self) -> str:
        """The number of layers, in words."""
        count, full = self.params["n_layers"], self.full["n_layers"]
        if count == full:
            return tr("{count} layers", count=count)
        return tr("{count} layer of {full}", count=count, full=full)

    @property
    def vocabulary(self) -> str:
        """The number of rows of the embedding and the output matrix, in words."""
        count, full = self.params["vocab_size"], self.full["vocab_size"]
        if count == full:
            return f"V = {count:,}"
        return tr("V = {count:,} of {full:,}", count=count, full=full)

    def vectors(self, *shape: int) -> torch.Tensor:
        """Return standard normal vectors; by default one per token, `[17, D]`."""
        return self.rng.normal(*(shape or (TOKENS, self.dim)))

    def freqs_cis(self) -> torch.Tensor:
        theta = self.params["rope_theta"]
        return self.reference.precompute_freqs_cis(self.head_dim, TOKENS, theta)

    def tokenizer(self) -> Recipe:
        """Return the tiny model's tokenizer, whose ids every vocabulary here contains."""
        return tokenizer_with(trained_ranks(self.tiny_weights, self.reference), self.reference)

    def tokens(self) -> torch.Tensor:
        """Return the prompt's token ids, int64, `[17]`."""
        return torch.tensor(self.reference.encode_prompt(self.tokenizer(), PROMPT))

    def weight(self, name: str) -> torch.Tensor | Recipe:
        """Return a weight by Meta's name."""
        if self.weights is not None:
            return self.weights[name]
        shape = self.reference.expected_shapes(self.params)[name]
        if len(shape) == 1:
            return self.rng.norm_weight(*shape)
        return random_weight(shape, self.rng.randrange(2**31))

    def weights_under(self, *beginnings: str) -> Recipe:
        """Return a dict of the weights whose names start with one of these, by default all."""
        names = self.reference.expected_shapes(self.params)
        chosen = [name for name in names if not beginnings or name.startswith(beginnings)]
        weights = {name: self.weight(name) for name in chosen}
        return named(weights) if self.weights is None else shared(weights)


def load_model(
    size: str, tiny_weights: Path, folder: Path, reference: Reference, rng: Rng
) -> Model:
    """Return the tiny trained model, or the parameters of the 8B."""
    params, weights = llama3_8b.PARAMS, None
    if size != EIGHT_B:
        params, weights = reference.load_checkpoint(str(tiny_weights / "trained"))
    return Model(size, params, params, weights, tiny_weights, folder, reference, rng)
