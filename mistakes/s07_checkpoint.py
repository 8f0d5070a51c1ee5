"""The ways that stage 7 goes wrong."""

import copy
import json
import math
from pathlib import Path
from typing import Any

import torch

from grader.diagnosis import mistake
from solutions.s07_checkpoint import expected_shapes, ffn_hidden_dim, load_checkpoint

Params = dict[str, Any]
Shapes = dict[str, tuple[int, ...]]
Checkpoint = tuple[Params, dict[str, torch.Tensor]]


def _up(width: int, multiple_of: int) -> int:
    return -(-width // multiple_of) * multiple_of


def _width(dim: int, multiplier: float | None) -> int:
    """Return the width before it is rounded up."""
    return ffn_hidden_dim(dim, 1, multiplier)


def _read(folder: str, **options: Any) -> Checkpoint:
    """Return the contents of both files, unchecked."""
    params = json.loads((Path(folder) / "params.json").read_text(encoding="utf-8"))
    options = {"map_location": "cpu", "weights_only": True, "mmap": True, **options}
    return params, torch.load(Path(folder) / "consolidated.00.pth", **options)


def _checked(loaded: dict[str, torch.Tensor], shapes: Shapes) -> dict[str, torch.Tensor]:
    for name, shape in shapes.items():
        found = tuple(loaded[name].shape)
        if found != shape:
            raise ValueError(f"{name} has shape {found}, expected {shape}")
    return {name: loaded[name] for name in shapes}


@mistake("ffn_hidden_dim", "the two thirds are missing")
def no_two_thirds(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You use four times `dim`, which suits a feed-forward network with two matrices. Llama's has
    three, so it needs only two thirds of that width for the same number of parameters."""
    return _up(int((multiplier or 1) * 4 * dim), multiple_of)


@mistake("ffn_hidden_dim", "the multiplier is applied to dim")
def multiplier_of_dim(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You multiply `dim` itself, which gives 6144 for the 8B instead of 14336. Multiply the width
    instead, which is two thirds of `4 * dim` at that point."""
    width = _width(dim, None) if multiplier is None else int(multiplier * dim)
    return _up(width, multiple_of)


@mistake("ffn_hidden_dim", "the multiplier is not used")
def no_multiplier(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You get the same width with and without a multiplier. If there is a multiplier, apply it to
    the width before you round up."""
    return ffn_hidden_dim(dim, multiple_of, None)


@mistake("ffn_hidden_dim", "a multiplier of None is used as a number")
def multiplier_never_none(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """Your code does arithmetic with the multiplier even if it is None. Llama 2 7B has no
    multiplier in its `params.json`, so your function receives None and should leave the width as it
    is."""
    return _up(int(multiplier * _width(dim, None)), multiple_of)  # type: ignore[operator]


@mistake("ffn_hidden_dim", "the fraction is dropped once, not twice")
def one_int(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You drop the fraction only once, at the end. Meta also drops it after taking two thirds,
    before applying the multiplier. So the width that you round up is sometimes one or two too
    large."""
    return _up(int((multiplier or 1) * 8 * dim / 3), multiple_of)


@mistake("ffn_hidden_dim", "the multiplier is applied after rounding up")
def multiplier_last(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You round up first and then apply the multiplier, so the result usually isn't a multiple of
    `multiple_of` anymore. Round up last."""
    return int((multiplier or 1) * ffn_hidden_dim(dim, multiple_of, None))


@mistake("ffn_hidden_dim", "the width is not rounded up")
def no_rounding(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You don't round the width up to a multiple of `multiple_of`. GPUs multiply matrices in
    blocks, and a width that fills whole blocks wastes nothing."""
    return _width(dim, multiplier)


@mistake("ffn_hidden_dim", "the width is rounded down")
def rounded_down(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You round the width down to a multiple, as integer division does. Round it up instead, unless
    it already is a multiple."""
    return _width(dim, multiplier) // multiple_of * multiple_of


@mistake("ffn_hidden_dim", "the width is rounded to the nearest multiple")
def rounded_to_nearest(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You round to the nearest multiple, so about half of all widths get smaller. For the 8B, the
    nearest multiple happens to be the one above, but with other sizes you can see the difference.
    Always round up."""
    return round(_width(dim, multiplier) / multiple_of) * multiple_of


@mistake("ffn_hidden_dim", "a width that is already a multiple is increased")
def always_one_more(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You round up even if the width is already a multiple. Such a width should stay as it is: try
    it with `multiple_of = 1`."""
    return (_width(dim, multiplier) // multiple_of + 1) * multiple_of


@mistake("expected_shapes", "the output matrix is missing")
def no_output(params: Params) -> Shapes:
    """Your shapes don't include `output.weight`. Some models use the embedding matrix for the
    output as well, but Llama 3 8B has a separate matrix of the same shape."""
    return {name: shape for name, shape in expected_shapes(params).items() if name[0] != "o"}


@mistake("expected_shapes", "keys and values have as many heads as queries")
def kv_like_q(params: Params) -> Shapes:
    """You give `wk` and `wv` the same shape as `wq`. There are only `n_kv_heads` key/value heads.
    Each has as many rows as a query head: D divided by `n_heads`, not by `n_kv_heads`."""
    return expected_shapes({**params, "n_kv_heads": None})


@mistake("expected_shapes", "an absent n_kv_heads raises an error")
def n_kv_heads_always_there(params: Params) -> Shapes:
    """Your code fails if `n_kv_heads` is absent, and not every `params.json` has it. If it is
    absent, every query head has its own key/value head, as in the first Llamas."""
    return expected_shapes({**params, "n_kv_heads": params["n_kv_heads"]})


@mistake("expected_shapes", "a null n_kv_heads isn't treated like an absent one")
def null_kv_heads(params: Params) -> Shapes:
    """Your code accepts an absent `n_kv_heads` but not one that is null. `dict.get` uses its
    default only if the key is absent, so for a null value you get None."""
    kv_heads = params.get("n_kv_heads", params["n_heads"])
    return expected_shapes({**params, "n_kv_heads": kv_heads * 1})  # type: ignore[operator]


@mistake("expected_shapes", "matrices are (in, out), not (out, in)")
def in_before_out(params: Params) -> Shapes:
    """You give each layer's matrices the shape `(in, out)`. PyTorch stores a linear layer's weight
    as `(out, in)`, with one row per output. For example, `wk` makes vectors shorter, so it has
    fewer rows than columns."""
    shapes = expected_shapes(params)
    return {name: s[::-1] if name.startswith("layers.") else s for name, s in shapes.items()}


@mistake("expected_shapes", "w2 has the shape of w1")
def w2_like_w1(params: Params) -> Shapes:
    """You give all three feed-forward matrices the same shape. `w1` and `w3` turn D entries into F,
    but `w2` turns F back into D."""
    shapes = expected_shapes(params)
    return {name: s[::-1] if name.endswith("w2.weight") else s for name, s in shapes.items()}


@mistake("expected_shapes", "the names lack .weight")
def no_weight_suffix(params: Params) -> Shapes:
    """Your names don't end in `.weight`. Every name in the file does. If Llama had biases, the
    ending would distinguish a matrix from its bias."""
    return {name[: -len(".weight")]: shape for name, shape in expected_shapes(params).items()}


@mistake("expected_shapes", "layers are counted from 1")
def layers_from_one(params: Params) -> Shapes:
    """Your first layer is `layers.1`. Meta's names count from 0, so the last of 32 layers is
    `layers.31`."""
    shapes = expected_shapes({**params, "n_layers": params["n_layers"] + 1})
    return {name: s for name, s in shapes.items() if not name.startswith("layers.0.")}


@mistake("expected_shapes", "a missing required parameter gets a default")
def meta_defaults(params: Params) -> Shapes:
    """You use a default for a required parameter, as Meta's own code does. A file without that
    parameter is broken, and an error here is easier to understand than wrong shapes later."""
    defaults = {"dim": 4096, "n_layers": 32, "n_heads": 32, "vocab_size": -1, "multiple_of": 256}
    return expected_shapes({**defaults, **params})


@mistake("expected_shapes", "the caller's params are modified")
def changes_params(params: Params) -> Shapes:
    """Your shapes are right, but you modify `params`, for example with `setdefault`. The dict
    belongs to the caller and should still match the file. `get` reads without changing anything."""
    params.setdefault("n_kv_heads", params["n_heads"])
    params.setdefault("ffn_dim_multiplier", None)
    return expected_shapes(params)


@mistake("parameter_count", "the dimensions of a shape are added")
def sides_added(params: Params) -> int:
    """You add up the dimensions of each shape. A matrix with 3 rows and 4 columns has 12 numbers,
    but you count 7."""
    return sum(sum(shape) for shape in expected_shapes(params).values())


@mistake("parameter_count", "tensors are counted, not the numbers in them")
def tensors_counted(params: Params) -> int:
    """You count the tensors, and the 8B has 291 of them. A parameter is a single number inside a
    tensor."""
    return len(expected_shapes(params))


@mistake("parameter_count", "only one layer is counted")
def one_layer_counted(params: Params) -> int:
    """You count only one layer, whatever `n_layers` says. All layers have the same shapes, but each
    has its own weights."""
    shapes = expected_shapes({**params, "n_layers": 1})
    return sum(math.prod(shape) for shape in shapes.values())


@mistake("load_checkpoint", "the weights are converted to float32")
def to_float32(folder: str) -> Checkpoint:
    """You return float32 weights whatever the file's dtype is. The 8B then takes 32 GB instead of
    16, and its weights are no longer mapped to the file. Keep the file's dtype."""
    params, weights = load_checkpoint(folder)
    return params, {name: weight.float() for name, weight in weights.items()}


@mistake("load_checkpoint", "the weights are converted to float16")
def to_float16(folder: str) -> Checkpoint:
    """You return float16 weights whatever the file's dtype is, for example because you call `half`.
    The 8B's file is bfloat16, which has the same range as float32, but float16 ends at 65504. Keep
    the file's dtype."""
    params, weights = load_checkpoint(folder)
    return params, {name: weight.half() for name, weight in weights.items()}


@mistake("load_checkpoint", "the weights come first")
def weights_first(folder: str) -> tuple[Any, Any]:
    """You return the weights and then the params. The order should be `(params, weights)`."""
    return load_checkpoint(folder)[::-1]


@mistake("load_checkpoint", "the rows of wq and wk are reordered")
def rows_in_halves(folder: str) -> Checkpoint:
    """You reorder the rows of `wq` and `wk`, as converters to other formats do. In those formats,
    the rotation pairs the first half of a head with the second half. Meta's code pairs neighbors,
    and the file's order is already right for that."""
    params, weights = load_checkpoint(folder)
    height = params["dim"] // params["n_heads"]
    for name in [name for name in weights if name.endswith(("wq.weight", "wk.weight"))]:
        pairs = weights[name].reshape(-1, height // 2, 2, params["dim"])  # [n, d/2, 2, D]
        weights[name] = pairs.transpose(1, 2).reshape(weights[name].shape)
    return params, weights


@mistake("load_checkpoint", "the file can create any Python object")
def unpickles_anything(folder: str) -> Checkpoint:
    """You let the file create any Python object, so loading it can run any function: an untrusted
    checkpoint could delete your files. `torch.load` has an option that accepts only tensors."""
    params, loaded = _read(folder, weights_only=False)
    return params, _checked(loaded, expected_shapes(params))


@mistake("load_checkpoint", "the file can create any Python object", like="unpickles_anything")
def keeps_what_it_unpickles(folder: str) -> Checkpoint:
    """You let the file create any Python object, so loading it can run any function: an untrusted
    checkpoint could delete your files. `torch.load` has an option that accepts only tensors."""
    return _read(folder, weights_only=False)


@mistake("load_checkpoint", "the tensors go to the device they were saved on")
def no_map_location(folder: str) -> Checkpoint:
    """You let the file decide where its tensors go. A tensor that was saved on a GPU is loaded onto
    the GPU with the same number, which fails on a machine without one. `torch.load` has an option
    that puts all tensors on one device."""
    params, loaded = _read(folder, map_location=None)
    return params, _checked(loaded, expected_shapes(params))


@mistake("load_checkpoint", "the whole file is read")
def whole_file_read(folder: str) -> Checkpoint:
    """Your weights are copies in memory, so the 8B takes 16 GB before it computes anything.
    `torch.load` can map the file, so that each weight is read only when you first use it. If you
    already map it, look for code that copies the weights afterward."""
    params, weights = load_checkpoint(folder)
    return params, copy.deepcopy(weights)


@mistake("load_checkpoint", "the weights are copied", like="whole_file_read")
def weights_copied(folder: str) -> Checkpoint:
    """You copy every weight, for example with `clone`, so the whole file is read into memory after
    all. You can use mapped tensors as they are."""
    params, weights = load_checkpoint(folder)
    return params, {name: weight.clone() for name, weight in weights.items()}


@mistake("load_checkpoint", "nothing is checked")
def nothing_checked(folder: str) -> Checkpoint:
    """You return what the files contain without checking it. A missing weight or a wrong shape
    would then show up many stages later, with a message that doesn't mention the file."""
    return _read(folder)


@mistake("load_checkpoint", "shapes are not checked")
def shapes_not_checked(folder: str) -> Checkpoint:
    """You check that every weight is there but don't check its shape. If a shape doesn't match
    `params.json`, raise an error here that names the weight."""
    params, weights = _read(folder)
    return params, {name: weights[name] for name in expected_shapes(params)}


@mistake("load_checkpoint", "only the first layer is checked")
def first_layer_checked(folder: str) -> Checkpoint:
    """You check layer 0 and the weights outside the layers, but none of the other layers. Any layer
    can be damaged or missing, so check all of them."""
    params, loaded = _read(folder)
    _checked(loaded, expected_shapes({**params, "n_layers": 1}))
    return params, loaded


@mistake("load_checkpoint", "only the layers are checked")
def layers_checked(folder: str) -> Checkpoint:
    """You check the weights of the layers but not the embedding, the final norm or the output
    matrix. Those can also be missing or come from another model, so check every expected name."""
    params, loaded = _read(folder)
    shapes = expected_shapes(params)
    _checked(loaded, {name: shape for name, shape in shapes.items() if name[:7] == "layers."})
    return params, loaded


@mistake("load_checkpoint", "missing weights are skipped")
def missing_passed_over(folder: str) -> Checkpoint:
    """You return the weights that are in the file and ignore the missing ones. Loop over the names
    that the model expects, not over the names in the file."""
    params, loaded = _read(folder)
    shapes = {name: shape for name, shape in expected_shapes(params).items() if name in loaded}
    return params, _checked(loaded, shapes)


@mistake("load_checkpoint", "extra keys raise an error")
def extra_keys_refused(folder: str) -> Checkpoint:
    """Your code fails if the file has a key that the model doesn't expect. Files may contain extra
    keys: Llama 2's files have `rope.freqs`, which can be recomputed. Ignore such keys."""
    params, loaded = _read(folder)
    for name in loaded:
        expected_shapes(params)[name]
    return load_checkpoint(folder)


@mistake("load_checkpoint", "the folder is used as a Path, but it is a string")
def needs_a_path(folder: str) -> Checkpoint:
    """Your code uses the folder as a `pathlib.Path`, for example by joining names with a slash. It
    is a string, so make it a Path first."""
    return load_checkpoint(folder / "")  # type: ignore[operator]
