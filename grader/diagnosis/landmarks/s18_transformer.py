"""The values on the way through the model."""

from typing import Any

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.diagnosis.landmarks.s09_rms_norm import normalised
from grader.diagnosis.landmarks.s10_freqs_cis import precompute_freqs_cis
from grader.diagnosis.landmarks.s17_transformer_block import after_layer
from grader.language import tr


def transformer(
    tokens: torch.Tensor, weights: dict[str, torch.Tensor], params: dict[str, Any]
) -> Landmarks:
    x = weights["tok_embeddings.weight"][tokens]  # [T, D]
    yield Landmark(tr("the embedded tokens"), x)
    head_dim = params["dim"] // params["n_heads"]
    *_, angles = precompute_freqs_cis(head_dim, len(tokens), params["rope_theta"])
    freqs_cis = torch.polar(torch.ones_like(angles.value), angles.value)  # [T, d/2]
    yield Landmark("freqs_cis", freqs_cis, "freqs_cis")
    for layer in range(params["n_layers"]):
        x = after_layer(x, weights, layer, freqs_cis, params)
        yield Landmark(tr("the result of layer {layer}", layer=layer), x)
    normed = normalised(x, weights["norm.weight"], params["norm_eps"])
    yield Landmark(tr("the normalized result of the last layer"), normed)
