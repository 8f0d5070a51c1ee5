"""The values on the way to the result of one head."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks


def masked_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> Landmarks:
    yield from of_head(q, k, v)


def of_head(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, whose: str = "", branch: str = ""
) -> Landmarks:
    """Yield what one head computes; `whose` is appended to the words for each value."""
    products = q.float() @ k.float().T  # [T, T]
    yield Landmark(f"the dot products of queries and keys{whose}", products, branch)
    scores = products / q.shape[-1] ** 0.5
    yield Landmark(f"the scores{whose}", scores, branch)
    future = torch.ones_like(scores, dtype=torch.bool).triu(1)
    masked = scores.masked_fill(future, -torch.inf)
    yield Landmark(f"the masked scores{whose}", masked, branch)
    weights = torch.softmax(masked, -1)
    yield Landmark(f"the attention weights{whose}", weights, branch)
    yield Landmark(f"the result{whose}", weights @ v.float(), branch)  # [T, d]
