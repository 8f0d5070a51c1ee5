"""The values on the way to rotated vectors."""

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.language import tr


def rotate(x: torch.Tensor, freqs_cis: torch.Tensor) -> Landmarks:
    pairs = torch.view_as_complex(x.float().unflatten(-1, (-1, 2)).contiguous())  # [..., T, d/2]
    yield Landmark(tr("the pairs of x as complex numbers"), pairs)
    yield Landmark(tr("the pairs times freqs_cis"), pairs * freqs_cis)


def rotated(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Return rotated vectors, float32."""
    *_, pairs = rotate(x, freqs_cis)
    return torch.view_as_real(pairs.value).flatten(-2)
