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
    """The width before it is rounded up."""
    return ffn_hidden_dim(dim, 1, multiplier)


def _read(folder: str | Path, **options: Any) -> Checkpoint:
    """Both files, with nothing checked."""
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
    """You start from four times dim, which suits a feed-forward layer of two matrices. Llama's has
    three, and takes two thirds of that width so that it costs the same."""
    return _up(int((multiplier or 1) * 4 * dim), multiple_of)


@mistake("ffn_hidden_dim", "the multiplier is taken of dim")
def multiplier_of_dim(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You multiply dim itself, which makes 6144 of the 8B's 14336. The multiplier stretches the
    width that two thirds of `4 * dim` gave."""
    width = _width(dim, None) if multiplier is None else int(multiplier * dim)
    return _up(width, multiple_of)


@mistake("ffn_hidden_dim", "the multiplier is not used")
def no_multiplier(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """Your width is the same with and without a multiplier. One that is given stretches the width
    before it is rounded up."""
    return ffn_hidden_dim(dim, multiple_of, None)


@mistake("ffn_hidden_dim", "a multiplier of None is multiplied")
def multiplier_never_none(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You multiply even where there is no multiplier. Llama 2 7B has none in its `params.json`, and
    None then stands for leaving the width as it is."""
    return _up(int(multiplier * _width(dim, None)), multiple_of)  # type: ignore[operator]


@mistake("ffn_hidden_dim", "the width is made an int once, not twice")
def one_int(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You multiply the exact two thirds and cut the fraction off at the end. Meta cuts it off
    before the multiplier as well, so now and then yours is one too large."""
    return _up(int((multiplier or 1) * 8 * dim / 3), multiple_of)


@mistake("ffn_hidden_dim", "the multiplier comes after rounding up")
def multiplier_last(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You round up first and stretch the result, which is then no multiple any more. Rounding up is
    the last step."""
    return int((multiplier or 1) * ffn_hidden_dim(dim, multiple_of, None))


@mistake("ffn_hidden_dim", "the width is not rounded")
def no_rounding(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """Your width is stretched but no multiple of `multiple_of`. GPUs multiply matrices faster when
    their sides are, so Meta rounds up."""
    return _width(dim, multiplier)


@mistake("ffn_hidden_dim", "the width is rounded down")
def rounded_down(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You go to the multiple below, because `//` drops the remainder. The next one above is meant,
    unless the width is a multiple already."""
    return _width(dim, multiplier) // multiple_of * multiple_of


@mistake("ffn_hidden_dim", "the width is rounded to the nearest multiple")
def rounded_to_nearest(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You go to whichever multiple is nearer, and so below it half of the time. The 8B cannot show
    this; other sizes do: it is always up."""
    return round(_width(dim, multiplier) / multiple_of) * multiple_of


@mistake("ffn_hidden_dim", "a whole multiple is rounded up to the one after it")
def always_one_more(dim: int, multiple_of: int, multiplier: float | None) -> int:
    """You always go up, also from a width that is a multiple already. Such a width stays: try it
    with `multiple_of = 1`."""
    return (_width(dim, multiplier) // multiple_of + 1) * multiple_of


@mistake("expected_shapes", "the output matrix is missing")
def no_output(params: Params) -> Shapes:
    """Your list has no `output.weight`. Some models use the embedding matrix a second time there;
    Llama 3 8B has another one of the same shape, and it counts."""
    return {name: shape for name, shape in expected_shapes(params).items() if name[0] != "o"}


@mistake("expected_shapes", "keys and values have as many heads as queries")
def kv_like_q(params: Params) -> Shapes:
    """You give `wk` and `wv` the shape of `wq`. There are only `n_kv_heads` key/value heads, each
    as tall as a query head: mind that a head's height is D over `n_heads`, not `n_kv_heads`."""
    return expected_shapes({**params, "n_kv_heads": None})


@mistake("expected_shapes", "n_kv_heads is taken for granted")
def n_kv_heads_always_there(params: Params) -> Shapes:
    """You read `n_kv_heads` as if every `params.json` had it. The first Llamas have not: then every
    query head has a key/value head of its own."""
    return expected_shapes({**params, "n_kv_heads": params["n_kv_heads"]})


@mistake("expected_shapes", "n_kv_heads may be null")
def null_kv_heads(params: Params) -> Shapes:
    """You deal with an absent `n_kv_heads` but not with one that is null. A default given to
    `dict.get` is used only where the key is absent; null arrives as None."""
    kv_heads = params.get("n_kv_heads", params["n_heads"])
    return expected_shapes({**params, "n_kv_heads": kv_heads * 1})  # type: ignore[operator]


@mistake("expected_shapes", "matrices are turned round, (in, out)")
def in_before_out(params: Params) -> Shapes:
    """Your matrices of the layers are `(in, out)`. PyTorch keeps a linear layer's weight as
    `(out, in)`, one row for every output: `wk` narrows, so it has fewer rows than columns."""
    shapes = expected_shapes(params)
    return {name: s[::-1] if name.startswith("layers.") else s for name, s in shapes.items()}


@mistake("expected_shapes", "w2 has the shape of w1")
def w2_like_w1(params: Params) -> Shapes:
    """You give all three feed-forward matrices one shape. `w1` and `w3` widen from D to F; `w2`
    goes back from F to D."""
    shapes = expected_shapes(params)
    return {name: s[::-1] if name.endswith("w2.weight") else s for name, s in shapes.items()}


@mistake("expected_shapes", "the names lack .weight")
def no_weight_suffix(params: Params) -> Shapes:
    """Your names stop before `.weight`. The file has that last part, which would tell a matrix from
    a bias if Llama had any."""
    return {name[: -len(".weight")]: shape for name, shape in expected_shapes(params).items()}


@mistake("expected_shapes", "layers are counted from one")
def layers_from_one(params: Params) -> Shapes:
    """Your first layer is `layers.1`. Meta counts from zero, so the last of 32 is `layers.31`."""
    shapes = expected_shapes({**params, "n_layers": params["n_layers"] + 1})
    return {name: s for name, s in shapes.items() if not name.startswith("layers.0.")}


@mistake("expected_shapes", "an absent parameter gets a default")
def meta_defaults(params: Params) -> Shapes:
    """You fill in a default for a parameter that must be there, as Meta's own code does. A file
    without it is broken, and an error here is easier to read than wrong shapes later."""
    defaults = {"dim": 4096, "n_layers": 32, "n_heads": 32, "vocab_size": -1, "multiple_of": 256}
    return expected_shapes({**defaults, **params})


@mistake("expected_shapes", "the params are changed")
def changes_params(params: Params) -> Shapes:
    """Your shapes are right, but you write a default into `params` itself, and the caller's dict is
    not what the file holds any more. `setdefault` writes; `get` only reads."""
    params.setdefault("n_kv_heads", params["n_heads"])
    params.setdefault("ffn_dim_multiplier", None)
    return expected_shapes(params)


@mistake("parameter_count", "the sides of a shape are added")
def sides_added(params: Params) -> int:
    """You add the sides of every shape. A matrix of 3 rows and 4 columns holds 12 numbers, and you
    count 7."""
    return sum(sum(shape) for shape in expected_shapes(params).values())


@mistake("parameter_count", "tensors are counted, not their numbers")
def tensors_counted(params: Params) -> int:
    """You count how many weights the checkpoint names: 291 for the 8B. A parameter is one number
    inside them."""
    return len(expected_shapes(params))


@mistake("parameter_count", "one layer is counted")
def one_layer_counted(params: Params) -> int:
    """You count one layer, whatever `n_layers` says. All layers have the same shapes, but each has
    weights of its own."""
    shapes = expected_shapes({**params, "n_layers": 1})
    return sum(math.prod(shape) for shape in shapes.values())


@mistake("load_checkpoint", "the weights come back as float32")
def to_float32(folder: str | Path) -> Checkpoint:
    """You turn every weight into float32 while loading. The 8B then takes 32 GB in place of 16, and
    nothing stays mapped to the file. Keep the dtype that is there."""
    params, weights = load_checkpoint(folder)
    return params, {name: weight.float() for name, weight in weights.items()}


@mistake("load_checkpoint", "the weights come back as float16")
def to_float16(folder: str | Path) -> Checkpoint:
    """You call `half`, which is float16. The file's bfloat16 has the range of float32, float16 ends
    at 65504; keep the dtype that is there."""
    params, weights = load_checkpoint(folder)
    return params, {name: weight.half() for name, weight in weights.items()}


@mistake("load_checkpoint", "the weights come first")
def weights_first(folder: str | Path) -> tuple[Any, Any]:
    """You return the weights and then the params. The order is `(params, weights)`."""
    return load_checkpoint(folder)[::-1]


@mistake("load_checkpoint", "rows of wq and wk are put in another order")
def rows_in_halves(folder: str | Path) -> Checkpoint:
    """You reorder the rows of `wq` and `wk` as converters to other formats do. Those rotate the
    halves of a head against each other; Meta rotates neighbours, for which the file's order is
    right."""
    params, weights = load_checkpoint(folder)
    height = params["dim"] // params["n_heads"]
    for name in [name for name in weights if name.endswith(("wq.weight", "wk.weight"))]:
        pairs = weights[name].reshape(-1, height // 2, 2, params["dim"])  # [n, d/2, 2, D]
        weights[name] = pairs.transpose(1, 2).reshape(weights[name].shape)
    return params, weights


@mistake("load_checkpoint", "anything is unpickled")
def unpickles_anything(folder: str | Path) -> Checkpoint:
    """You let the file make any Python object, and with that call any function: a checkpoint from a
    stranger could delete your files. `torch.load` can be told to accept tensors only."""
    params, loaded = _read(folder, weights_only=False)
    return params, _checked(loaded, expected_shapes(params))


@mistake("load_checkpoint", "the device of the file is kept")
def no_map_location(folder: str | Path) -> Checkpoint:
    """You leave it to the file where its tensors go. One that was saved on a GPU wants that GPU
    back and does not load without it: `torch.load` can be told one place for all of them."""
    params, loaded = _read(folder, map_location=None)
    return params, _checked(loaded, expected_shapes(params))


@mistake("load_checkpoint", "the whole file is read")
def whole_file_read(folder: str | Path) -> Checkpoint:
    """You read every weight into memory before anything is computed. With the 8B that is 16 GB.
    Ask `torch.load` to map the file, so that a weight is read when it is first used."""
    params, weights = load_checkpoint(folder)
    return params, copy.deepcopy(weights)


@mistake("load_checkpoint", "the weights are copied", like="whole_file_read")
def weights_copied(folder: str | Path) -> Checkpoint:
    """You copy each weight, by `clone` or the like, and so the whole file is read after all. The
    mapped tensors can be used as they are."""
    params, weights = load_checkpoint(folder)
    return params, {name: weight.clone() for name, weight in weights.items()}


@mistake("load_checkpoint", "nothing is checked")
def nothing_checked(folder: str | Path) -> Checkpoint:
    """You give back what the files hold without looking at it. An absent weight or a wrong shape
    would then show up many stages later, with a message that says nothing about the file."""
    return _read(folder)


@mistake("load_checkpoint", "shapes are not checked")
def shapes_not_checked(folder: str | Path) -> Checkpoint:
    """You check that every weight is there, but not its shape. A file that does not belong to its
    `params.json` should be refused here, by the name of the weight."""
    params, weights = _read(folder)
    return params, {name: weights[name] for name in expected_shapes(params)}


@mistake("load_checkpoint", "only the first layer is checked")
def first_layer_checked(folder: str | Path) -> Checkpoint:
    """You check the weights of layer 0 and those outside of the layers. A file can be damaged or
    cut off in any layer: go through all the names that `expected_shapes` gives."""
    params, loaded = _read(folder)
    _checked(loaded, expected_shapes({**params, "n_layers": 1}))
    return params, loaded


@mistake("load_checkpoint", "only the layers are checked")
def layers_checked(folder: str | Path) -> Checkpoint:
    """You check the weights of the layers, but not the embedding, the last norm and the output.
    They too can be absent or of another model: go through all the names."""
    params, loaded = _read(folder)
    shapes = expected_shapes(params)
    _checked(loaded, {name: shape for name, shape in shapes.items() if name[:7] == "layers."})
    return params, loaded


@mistake("load_checkpoint", "missing weights are passed over")
def missing_passed_over(folder: str | Path) -> Checkpoint:
    """You take the weights that are there and say nothing of the others. Go through the names that
    the model expects, not through those of the file."""
    params, loaded = _read(folder)
    shapes = {name: shape for name, shape in expected_shapes(params).items() if name in loaded}
    return params, _checked(loaded, shapes)


@mistake("load_checkpoint", "extra keys are refused")
def extra_keys_refused(folder: str | Path) -> Checkpoint:
    """You insist that every key of the file is an expected one. Files may hold more: those of
    Llama 2 carry `rope.freqs`, which can be worked out again. Leave such keys aside."""
    params, loaded = _read(folder)
    for name in loaded:
        expected_shapes(params)[name]
    return load_checkpoint(folder)


@mistake("load_checkpoint", "a folder given as text fails")
def needs_a_path(folder: str | Path) -> Checkpoint:
    """You join names to `folder` with a slash, which only a `pathlib.Path` understands. The folder
    may come as text too: make it a Path first."""
    return load_checkpoint(folder / "")  # type: ignore[operator]
