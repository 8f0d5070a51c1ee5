"""The values on the way to the rotations."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.language import tr


def rope_frequencies(head_dim: int, theta: float) -> Landmarks:
    even = torch.arange(0, head_dim, 2).float()  # [d/2]
    yield Landmark(tr("the even numbers from 0 to d - 2"), even)
    yield Landmark(tr("the exponents 2i/d"), even / head_dim)
    yield Landmark(tr("the powers of theta"), theta ** (even / head_dim))
    yield Landmark(tr("the frequencies"), theta ** -(even / head_dim))


def precompute_freqs_cis(head_dim: int, seq_len: int, theta: float) -> Landmarks:
    landmarks = list(rope_frequencies(head_dim, theta))
    yield from landmarks
    yield Landmark(
        tr("the angles"), torch.outer(torch.arange(seq_len).float(), landmarks[-1].value)
    )
