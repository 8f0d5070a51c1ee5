"""Choose how many threads torch uses, so that a busy machine is not made slower.

A matrix product on several threads waits for the slowest of them. On a busy machine that costs much
processor time and gains nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch

_SMALL = 50_000_000  # bytes of weights; with fewer, dividing the work takes longer than doing it
_SAMPLE = 0.1  # seconds to watch the processors


@contextmanager
def polite_threads(weights: int) -> Iterator[None]:
    """Let torch use the processors that are idle now; afterwards, as many threads as before.

    Args:
        weights: the bytes of weights that each token needs.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1 if weights < _SMALL else min(before, _idle_processors()))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _idle_processors() -> int:
    """Return how many processors are idle, and at least 1."""
    idle = 1 - psutil.cpu_percent(interval=_SAMPLE) / 100
    return max(1, round(idle * (psutil.cpu_count() or 1)))
