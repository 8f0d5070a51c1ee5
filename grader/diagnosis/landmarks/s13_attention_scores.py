"""The values on the way to the scores."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.language import tr


def attention_scores(q: torch.Tensor, k: torch.Tensor) -> Landmarks:
    yield Landmark(tr("the dot products of queries and keys"), q.float() @ k.float().T)  # [T, S]
