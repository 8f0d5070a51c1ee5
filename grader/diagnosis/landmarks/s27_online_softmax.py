"""The values on the way through the blocks of keys."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks


def attention_in_blocks(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, block: int) -> Landmarks:
    last_seen = torch.arange(len(k) - len(q), len(k))[:, None]
    largest = torch.full((len(q), 1), -torch.inf)
    total, result = torch.zeros(len(q), 1), torch.zeros(q.shape)
    for number, start in enumerate(range(0, len(k), block), start=1):
        of = f" of block {number}"
        products = q.float() @ k[start : start + block].float().T  # [T, B]
        yield Landmark(f"the dot products{of}", products)
        scores = products / q.shape[-1] ** 0.5
        yield Landmark(f"the scores{of}", scores)
        hidden = torch.arange(start, start + scores.shape[1]) > last_seen
        scores = scores.masked_fill(hidden, -torch.inf)
        yield Landmark(f"the masked scores{of}", scores)
        new = torch.maximum(largest, scores.amax(1, keepdim=True))
        yield Landmark(f"the maximum after block {number}", new)
        weights = torch.exp(scores - new)
        yield Landmark(f"the weights{of}", weights)
        shrink = torch.exp(largest - new)
        total = total * shrink + weights.sum(1, keepdim=True)
        yield Landmark(f"the sum of the weights after block {number}", total)
        result = result * shrink + weights @ v[start : start + block].float()
        yield Landmark(f"the weighted sum of the values after block {number}", result)
        largest = new
