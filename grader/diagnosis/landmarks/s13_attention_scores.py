"""The values on the way to the scores."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks


def attention_scores(q: torch.Tensor, k: torch.Tensor) -> Landmarks:
    yield Landmark("the dot products of queries and keys", q.float() @ k.float().T)  # [T, S]
