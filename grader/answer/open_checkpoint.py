"""Open a checkpoint folder, with one clear line for everything that can be wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from grader.answer import huggingface_layout, meta_layout
from grader.answer.huggingface_layout import CONFIG, VOCABULARY_JSON, HuggingFaceWeights
from grader.answer.meta_layout import PARAMS, VOCABULARY, WEIGHTS
from grader.errors import UsageError

FindFunction = Callable[[str], Callable[..., Any]]  # a stage's function, by its name


@dataclass(frozen=True)
class Opened:
    """A complete checkpoint; each of its weights is read when it is looked up."""

    params: dict[str, Any]  # as in Meta's `params.json`
    weights: Mapping[str, torch.Tensor]  # by Meta's names, in Meta's order
    mapped: Callable[[str], torch.Tensor]  # returns a weight mapped from its file
    ranks: dict[bytes, int]  # of the ordinary tokens
    files: list[Path]  # those that hold the weights
    layout: str  # whose it is, for people


def open_checkpoint(folder: Path, function: FindFunction) -> Opened:
    """Open a folder in Meta's layout (also in `original/` below it) or in Hugging Face's.

    Args:
        function: finds the functions of stages 1 and 7, the learner's or the reference's.

    Raises:
        UsageError: naming the file or the entry that is wrong, and what to do.
    """
    if not folder.is_dir():
        raise UsageError(f"--checkpoint {folder}: there is no such folder")
    if not any((folder / name).exists() for name in (PARAMS, WEIGHTS)):
        if (folder / "original" / WEIGHTS).exists():
            return _open_metas(folder / "original", function)
        if (folder / CONFIG).exists():
            return _open_hugging_faces(folder, function)
    return _open_metas(folder, function)


def _open_metas(folder: Path, function: FindFunction) -> Opened:
    if (folder / "consolidated.01.pth").exists():
        raise UsageError(
            f"{folder} has a model in several parts (consolidated.01.pth), like the 70B: this kata "
            "runs models in a single part, such as Llama 3 8B"
        )
    for name in (PARAMS, VOCABULARY, WEIGHTS):
        if not (folder / name).is_file():
            raise UsageError(
                f"{folder} lacks {name}: a checkpoint in Meta's format has {PARAMS}, {VOCABULARY} "
                f"and {WEIGHTS}, one in Hugging Face's {CONFIG} and *.safetensors"
            )
    meta_layout.check_params(folder / PARAMS)
    ranks = _read_ranks(folder / VOCABULARY, function)
    params, weights = meta_layout.load_weights(folder, function("load_checkpoint"))
    return Opened(params, weights, weights.__getitem__, ranks, [folder / WEIGHTS], "Meta's")


def _open_hugging_faces(folder: Path, function: FindFunction) -> Opened:
    params = huggingface_layout.params_of(folder)
    names = (VOCABULARY, f"original/{VOCABULARY}", VOCABULARY_JSON)
    vocabulary = next((folder / name for name in names if (folder / name).is_file()), None)
    if vocabulary is None:
        raise UsageError(
            f"{folder} lacks {VOCABULARY_JSON}, and Meta's {VOCABULARY} too: it needs one"
        )
    ranks = _read_ranks(vocabulary, function)
    weights = HuggingFaceWeights(folder, params, function("expected_shapes")(params))
    mapped = weights.data.__getitem__
    return Opened(params, weights, mapped, ranks, weights.files, "Hugging Face's")


def _read_ranks(path: Path, function: FindFunction) -> dict[bytes, int]:
    """Read the vocabulary in either layout, and make sure that every byte is a token."""
    if path.name == VOCABULARY_JSON:
        ranks = huggingface_layout.read_vocabulary(path)
    else:
        ranks = meta_layout.read_vocabulary(path, function("parse_vocabulary"))
    if missing := [byte for byte in range(256) if bytes([byte]) not in ranks]:
        raise UsageError(
            f"{path}: the byte {missing[0]} is not a token; a byte-level vocabulary has all 256, "
            "so the file is incomplete"
        )
    return ranks
