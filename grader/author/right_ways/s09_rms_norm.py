"""Other right ways to write stage 9."""

import torch
import torch.nn.functional as F

from grader.author.right_ways import right_way


@right_way("rms_norm")
def as_meta_does(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Convert back to the input's dtype, then multiply by the weight."""
    x32 = x.float()
    return (x32 * torch.rsqrt(x32.pow(2).mean(-1, keepdim=True) + eps)).type_as(x) * weight


@right_way("rms_norm")
def divided_by_root(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    x32 = x.float()
    root = torch.sqrt((x32 * x32).mean(dim=-1, keepdim=True) + eps)
    return (weight.float() * (x32 / root)).to(x.dtype)


@right_way("rms_norm")
def torch_functional(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    return F.rms_norm(x.float(), x.shape[-1:], weight.float(), eps).to(x.dtype)


@right_way("rms_norm")
def by_the_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Divide the length of the vector by the root of its width."""
    x32 = x.float()
    length = torch.linalg.vector_norm(x32, dim=-1, keepdim=True)
    return (x32 / torch.sqrt(length**2 / x.shape[-1] + eps) * weight).to(x.dtype)


@right_way("rms_norm")
def by_einsum_in_float64(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    wide = x.double()
    mean_square = torch.einsum("...d,...d->...", wide, wide) / x.shape[-1]
    return (wide * (mean_square + eps).pow(-0.5).unsqueeze(-1) * weight).to(x.dtype)


@right_way("rms_norm")
def by_numpy(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    wide = x.float().numpy()
    root = ((wide**2).mean(axis=-1, keepdims=True) + eps) ** 0.5
    return torch.from_numpy(wide / root * weight.float().numpy()).to(x.dtype)


@right_way("rms_norm")
def vector_by_vector(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Take the mean square of each vector as a Python number."""
    rows = []
    for row in x.float().reshape(-1, x.shape[-1]):
        rows.append(row / (row.dot(row).item() / len(row) + eps) ** 0.5 * weight.float())
    return torch.stack(rows).reshape(x.shape).to(x.dtype)
