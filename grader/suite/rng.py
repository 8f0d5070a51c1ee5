"""Random inputs that a seed repeats."""

import random
import zlib

import torch


class Rng(random.Random):
    """Python's own random generator, with tensors: every test gets one made from the seed and the
    test's name, so a test draws the same numbers alone as among others."""

    def __init__(self, seed: int, name: str) -> None:
        mixed = zlib.crc32(f"{seed}/{name}".encode())
        super().__init__(mixed)
        self._torch = torch.Generator().manual_seed(mixed)

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
            return torch.randperm(*shape, generator=self._torch)
        draw = torch.randn if kind == "normal" else torch.rand
        return draw(shape, generator=self._torch)
