"""The values on the way to the result of one head."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.language import Words, mark, tr


def masked_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> Landmarks:
    yield from of_head(q, k, v)


def of_head(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, head: int | None = None
) -> Landmarks:
    """Yield what one head computes; `head` is its number if there are several."""
    branch = "" if head is None else str(head)

    def words(alone: str, of_several: str) -> Words:
        return tr(alone) if head is None else tr(of_several, head=head)

    products = q.float() @ k.float().T  # [T, T]
    named = words(
        mark("the dot products of queries and keys"),
        mark("the dot products of queries and keys of head {head}"),
    )
    yield Landmark(named, products, branch)
    scores = products / q.shape[-1] ** 0.5
    yield Landmark(words(mark("the scores"), mark("the scores of head {head}")), scores, branch)
    future = torch.ones_like(scores, dtype=torch.bool).triu(1)
    masked = scores.masked_fill(future, -torch.inf)
    named = words(mark("the masked scores"), mark("the masked scores of head {head}"))
    yield Landmark(named, masked, branch)
    weights = torch.softmax(masked, -1)
    named = words(mark("the attention weights"), mark("the attention weights of head {head}"))
    yield Landmark(named, weights, branch)
    named = words(mark("the result"), mark("the result of head {head}"))
    yield Landmark(named, weights @ v.float(), branch)  # [T, d]
