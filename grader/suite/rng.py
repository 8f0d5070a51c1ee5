"""Random inputs that a seed reproduces."""

import random

import numpy as np
import torch

from grader.seeds import derived_seed


class Rng(random.Random):
    """Python's random generator, extended to draw tensors. Every test gets one made from the seed
    and the test's name, so a test draws the same numbers alone and among others.

    From the numbers it is given, code under test may infer the test's own seed, but not the seed
    that it was derived from. All generators here use its full 128 bits (torch's own keeps 32).
    """

    def __init__(self, seed: int, name: str) -> None:
        mixed = derived_seed(seed, name)
        super().__init__(mixed)
        self._arrays = np.random.Generator(np.random.Philox(np.random.SeedSequence(mixed)))

    def normal(self, *shape: int, scale: float = 1.0) -> torch.Tensor:
        """Draw float32 numbers around 0 with the standard deviation `scale`."""
        return self._draw("normal", shape) * scale

    def uniform(  # type: ignore[override]  # one number is a shape of no dimensions
        self, *shape: int, low: float = 0.0, high: float = 1.0
    ) -> torch.Tensor:
        """Draw float32 numbers between `low` and `high`."""
        return low + (high - low) * self._draw("uniform", shape)

    def weight(self, *shape: int) -> torch.Tensor:
        """Draw a weight matrix `[out, in]` that about preserves the size of vectors."""
        return self.normal(*shape, scale=shape[-1] ** -0.5)

    def norm_weight(self, dim: int) -> torch.Tensor:
        """Draw the weights of a norm, spread between 0.5 and 1.5 so that a forgotten one shows."""
        return self.uniform(dim, low=0.5, high=1.5)

    def tokens(self, count: int, vocab_size: int) -> torch.Tensor:
        """Draw token ids, int64, all different as long as the vocabulary has enough."""
        order = self._draw("order", (vocab_size,))
        return order.repeat(count // vocab_size + 1)[:count]

    def _draw(self, kind: str, shape: tuple[int, ...]) -> torch.Tensor:
        if kind == "order":
            return torch.from_numpy(self._arrays.permutation(*shape))
        draw = self._arrays.standard_normal if kind == "normal" else self._arrays.random
        return torch.from_numpy(draw(shape, dtype=np.float32))
