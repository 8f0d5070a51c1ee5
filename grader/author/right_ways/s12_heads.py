"""Other right ways to write stage 12."""

import torch
import torch.nn.functional as F

from grader.author.right_ways import right_way


@right_way("split_heads")
def reshaped_with_the_width(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    rows, dim = weight.shape
    return weight.reshape(n_heads, rows // n_heads, dim)


@right_way("split_heads")
def stacked_chunks(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    return torch.stack(weight.chunk(n_heads, dim=0))


@right_way("split_heads")
def sliced_in_a_loop(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    width = len(weight) // n_heads
    return torch.stack([weight[h * width : (h + 1) * width] for h in range(n_heads)])


@right_way("split_heads")
def unflattened(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    return weight.unflatten(0, (n_heads, -1))


@right_way("split_heads")
def rows_by_their_numbers(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    return weight[torch.arange(weight.shape[0]).view(n_heads, -1)]


@right_way("project")
def linear(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    return F.linear(x, head_weight)


@right_way("project")
def by_einsum(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    return torch.einsum("tD,dD->td", x, head_weight)


@right_way("project")
def columns_then_turned(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    return (head_weight @ x.T).T


@right_way("project")
def summed_products_in_float32(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    products = x.float().unsqueeze(1) * head_weight.float()  # [T, d, D]
    return products.sum(dim=-1).to(x.dtype)


@right_way("project")
def project_by_numpy(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(x.float().numpy() @ head_weight.float().numpy().T).to(x.dtype)
