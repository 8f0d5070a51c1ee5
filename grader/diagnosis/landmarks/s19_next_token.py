"""The values on the way to the next token."""

from typing import Any

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.diagnosis.landmarks.s18_transformer import transformer
from grader.language import tr


def next_token_logits(hidden: torch.Tensor, output_weight: torch.Tensor) -> Landmarks:
    yield Landmark(tr("the vector of the last token"), hidden[-1])
    yield Landmark(tr("the logits"), output_weight @ hidden[-1])


def predict_next_token(
    tokens: torch.Tensor, weights: dict[str, torch.Tensor], params: dict[str, Any]
) -> Landmarks:
    *_, hidden = transformer(tokens, weights, params)
    yield Landmark(tr("the result of the model for every token"), hidden.value)
    yield from next_token_logits(hidden.value, weights["output.weight"])
