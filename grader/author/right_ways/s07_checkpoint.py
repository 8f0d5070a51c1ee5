"""Right and different ways of stage 7."""

import json
import math
import os
from pathlib import Path
from typing import Any

import torch

from grader.author.right_ways import right_way
from solutions.s07_checkpoint import expected_shapes, ffn_hidden_dim


@right_way("ffn_hidden_dim")
def as_meta_does(dim: int, multiple_of: int, ffn_dim_multiplier: float | None) -> int:
    hidden_dim = 4 * dim
    hidden_dim = int(2 * hidden_dim / 3)
    if ffn_dim_multiplier is not None:
        hidden_dim = int(ffn_dim_multiplier * hidden_dim)
    return multiple_of * ((hidden_dim + multiple_of - 1) // multiple_of)


@right_way("ffn_hidden_dim")
def rounded_up_by_ceil(dim: int, multiple_of: int, ffn_dim_multiplier: float | None) -> int:
    width = math.floor((ffn_dim_multiplier or 1.0) * (8 * dim // 3))
    return math.ceil(width / multiple_of) * multiple_of


@right_way("ffn_hidden_dim")
def rounded_up_by_remainder(dim: int, multiple_of: int, ffn_dim_multiplier: float | None) -> int:
    stretch = 1 if ffn_dim_multiplier is None else ffn_dim_multiplier
    width = int(stretch * int(4 * dim * 2 / 3))
    return width + -width % multiple_of


@right_way("expected_shapes")
def kind_by_kind(params: dict[str, Any]) -> dict[str, torch.Size]:
    """Go through the kinds of weights, and use torch's own shapes."""
    dim, n_heads = params["dim"], params["n_heads"]
    n_kv_heads = params["n_kv_heads"] if params.get("n_kv_heads") is not None else n_heads
    multiplier = params.get("ffn_dim_multiplier")
    width = ffn_hidden_dim(dim, params["multiple_of"], multiplier)
    kinds = {
        "attention_norm": [dim],
        "attention.wq": [dim, dim],
        "attention.wk": [dim * n_kv_heads // n_heads, dim],
        "attention.wv": [dim * n_kv_heads // n_heads, dim],
        "attention.wo": [dim, dim],
        "ffn_norm": [dim],
        "feed_forward.w1": [width, dim],
        "feed_forward.w3": [width, dim],
        "feed_forward.w2": [dim, width],
    }
    shapes = {
        f"layers.{layer}.{kind}.weight": torch.Size(shape)
        for kind, shape in kinds.items()
        for layer in range(params["n_layers"])
    }
    ends = {"output": [params["vocab_size"], dim], "norm": [dim]}
    ends["tok_embeddings"] = ends["output"]
    return shapes | {f"{end}.weight": torch.Size(shape) for end, shape in ends.items()}


@right_way("parameter_count")
def product_of_each_shape(params: dict[str, Any]) -> int:
    return sum(math.prod(shape) for shape in expected_shapes(params).values())


@right_way("parameter_count")
def by_a_formula(params: dict[str, Any]) -> int:
    dim, n_heads = params["dim"], params["n_heads"]
    kv_dim = dim // n_heads * (params.get("n_kv_heads") or n_heads)
    width = ffn_hidden_dim(dim, params["multiple_of"], params.get("ffn_dim_multiplier"))
    layer = 2 * dim * dim + 2 * kv_dim * dim + 3 * width * dim + 2 * dim
    return 2 * params["vocab_size"] * dim + params["n_layers"] * layer + dim


@right_way("parameter_count")
def tensors_without_memory(params: dict[str, Any]) -> int:
    shapes = expected_shapes(params).values()
    return sum(torch.empty(shape, device="meta").numel() for shape in shapes)


@right_way("load_checkpoint")
def extra_keys_kept(folder: str | Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    with open(os.path.join(folder, "params.json"), "rb") as file:
        params = json.load(file)
    path = os.path.join(folder, "consolidated.00.pth")
    weights = torch.load(path, map_location=torch.device("cpu"), mmap=True, weights_only=True)
    for name, shape in expected_shapes(params).items():
        if weights[name].shape != shape:
            raise ValueError(f"expected {shape} for {name}")
    return params, weights


@right_way("load_checkpoint")
def keys_first_then_shapes(folder: str | Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    files = {path.name: path for path in Path(folder).iterdir()}
    for name in ("params.json", "consolidated.00.pth"):
        if name not in files:
            raise FileNotFoundError(f"{folder} holds no {name}")
    params = json.loads(files["params.json"].read_bytes())
    shapes = expected_shapes(params)
    found = torch.load(
        str(files["consolidated.00.pth"]),
        map_location=lambda storage, location: storage,
        mmap=True,
        weights_only=True,
    )
    missing = sorted(shapes.keys() - found.keys())
    if missing:
        raise KeyError(f"the checkpoint lacks {', '.join(missing)}")
    wrong = [name for name in shapes if list(found[name].shape) != list(shapes[name])]
    if wrong:
        raise ValueError(f"unexpected shapes: {wrong}")
    return params, {name: found[name] for name in shapes}
