"""Opening a checkpoint folder, with one clear line for everything that can be wrong with it.

Two layouts are known: Meta's, in the folder itself or in `original/` below it, and Hugging Face's.
"""

import pickle
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from grader.answer.huggingface_layout import CONFIG, HuggingFaceWeights, params_of
from grader.answer.params import check_params
from grader.answer.vocabulary import HUGGING_FACE, META, ParseVocabulary, read_vocabulary
from grader.errors import UsageError

_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")  # how torch names what a file wants to call
PARAMS, WEIGHTS = "params.json", "consolidated.00.pth"
LoadCheckpoint = Callable[[str], tuple[dict[str, Any], dict[str, torch.Tensor]]]
ExpectedShapes = Callable[[dict[str, Any]], dict[str, tuple[int, ...]]]


@dataclass(frozen=True)
class Opened:
    """A checkpoint that is whole.

    Attributes:
        params: as in Meta's `params.json`.
        weights: by Meta's names, in Meta's order, each taken from the file when it is asked for.
        mapped: gives a weight as it lies in its file.
        ranks: of the ordinary tokens.
        files: which the weights are in.
        layout: whose it is, for people.
    """

    params: dict[str, Any]
    weights: Mapping[str, torch.Tensor]
    mapped: Callable[[str], torch.Tensor]
    ranks: dict[bytes, int]
    files: list[Path]
    layout: str


def open_checkpoint(
    folder: Path,
    load_checkpoint: LoadCheckpoint,
    expected_shapes: ExpectedShapes,
    parse_vocabulary: ParseVocabulary,
) -> Opened:
    """Open a folder in Meta's or Hugging Face's layout.

    Args:
        load_checkpoint, expected_shapes: the learner's or the reference's, from stage 7.
        parse_vocabulary: the same from stage 1.

    Raises:
        UsageError: naming the file or the entry that is wrong, and what to do.
    """
    if not folder.is_dir():
        raise UsageError(f"--checkpoint {folder}: there is no such folder")
    original = folder / "original"
    has_metas = (folder / WEIGHTS).exists() or (folder / PARAMS).exists()
    if not has_metas and (original / WEIGHTS).exists():
        return _open_metas(original, load_checkpoint, parse_vocabulary)
    if not has_metas and (folder / CONFIG).exists():
        return _open_hugging_faces(folder, expected_shapes, parse_vocabulary)
    return _open_metas(folder, load_checkpoint, parse_vocabulary)


def _open_metas(
    folder: Path, load_checkpoint: LoadCheckpoint, parse_vocabulary: ParseVocabulary
) -> Opened:
    if (folder / "consolidated.01.pth").exists():
        raise UsageError(
            f"{folder} holds a model in several parts (consolidated.01.pth), as the 70B is: this "
            "kata runs models that are in one, such as Llama 3 8B"
        )
    for name in (PARAMS, META, WEIGHTS):
        if not (folder / name).is_file():
            raise UsageError(
                f"{folder} lacks {name}: a checkpoint in Meta's format has {PARAMS}, {META} and "
                f"{WEIGHTS}, one in Hugging Face's {CONFIG} and *.safetensors"
            )
    check_params(folder / PARAMS)
    ranks = read_vocabulary(folder / META, parse_vocabulary)
    params, weights = _load(folder, load_checkpoint)
    return Opened(params, weights, weights.__getitem__, ranks, [folder / WEIGHTS], "Meta's")


def _load(
    folder: Path, load_checkpoint: LoadCheckpoint
) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    path = folder / WEIGHTS
    try:
        return load_checkpoint(str(folder))
    except KeyError as error:
        raise UsageError(f"{path}: the weight {error} is missing") from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    except pickle.UnpicklingError as error:
        what = _GLOBAL.search(str(error))
        raise UsageError(
            f"{path} holds code ({what[1] if what else 'of an unknown kind'}) that would run when "
            "it is loaded, so it is refused: take the file that Meta gives"
        ) from None
    except (RuntimeError, EOFError, OSError, ArithmeticError) as error:
        raise UsageError(
            f"{path} cannot be read ({_first_line(error)}): is it whole? Copy or download it again"
        ) from None


def _open_hugging_faces(
    folder: Path, expected_shapes: ExpectedShapes, parse_vocabulary: ParseVocabulary
) -> Opened:
    params = params_of(folder)
    places = (folder / META, folder / "original" / META, folder / HUGGING_FACE)
    vocabulary = next((path for path in places if path.is_file()), None)
    if vocabulary is None:
        raise UsageError(f"{folder} lacks {HUGGING_FACE}, and Meta's {META} too: it needs one")
    ranks = read_vocabulary(vocabulary, parse_vocabulary)
    weights = HuggingFaceWeights(folder, params, expected_shapes(params))
    return Opened(params, weights, weights.mapped, ranks, weights.files, "Hugging Face's")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
