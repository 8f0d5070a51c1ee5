"""Read a checkpoint in Hugging Face's layout as if it were in Meta's.

The tensors have other names, and the rows of wq and wk are in another order: Hugging Face pairs the
two halves of a head for the rotation, while Meta pairs neighbors. Converting to Hugging Face's
layout therefore moves row 2i of a head to i, and row 2i + 1 to d/2 + i; here they move back. Lesson
11 explains why.
"""

from collections import UserDict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from grader.answer.folder_kinds import other_kind, refuse_pointer
from grader.answer.huggingface_config import CONFIG
from grader.answer.json_file import read_json
from grader.errors import UsageError
from grader.language import tr

_NAMES = {
    "tok_embeddings.weight": "model.embed_tokens.weight",
    "norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_NORM = "input_layernorm.weight"
_NAMES_IN_LAYER = {
    "attention.wq.weight": "self_attn.q_proj.weight",
    "attention.wk.weight": "self_attn.k_proj.weight",
    "attention.wv.weight": "self_attn.v_proj.weight",
    "attention.wo.weight": "self_attn.o_proj.weight",
    "feed_forward.w1.weight": "mlp.gate_proj.weight",
    "feed_forward.w2.weight": "mlp.down_proj.weight",
    "feed_forward.w3.weight": "mlp.up_proj.weight",
    "attention_norm.weight": _NORM,
    "ffn_norm.weight": "post_attention_layernorm.weight",
}
_DTYPES = ("BF16", "F16", "F32")


class HuggingFaceWeights(UserDict[str, torch.Tensor]):
    """The tensors of `*.safetensors`, mapped into memory, by Meta's names and in Meta's order."""

    def __init__(
        self, folder: Path, params: dict[str, Any], shapes: dict[str, Any], may_be_tied: bool
    ) -> None:
        """Open the files.

        Args:
            params: as in Meta's `params.json`.
            shapes: the shape of every weight of the model, by Meta's names (stage 7).
            may_be_tied: whether the embedding serves as the output matrix if there is none.

        Raises:
            UsageError: if a file or weight is missing, unreadable, or has the wrong shape.
        """
        super().__init__()
        self._params = params
        self.files = _weight_files(folder)
        tensors = _open_all(self.files)
        if (extra := f"model.layers.{params['n_layers']}.{_NORM}") in tensors:
            words = tr(
                "{folder}: {config} says that there are {layers} layers, but there is also {extra}",
                folder=folder,
                config=CONFIG,
                layers=params["n_layers"],
                extra=extra,
            )
            raise UsageError(words)
        for name, shape in shapes.items():
            theirs = _their_name(name)
            if name == "output.weight" and theirs not in tensors:
                if not may_be_tied:
                    raise UsageError(_missing(folder, theirs, may_be_tied))
                theirs = _NAMES["tok_embeddings.weight"]  # smaller Llamas share it
            if theirs not in tensors:
                raise UsageError(_missing(folder, theirs))
            if (found := tuple(tensors[theirs].shape)) != (wanted := tuple(shape)):
                words = tr(
                    "{place}: {weight} has shape {found}, expected {wanted}",
                    place=folder,
                    weight=theirs,
                    found=found,
                    wanted=wanted,
                )
                raise UsageError(words)
            self.data[name] = tensors[theirs]

    def __getitem__(self, name: str) -> torch.Tensor:
        tensor = self.data[name]
        if name.endswith("attention.wq.weight"):
            return _pairs_from_halves(tensor, self._params["n_heads"])
        if name.endswith("attention.wk.weight"):
            return _pairs_from_halves(tensor, self._params["n_kv_heads"])
        return tensor


def _missing(folder: Path, weight: str, may_be_tied: bool = True) -> str:
    if may_be_tied:
        return tr("{place}: the weight {weight} is missing", place=folder, weight=weight)
    return tr(
        "{place}: the weight {weight} is missing, and {config} says that the embedding does not "
        "replace it (tie_word_embeddings is false)",
        place=folder,
        weight=weight,
        config=CONFIG,
    )


def _their_name(name: str) -> str:
    if name in _NAMES:
        return _NAMES[name]
    _, layer, rest = name.split(".", 2)
    return f"model.layers.{layer}.{_NAMES_IN_LAYER[rest]}"


def _pairs_from_halves(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Return `[n * d, D]` with the rows of each head in Meta's order, which pairs neighbors."""
    halves = weight.view(n_heads, 2, -1, weight.shape[-1])  # [n, 2, d/2, D]
    return halves.transpose(1, 2).reshape(weight.shape)


def _weight_files(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return [_there(folder / "model.safetensors")]
    try:
        names = sorted(set(read_json(index)["weight_map"].values()))
        paths = [folder / name for name in names]
    except (KeyError, TypeError, AttributeError) as error:
        words = tr("{path} is not a valid index of weights: {error}", path=index, error=error)
        raise UsageError(words) from None
    return [_there(path) for path in paths]


def _there(path: Path) -> Path:
    if path.is_file():
        refuse_pointer(path)
        return path
    if kind := other_kind(path.parent):
        raise UsageError(kind)
    words = tr("{folder} has no {file}: download it again", folder=path.parent, file=path.name)
    raise UsageError(words)


def _open_all(files: list[Path]) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    for path in files:
        try:
            with safe_open(path, "pt", device="cpu") as file:
                for name in file.keys():  # noqa: SIM118 - the file is not a dict
                    _check_dtype(path, name, file.get_slice(name).get_dtype())
                    tensors[name] = file.get_tensor(name)
        except (SafetensorError, OSError) as error:
            words = tr("{path} can't be read ({error}): is it complete?", path=path, error=error)
            raise UsageError(words) from None
    return tensors


def _check_dtype(path: Path, name: str, dtype: str) -> None:
    if dtype in _DTYPES:
        return
    if dtype == "F64":
        words = tr(
            "{path}: {weight} has dtype F64, but these stages compute in float32 or less: save the "
            "model in float32 or bfloat16",
            path=path,
            weight=name,
        )
        raise UsageError(words)
    words = tr(
        "{path}: {weight} has dtype {dtype}: these stages can't use quantized weights, so use the "
        "bfloat16 ones",
        path=path,
        weight=name,
        dtype=dtype,
    )
    raise UsageError(words)
