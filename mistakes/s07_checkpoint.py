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


def _read(folder: str | Path, **options: Any) -> Checkpoint:
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
    """You start from four times dim, which suits a feed-forward network with two matrices.
    Llama's has three, so it takes two thirds of that width and has no more parameters."""
    return _up(int((multiplier or 1) * 4 * dim), multiple_of)


@mistake("ffn_hidden_dim", "the multiplier is applied to dim")
def multiplier_of_dim(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You multiply dim itself, which gives 6144 for the 8B instead of 14336. The multiplier applies
    to the width, which is two thirds of `4 * dim` at that point."""
    width = _width(dim, None) if multiplier is None else int(multiplier * dim)
    return _up(width, multiple_of)


@mistake("ffn_hidden_dim", "the multiplier is not used")
def no_multiplier(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """Your width is the same with and without a multiplier. If there is one, multiply the width by
    it before you round up."""
    return ffn_hidden_dim(dim, multiple_of, None)


@mistake("ffn_hidden_dim", "a multiplier of None is used as a number")
def multiplier_never_none(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """Your code does arithmetic with the multiplier even if there is none. Llama 2 7B has none in
    its `params.json`; it arrives as None, and the width then stays as it is."""
    return _up(int(multiplier * _width(dim, None)), multiple_of)  # type: ignore[operator]


@mistake("ffn_hidden_dim", "the fraction is dropped once, not twice")
def one_int(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You keep the fraction of the two thirds and drop it only at the end. Meta also drops it
    before the multiplier, so your width is sometimes one or two too large before it is rounded
    up."""
    return _up(int((multiplier or 1) * 8 * dim / 3), multiple_of)


@mistake("ffn_hidden_dim", "the multiplier comes after rounding up")
def multiplier_last(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You round up first and then apply the multiplier, so the result is usually no longer a
    multiple of `multiple_of`. Rounding up comes last."""
    return int((multiplier or 1) * ffn_hidden_dim(dim, multiple_of, None))


@mistake("ffn_hidden_dim", "the width is not rounded up")
def no_rounding(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You don't round the width up to a multiple of `multiple_of`. GPUs multiply matrices in
    blocks, and a width that fills them wastes nothing."""
    return _width(dim, multiplier)


@mistake("ffn_hidden_dim", "the width is rounded down")
def rounded_down(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You take the multiple below the width, as integer division does. Take the next one above,
    unless the width is a multiple already."""
    return _width(dim, multiplier) // multiple_of * multiple_of


@mistake("ffn_hidden_dim", "the width is rounded to the nearest multiple")
def rounded_to_nearest(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You take whichever multiple is nearer, so about half of all widths get smaller. The 8B can't
    show this, but other sizes can: always round up."""
    return round(_width(dim, multiplier) / multiple_of) * multiple_of


@mistake("ffn_hidden_dim", "a multiple is rounded up to the next one")
def always_one_more(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You go up even if the width is a multiple already. Such a width stays as it is: try it with
    `multiple_of = 1`."""
    return (_width(dim, multiplier) // multiple_of + 1) * multiple_of


@mistake("expected_shapes", "the output matrix is missing")
def no_output(params: Params) -> Shapes:
    """Your shapes have no `output.weight`. Some models use the embedding matrix a second time
    there, but Llama 3 8B has a separate matrix of the same shape."""
    return {name: shape for name, shape in expected_shapes(params).items() if name[0] != "o"}


@mistake("expected_shapes", "keys and values have as many heads as queries")
def kv_like_q(params: Params) -> Shapes:
    """You give `wk` and `wv` the shape of `wq`. There are only `n_kv_heads` key/value heads, each
    with as many rows as a query head: D divided by `n_heads`, not by `n_kv_heads`."""
    return expected_shapes({**params, "n_kv_heads": None})


@mistake("expected_shapes", "n_kv_heads is required")
def n_kv_heads_always_there(params: Params) -> Shapes:
    """Your code needs `n_kv_heads`, but not every `params.json` has it. If it is absent, every
    query head has its own key/value head, as in the first Llamas."""
    return expected_shapes({**params, "n_kv_heads": params["n_kv_heads"]})


@mistake("expected_shapes", "n_kv_heads may be absent, but not null")
def null_kv_heads(params: Params) -> Shapes:
    """Your code handles an absent `n_kv_heads`, but not one that is null. A default in `dict.get`
    is used only if the key is absent, and null arrives as None."""
    kv_heads = params.get("n_kv_heads", params["n_heads"])
    return expected_shapes({**params, "n_kv_heads": kv_heads * 1})  # type: ignore[operator]


@mistake("expected_shapes", "matrices are (in, out), not (out, in)")
def in_before_out(params: Params) -> Shapes:
    """You give the matrices of a layer the shape `(in, out)`. PyTorch stores the weight of a linear
    layer as `(out, in)`, one row per output: `wk` makes vectors shorter, so it has fewer rows than
    columns."""
    shapes = expected_shapes(params)
    return {name: s[::-1] if name.startswith("layers.") else s for name, s in shapes.items()}


@mistake("expected_shapes", "w2 has the shape of w1")
def w2_like_w1(params: Params) -> Shapes:
    """You give all three feed-forward matrices the same shape. `w1` and `w3` go from D to F, and
    `w2` goes back from F to D."""
    shapes = expected_shapes(params)
    return {name: s[::-1] if name.endswith("w2.weight") else s for name, s in shapes.items()}


@mistake("expected_shapes", "the names lack .weight")
def no_weight_suffix(params: Params) -> Shapes:
    """Your names stop before `.weight`. In the file every name has that ending, which would tell a
    matrix from its bias if Llama had biases."""
    return {name[: -len(".weight")]: shape for name, shape in expected_shapes(params).items()}


@mistake("expected_shapes", "layers are counted from 1")
def layers_from_one(params: Params) -> Shapes:
    """Your first layer is `layers.1`. Meta's names count from 0, so the last of 32 is
    `layers.31`."""
    shapes = expected_shapes({**params, "n_layers": params["n_layers"] + 1})
    return {name: s for name, s in shapes.items() if not name.startswith("layers.0.")}


@mistake("expected_shapes", "an absent parameter gets a default")
def meta_defaults(params: Params) -> Shapes:
    """You use a default for a parameter that must be there, as Meta's own code does. A file without
    it is broken, and an error here is easier to understand than wrong shapes later."""
    defaults = {"dim": 4096, "n_layers": 32, "n_heads": 32, "vocab_size": -1, "multiple_of": 256}
    return expected_shapes({**defaults, **params})


@mistake("expected_shapes", "params is changed")
def changes_params(params: Params) -> Shapes:
    """Your shapes are right, but you change `params`, for example with `setdefault`. It is the
    caller's dict, and it should still say what the file says; `get` only reads."""
    params.setdefault("n_kv_heads", params["n_heads"])
    params.setdefault("ffn_dim_multiplier", None)
    return expected_shapes(params)


@mistake("parameter_count", "the sides of a shape are added")
def sides_added(params: Params) -> int:
    """You add the sides of each shape. A matrix with 3 rows and 4 columns has 12 numbers, and you
    count 7."""
    return sum(sum(shape) for shape in expected_shapes(params).values())


@mistake("parameter_count", "tensors are counted, not their numbers")
def tensors_counted(params: Params) -> int:
    """You count how many tensors there are: 291 in the 8B. A parameter is a single number inside
    one of them."""
    return len(expected_shapes(params))


@mistake("parameter_count", "only one layer is counted")
def one_layer_counted(params: Params) -> int:
    """Your count contains a single layer, whatever `n_layers` says. All layers have the same
    shapes, but each has its own weights."""
    shapes = expected_shapes({**params, "n_layers": 1})
    return sum(math.prod(shape) for shape in shapes.values())


@mistake("load_checkpoint", "the weights are converted to float32")
def to_float32(folder: str | Path) -> Checkpoint:
    """You return float32 weights whatever the file contains. The 8B then takes 32 GB instead of 16,
    and nothing stays mapped to the file. Keep the file's dtype."""
    params, weights = load_checkpoint(folder)
    return params, {name: weight.float() for name, weight in weights.items()}


@mistake("load_checkpoint", "the weights are converted to float16")
def to_float16(folder: str | Path) -> Checkpoint:
    """You return float16 weights whatever the file contains, for example because of `half`. The
    8B's file is bfloat16, which has the range of float32; float16 ends at 65504. Keep the file's
    dtype."""
    params, weights = load_checkpoint(folder)
    return params, {name: weight.half() for name, weight in weights.items()}


@mistake("load_checkpoint", "the weights come first")
def weights_first(folder: str | Path) -> tuple[Any, Any]:
    """You return the weights and then the params. The order is `(params, weights)`."""
    return load_checkpoint(folder)[::-1]


@mistake("load_checkpoint", "the rows of wq and wk are reordered")
def rows_in_halves(folder: str | Path) -> Checkpoint:
    """You reorder the rows of `wq` and `wk`, as converters to other formats do. Those formats
    rotate the two halves of a head against each other; Meta rotates neighbors, and the order in the
    file is right for that."""
    params, weights = load_checkpoint(folder)
    height = params["dim"] // params["n_heads"]
    for name in [name for name in weights if name.endswith(("wq.weight", "wk.weight"))]:
        pairs = weights[name].reshape(-1, height // 2, 2, params["dim"])  # [n, d/2, 2, D]
        weights[name] = pairs.transpose(1, 2).reshape(weights[name].shape)
    return params, weights


@mistake("load_checkpoint", "anything is unpickled")
def unpickles_anything(folder: str | Path) -> Checkpoint:
    """Your code lets the file create any Python object, and so call any function: an untrusted
    checkpoint could delete your files. `torch.load` has an option that accepts only tensors."""
    params, loaded = _read(folder, weights_only=False)
    return params, _checked(loaded, expected_shapes(params))


@mistake("load_checkpoint", "the tensors go to the device they were saved on")
def no_map_location(folder: str | Path) -> Checkpoint:
    """You let the file decide where its tensors go. A tensor that was saved on a GPU asks for that
    GPU and fails to load without one. `torch.load` has an option that names one device for all of
    them."""
    params, loaded = _read(folder, map_location=None)
    return params, _checked(loaded, expected_shapes(params))


@mistake("load_checkpoint", "the whole file is read")
def whole_file_read(folder: str | Path) -> Checkpoint:
    """Your weights are copies in memory, which for the 8B is 16 GB before anything is computed.
    `torch.load` can map the file, so that each weight is read when it is first used. If yours does
    that already, look for what copies the weights afterward."""
    params, weights = load_checkpoint(folder)
    return params, copy.deepcopy(weights)


@mistake("load_checkpoint", "the weights are copied", like="whole_file_read")
def weights_copied(folder: str | Path) -> Checkpoint:
    """You copy every weight, for example with `clone`, so the whole file is read after all. Mapped
    tensors can be used as they are."""
    params, weights = load_checkpoint(folder)
    return params, {name: weight.clone() for name, weight in weights.items()}


@mistake("load_checkpoint", "nothing is checked")
def nothing_checked(folder: str | Path) -> Checkpoint:
    """You return what the files contain without checking it. An absent weight or a wrong shape
    would then show up many stages later, with a message that doesn't mention the file."""
    return _read(folder)


@mistake("load_checkpoint", "shapes are not checked")
def shapes_not_checked(folder: str | Path) -> Checkpoint:
    """You check that every weight is there, but not its shape. A file that doesn't match its
    `params.json` should be refused here, with the name of the weight."""
    params, weights = _read(folder)
    return params, {name: weights[name] for name in expected_shapes(params)}


@mistake("load_checkpoint", "only the first layer is checked")
def first_layer_checked(folder: str | Path) -> Checkpoint:
    """You check the weights of layer 0 and those outside the layers. Any layer of a file can be
    damaged or missing, so check the names of all of them."""
    params, loaded = _read(folder)
    _checked(loaded, expected_shapes({**params, "n_layers": 1}))
    return params, loaded


@mistake("load_checkpoint", "only the layers are checked")
def layers_checked(folder: str | Path) -> Checkpoint:
    """You check the weights of the layers, but not the embedding, the final norm and the output
    matrix. They too can be missing or come from another model, so check every expected name."""
    params, loaded = _read(folder)
    shapes = expected_shapes(params)
    _checked(loaded, {name: shape for name, shape in shapes.items() if name[:7] == "layers."})
    return params, loaded


@mistake("load_checkpoint", "missing weights are skipped")
def missing_passed_over(folder: str | Path) -> Checkpoint:
    """You return the weights that are there and don't mention the others. Go through the names that
    the model expects, not through those in the file."""
    params, loaded = _read(folder)
    shapes = {name: shape for name, shape in expected_shapes(params).items() if name in loaded}
    return params, _checked(loaded, shapes)


@mistake("load_checkpoint", "extra keys are refused")
def extra_keys_refused(folder: str | Path) -> Checkpoint:
    """Your code fails if the file has a key that the model doesn't expect. Files may contain more:
    Llama 2's have `rope.freqs`, which can be computed again. Ignore such keys."""
    params, loaded = _read(folder)
    for name in loaded:
        expected_shapes(params)[name]
    return load_checkpoint(folder)


@mistake("load_checkpoint", "a folder given as text fails")
def needs_a_path(folder: str | Path) -> Checkpoint:
    """Your code needs a `pathlib.Path`, for example because it joins names with a slash. The folder
    may also be text, so make it a Path first."""
    return load_checkpoint(folder / "")  # type: ignore[operator]
