"""Right and different ways of stage 32."""

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.author.right_ways import right_way


@right_way("lora_linear")
def as_peft_does(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    scaling = alpha / a.shape[0]
    result = F.linear(x, weight)
    return result + F.linear(F.linear(x, a), b) * scaling


@right_way("lora_linear")
def as_loralib_does(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Add to a new result in place, which harms nobody."""
    result = F.linear(x, weight.detach())
    result += (x @ a.transpose(0, 1) @ b.transpose(0, 1)) * (alpha / b.shape[1])
    return result


@right_way("lora_linear")
def merged_first(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Build the merged matrix. It costs memory, but the result is the same."""
    return x @ (weight + (alpha / len(a)) * (b @ a)).T


@right_way("lora_linear")
def small_product_first(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    delta = a.T @ b.T  # [in, out]
    return x @ weight.t() + x @ delta * alpha / b.size(1)


@right_way("lora_linear")
def scaled_in_the_middle(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    rank, _ = a.shape
    return torch.matmul(x, weight.T) + torch.matmul(alpha * torch.matmul(x, a.T) / rank, b.T)


@right_way("lora_linear")
def scaled_vectors(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    return x.mm(weight.mT) + (x * (alpha / a.size(0))).mm(a.mT).mm(b.mT)


@right_way("lora_linear")
def by_einsum(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    frozen = torch.einsum("ti,oi->to", x, weight)
    return frozen + alpha / b.shape[-1] * torch.einsum("ti,ri,or->to", x, a, b)


@right_way("lora_linear")
def by_addmm(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    return torch.addmm(x @ weight.T, x @ a.T, b.T, alpha=alpha / len(a))


@right_way("lora_linear")
def columns_first(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Keep every token in a column."""
    return (weight @ x.T + (alpha / a.shape[0]) * (b @ (a @ x.T))).T


@right_way("lora_linear")
def linear_by_float32(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    wide = x.float()
    small = wide @ a.float().T @ b.float().T
    return (wide @ weight.float().T + small * (alpha / len(a))).to(x.dtype)


@right_way("lora_linear")
def side_by_side(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Make both results in one product with the matrices stacked."""
    frozen, small = (x @ torch.cat([weight, a]).T).split([len(weight), len(a)], dim=-1)
    return frozen + alpha / len(a) * (small @ b.T)


@right_way("lora_linear")
def rank_by_rank(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Add one product of a column and a row for each unit of the rank."""
    result = x @ weight.T
    for row, column in zip(a, b.T, strict=True):
        result = result + alpha / len(a) * torch.outer(x @ row, column)
    return result


@right_way("lora_linear")
def token_by_token(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    scale = alpha / len(a)
    return torch.stack([weight @ one + scale * (b @ (a @ one)) for one in x])


@right_way("lora_linear")
def scale_as_tensor(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    scale = torch.tensor(alpha / len(a), dtype=x.dtype)
    return F.linear(x, weight) + scale * F.linear(F.linear(x, a), b)


@right_way("merge_lora")
def as_peft_merges(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    delta = (b @ a) * (alpha / a.shape[0])
    return weight.clone() + delta


@right_way("merge_lora")
def merged_by_addmm(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    return torch.addmm(weight, b, a, alpha=alpha / b.shape[1])


@right_way("merge_lora")
def merged_by_einsum(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    return weight + torch.einsum("or,ri->oi", b, a) * alpha / len(a)


@right_way("merge_lora")
def transposed_and_back(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    return weight + (alpha / a.size(0)) * (a.T @ b.T).T


@right_way("merge_lora")
def scaled_b(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    return weight.detach() + (b * (alpha / len(a))).matmul(a)


@right_way("merge_lora")
def copied_and_added_in_place(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    merged = weight.detach().clone()
    merged += alpha / len(a) * torch.mm(b, a)
    return merged


@right_way("merge_lora")
def merged_in_wide_numbers(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    wide = weight.float() + alpha / len(a) * (b.float() @ a.float())
    return wide.to(weight.dtype)


@right_way("merge_lora")
def outer_products(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Add one matrix of rank 1 after the other."""
    rank = a.shape[0]
    return weight + sum(torch.outer(b[:, i], a[i]) for i in range(rank)) * (alpha / rank)


@right_way("merge_lora")
def by_broadcasting(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    terms = b[:, :, None] * a[None]  # [out, r, in]
    return weight + alpha / len(a) * terms.sum(dim=1)


@right_way("merge_lora")
def by_linear(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    return torch.add(weight, F.linear(b, a.T), alpha=alpha / len(a))


@right_way("merge_lora")
def mean_over_the_rank(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Divide by r in a mean over r matrices."""
    terms = b.T[:, :, None] * a[:, None, :]  # [r, out, in]
    return weight + alpha * terms.mean(dim=0)
