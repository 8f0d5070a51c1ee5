"""Other right ways to write stage 10."""

import math

import torch

from grader.author.right_ways import right_way
from solutions.s10_freqs_cis import rope_frequencies


@right_way("rope_frequencies")
def as_meta_does(head_dim: int, theta: float) -> torch.Tensor:
    """Keep d/2 exponents, in case head_dim is odd."""
    return 1.0 / (theta ** (torch.arange(0, head_dim, 2)[: (head_dim // 2)].float() / head_dim))


@right_way("rope_frequencies")
def pairs_over_half_the_width(head_dim: int, theta: float) -> torch.Tensor:
    pairs = head_dim // 2
    return torch.pow(torch.tensor(float(theta)), -torch.arange(pairs) / pairs)


@right_way("rope_frequencies")
def by_the_logarithm(head_dim: int, theta: float) -> torch.Tensor:
    exponents = torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim
    return torch.exp(-math.log(theta) * exponents)


@right_way("rope_frequencies")
def by_linspace(head_dim: int, theta: float) -> torch.Tensor:
    """Make one exponent more than there are pairs, and drop the last."""
    return theta ** -torch.linspace(0, 1, head_dim // 2 + 1)[:-1]


@right_way("rope_frequencies")
def one_by_one_in_python(head_dim: int, theta: float) -> torch.Tensor:
    return torch.tensor([theta ** (-2 * i / head_dim) for i in range(head_dim // 2)])


@right_way("rope_frequencies")
def rounded_from_float64(head_dim: int, theta: float) -> torch.Tensor:
    exponents = torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim
    return (1.0 / theta**exponents).float()


@right_way("precompute_freqs_cis")
def cosine_and_sine(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    positions = torch.arange(seq_len, dtype=torch.float32)
    angles = positions[:, None] * rope_frequencies(head_dim, theta)[None, :]
    return torch.complex(angles.cos(), angles.sin())


@right_way("precompute_freqs_cis")
def by_the_exponential(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    positions = torch.arange(seq_len)
    return torch.exp(1j * torch.outer(positions, rope_frequencies(head_dim, theta)))


@right_way("precompute_freqs_cis")
def by_einsum_in_float64(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Compute everything in float64, without the other function."""
    frequencies = theta ** (-torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
    angles = torch.einsum("t,i->ti", torch.arange(seq_len).double(), frequencies)
    return torch.polar(torch.ones_like(angles), angles).to(torch.complex64)


@right_way("precompute_freqs_cis")
def less_than_one_turn(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Subtract full turns first."""
    positions = torch.arange(seq_len).float()
    angles = torch.outer(positions, rope_frequencies(head_dim, theta)) % (2 * math.pi)
    return torch.view_as_complex(torch.stack((angles.cos(), angles.sin()), dim=-1))


@right_way("precompute_freqs_cis")
def one_turn_after_another(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Turn each row by one step to get the next."""
    frequencies = rope_frequencies(head_dim, theta)
    steps = torch.polar(torch.ones_like(frequencies), frequencies).repeat(seq_len, 1)
    steps[0] = 1.0
    return steps.cumprod(0)
