"""The parameters of a model, and its checkpoint; at the 8B's size, a file with one layer."""

import json
from math import prod
from pathlib import Path
from typing import Any

import torch

from grader.compare.inputs import Inputs
from grader.compare.sample_model import ONE_LAYER, Model
from grader.compare.sample_text import EIGHT_B
from grader.compare.sizes import listed
from grader.language import tr


def ffn_hidden_dim(model: Model) -> Inputs:
    keys = ("dim", "multiple_of", "ffn_dim_multiplier")
    return Inputs(tuple(model.params[key] for key in keys), model.width)


def expected_shapes(model: Model) -> Inputs:
    return Inputs((model.params,), listed(model.width, model.layers))


parameter_count = expected_shapes


def load_checkpoint(model: Model) -> Inputs:
    if model.size != EIGHT_B:
        trained = str(model.tiny_weights / "trained")
        return Inputs((trained,), tr("the trained tiny model's folder"))
    model = model.cut(**ONE_LAYER)
    shapes = model.reference.expected_shapes(model.params)
    size = torch.bfloat16.itemsize * sum(map(prod, shapes.values()))
    folder = model.folder / "one_layer"
    return Inputs(
        (str(folder),),
        tr(
            "a file of {size:.0f} MB: {contents}",
            size=size / 1e6,
            contents=listed(model.layers, model.vocabulary, "bfloat16"),
        ),
        too_much=tr("the weights are too large to send between processes"),
        prepare=lambda: _write_checkpoint(folder, model.params, shapes),
        on_disk=size,
    )


def _write_checkpoint(folder: Path, params: dict[str, Any], shapes: dict[str, Any]) -> None:
    folder.mkdir()
    (folder / "params.json").write_text(json.dumps(params), encoding="utf-8")
    # Zeros take no memory until they are written to.
    weights = {name: torch.zeros(shape, dtype=torch.bfloat16) for name, shape in shapes.items()}
    torch.save(weights, folder / "consolidated.00.pth")
