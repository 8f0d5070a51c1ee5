"""Random inputs that a seed repeats."""

import random

import numpy as np
import torch

from grader.seeds import derived_seed


class Rng(random.Random):
    """Python's own random generator, with tensors: every test gets one made from the seed and the
    test's name, so a test draws the same numbers alone as among others.

    Code under test may work back from the numbers it is given to the test's own seed, but not to
    the one that this was derived from. All generators here keep its 128 bits (torch's own has 32).
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
        """Draw a weight matrix `[out, in]` that keeps vectors at the size they have."""
        return self.normal(*shape, scale=shape[-1] ** -0.5)

    def norm_weight(self, dim: int) -> torch.Tensor:
        """Draw the weights of a norm; never near one, where a forgotten weight would not show."""
        return self.uniform(dim, low=0.5, high=1.5)

    def tokens(self, count: int, vocab_size: int) -> torch.Tensor:
        """Draw token ids, int64, no two of them equal (as far as the vocabulary goes)."""
        order = self._draw("order", (vocab_size,))
        return order.repeat(count // vocab_size + 1)[:count]

    def _draw(self, kind: str, shape: tuple[int, ...]) -> torch.Tensor:
        if kind == "order":
            return torch.from_numpy(self._arrays.permutation(*shape))
        draw = self._arrays.standard_normal if kind == "normal" else self._arrays.random
        return torch.from_numpy(draw(shape, dtype=np.float32))
