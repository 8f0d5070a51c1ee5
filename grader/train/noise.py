"""The random weights that a model begins with."""

import math
from collections.abc import Mapping

import torch

Shapes = Mapping[str, tuple[int, ...]]
_EMBEDDING = "tok_embeddings.weight"
_SHIFT = 0.5


def random_weights(shapes: Shapes, seed: int) -> dict[str, torch.Tensor]:
    """Return weights that keep activations near 1, so that no mistake hides in small numbers."""
    generator = torch.Generator().manual_seed(seed)

    def draw(name: str, shape: tuple[int, ...]) -> torch.Tensor:
        # torch.rand gives the same numbers on every processor; torch.randn doesn't.
        uniform = torch.rand(shape, generator=generator)
        if len(shape) == 1:
            return 0.5 + uniform
        variance = 1.0 if name == _EMBEDDING else 1 / shape[1]
        return (2 * uniform - 1) * math.sqrt(3 * variance)

    return {name: draw(name, shape) for name, shape in shapes.items()}


def untrained_weights(shapes: Shapes, seed: int) -> dict[str, torch.Tensor]:
    """Return the weights before the first step: noise, with embeddings whose mean isn't 0.

    A norm that subtracts the mean then gives a different result. The order of `shapes` doesn't
    matter, since everybody's stage 7 may have its own.
    """
    weights = random_weights(dict(sorted(shapes.items())), seed)
    weights[_EMBEDDING] += _SHIFT
    return {name: weights[name] for name in shapes}
