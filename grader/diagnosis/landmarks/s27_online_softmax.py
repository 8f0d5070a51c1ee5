"""The values on the way through the blocks of keys."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.language import tr


def attention_in_blocks(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, block: int) -> Landmarks:
    """Each sum is a branch, and every block is a branch below each sum."""
    last_seen = torch.arange(len(k) - len(q), len(k))[:, None]
    largest = torch.full((len(q), 1), -torch.inf)
    total, result = torch.zeros(len(q), 1), torch.zeros(q.shape)
    for number, start in enumerate(range(0, len(k), block), start=1):
        weighing, mixing = f"sum/{number}", f"result/{number}"
        products = q.float() @ k[start : start + block].float().T  # [T, B]
        yield Landmark(tr("the dot products of block {number}", number=number), products, weighing)
        scores = products / q.shape[-1] ** 0.5
        yield Landmark(tr("the scores of block {number}", number=number), scores, weighing)
        hidden = torch.arange(start, start + scores.shape[1]) > last_seen
        scores = scores.masked_fill(hidden, -torch.inf)
        yield Landmark(tr("the masked scores of block {number}", number=number), scores, weighing)
        new = torch.maximum(largest, scores.amax(1, keepdim=True))
        yield Landmark(
            tr("the maximum after block {number}", number=number), new, f"{weighing}/maximum"
        )
        weights = torch.exp(scores - new)
        yield Landmark(tr("the weights of block {number}", number=number), weights, weighing)
        shrink = torch.exp(largest - new)
        total = total * shrink + weights.sum(1, keepdim=True)
        yield Landmark(
            tr("the sum of the weights after block {number}", number=number), total, "sum"
        )
        values = v[start : start + block].float()
        yield Landmark(tr("the values of block {number}", number=number), values, mixing)
        yield Landmark(
            tr("the mixed values of block {number}", number=number), weights @ values, mixing
        )
        result = result * shrink + weights @ values
        yield Landmark(
            tr("the weighted sum of the values after block {number}", number=number),
            result,
            "result",
        )
        largest = new
