"""Other right ways to write stage 11."""

import torch

from grader.author.right_ways import right_way


@right_way("rotate")
def real_and_imaginary_part(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Use every second entry, cosines and sines, and no complex numbers."""
    first, second = x.float()[..., 0::2], x.float()[..., 1::2]
    cos, sin = freqs_cis.real, freqs_cis.imag
    pairs = (first * cos - second * sin, first * sin + second * cos)
    return torch.stack(pairs, dim=-1).flatten(-2).to(x.dtype)


@right_way("rotate")
def as_rotation_matrices(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Make a two-by-two matrix for every position and pair."""
    cos, sin = freqs_cis.real, freqs_cis.imag
    rows = (torch.stack((cos, -sin), dim=-1), torch.stack((sin, cos), dim=-1))
    matrices = torch.stack(rows, dim=-2)  # [T, d/2, 2, 2]
    pairs = x.float().unflatten(-1, (-1, 2))  # [..., T, d/2, 2]
    return torch.einsum("tpij,...tpj->...tpi", matrices, pairs).flatten(-2).to(x.dtype)


@right_way("rotate")
def in_the_dtype_of_the_vectors(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Round cosines and sines first, and stay in half precision."""
    cos = freqs_cis.real.repeat_interleave(2, dim=-1).to(x.dtype)
    sin = freqs_cis.imag.repeat_interleave(2, dim=-1).to(x.dtype)
    quarter_turn = torch.stack((-x[..., 1::2], x[..., 0::2]), dim=-1).flatten(-2)
    return x * cos + quarter_turn * sin


@right_way("rotate")
def by_length_and_angle(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Add the angles and keep the lengths."""
    arrows = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
    turned = torch.polar(arrows.abs(), arrows.angle() + freqs_cis.angle())
    return torch.view_as_real(turned).reshape(x.shape).type_as(x)


@right_way("rotate")
def in_float64(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    wide = torch.complex(x[..., 0::2].double(), x[..., 1::2].double()) * freqs_cis
    return torch.view_as_real(wide).flatten(start_dim=-2).to(x.dtype)


@right_way("rotate")
def written_into_a_new_tensor(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    result = torch.empty_like(x)
    for pair in range(x.shape[-1] // 2):
        first, second = x[..., 2 * pair].float(), x[..., 2 * pair + 1].float()
        cos, sin = freqs_cis[:, pair].real, freqs_cis[:, pair].imag
        result[..., 2 * pair] = first * cos - second * sin
        result[..., 2 * pair + 1] = first * sin + second * cos
    return result


@right_way("rotate")
def by_numpy(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    pairs = x.float().numpy().reshape(*x.shape[:-1], -1, 2)
    turned = torch.from_numpy((pairs[..., 0] + 1j * pairs[..., 1]) * freqs_cis.numpy())
    return torch.view_as_real(turned).flatten(-2).to(x.dtype)
