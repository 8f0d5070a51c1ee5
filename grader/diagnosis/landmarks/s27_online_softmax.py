"""The values on the way through the blocks of keys."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks


def attention_in_blocks(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, block: int) -> Landmarks:
    """Each sum is a branch, and every block is a branch below each sum."""
    last_seen = torch.arange(len(k) - len(q), len(k))[:, None]
    largest = torch.full((len(q), 1), -torch.inf)
    total, result = torch.zeros(len(q), 1), torch.zeros(q.shape)
    for number, start in enumerate(range(0, len(k), block), start=1):
        of, after = f" of block {number}", f" after block {number}"
        weighing, mixing = f"sum/{number}", f"result/{number}"
        products = q.float() @ k[start : start + block].float().T  # [T, B]
        yield Landmark(f"the dot products{of}", products, weighing)
        scores = products / q.shape[-1] ** 0.5
        yield Landmark(f"the scores{of}", scores, weighing)
        hidden = torch.arange(start, start + scores.shape[1]) > last_seen
        scores = scores.masked_fill(hidden, -torch.inf)
        yield Landmark(f"the masked scores{of}", scores, weighing)
        new = torch.maximum(largest, scores.amax(1, keepdim=True))
        yield Landmark(f"the maximum{after}", new, f"{weighing}/maximum")
        weights = torch.exp(scores - new)
        yield Landmark(f"the weights{of}", weights, weighing)
        shrink = torch.exp(largest - new)
        total = total * shrink + weights.sum(1, keepdim=True)
        yield Landmark(f"the sum of the weights{after}", total, "sum")
        values = v[start : start + block].float()
        yield Landmark(f"the values{of}", values, mixing)
        yield Landmark(f"the mixed values{of}", weights @ values, mixing)
        result = result * shrink + weights @ values
        yield Landmark(f"the weighted sum of the values{after}", result, "result")
        largest = new
