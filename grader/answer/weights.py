"""The weights that the model is given: each is taken from its file when it is asked for.

A model asks for its weights layer by layer, and that is all that has to be known here to keep one
layer in memory instead of all: when a weight of another layer is asked for, those of the last one
are given back. So whatever a learner's code looks like, as long as it goes through the layers in
order, it runs an 8B in little memory, and code that does not is right all the same.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from grader.answer.mapped_pages import Pages

_LAYER = re.compile(r"layers\.(\d+)\.")

Entered = Callable[[int, int], None]  # told of each layer, and of the bytes asked for before it


class LayeredWeights(dict[str, torch.Tensor]):
    """A dict of weights that holds no more than a layer of them."""

    def __init__(
        self,
        weights: Mapping[str, torch.Tensor],
        mapped: Callable[[str], torch.Tensor],
        files: list[Path],
        device: str,
        entered: Entered,
    ) -> None:
        """Stand before the weights of a checkpoint.

        Args:
            weights: the checkpoint's, on the CPU, under Meta's names.
            mapped: gives a weight as it lies in its file.
            files: which files those are.
            device: where the weights are wanted.
            entered: told when the model comes to another layer.
        """
        super().__init__({name: torch.empty(0) for name in weights})
        self._weights, self._mapped, self._device = weights, mapped, device
        self._pages, self._entered = Pages(files), entered
        self._layer = -1  # before the first one: the embedding
        self._asked: dict[str, int] = {}  # in this layer, by name: how many bytes
        self._by_layer: dict[int, list[str]] = {}
        for name in weights:
            self._by_layer.setdefault(self._layer_of(name), []).append(name)

    def __getitem__(self, name: str) -> torch.Tensor:
        if name not in self._weights:
            raise KeyError(name)
        if self._layer_of(name) != self._layer:
            self._enter(self._layer_of(name))
        weight = self._weights[name]
        self._asked[name] = weight.nbytes
        return weight.to(self._device)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self._weights else default

    def __iter__(self) -> Iterator[str]:
        return iter(self._weights)  # with it, `dict(weights)` and `{**weights}` ask for each one

    def items(self) -> Any:
        return [(name, self[name]) for name in self._weights]

    def values(self) -> Any:
        return [self[name] for name in self._weights]

    def finish(self) -> None:
        """Give back what was asked for last."""
        self._enter(self._layer + 1)

    def _enter(self, layer: int) -> None:
        self._entered(layer, sum(self._asked.values()))
        for name in self._asked:
            self._pages.give_back(self._mapped(name))
        self._asked.clear()
        self._layer = layer
        for name in self._by_layer.get(layer + 1, []):
            if layer >= 0:  # before the layers there is the embedding, of which few rows are used
                self._pages.want(self._mapped(name))

    def _layer_of(self, name: str) -> int:
        """Give the layer of a weight; the embedding is before all layers, the rest after them."""
        if match := _LAYER.match(name):
            return int(match[1])
        return -1 if name == "tok_embeddings.weight" else len(self._weights)
