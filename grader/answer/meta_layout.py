"""Read a checkpoint in Meta's layout: `params.json`, `tokenizer.model`, `consolidated.00.pth`.

Anything wrong with a file is a UsageError that names the file.
"""

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from grader.answer.folder_kinds import refuse_pointer
from grader.answer.json_file import check_numbers, read_object
from grader.calls.plain_values import dtype_name
from grader.errors import UsageError
from grader.language import tr

PARAMS, VOCABULARY, WEIGHTS = "params.json", "tokenizer.model", "consolidated.00.pth"
_INTEGERS = ("dim", "n_layers", "n_heads", "vocab_size", "multiple_of", "n_kv_heads")
_NUMBERS = ("norm_eps", "rope_theta", "ffn_dim_multiplier")
_OPTIONAL = ("n_kv_heads", "ffn_dim_multiplier")
_DTYPES = (torch.bfloat16, torch.float16, torch.float32)
_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")  # in torch's message: what the file wants to call
_EMBEDDING, _OUTPUT = "tok_embeddings.weight", "output.weight"

Loaded = tuple[dict[str, Any], dict[str, torch.Tensor]]  # params and weights
Shapes = dict[str, tuple[int, ...]]


def check_params(path: Path) -> None:
    """Check that `params.json` has every entry, as a positive number."""
    params = read_object(path, '{"dim": 4096, ...}')
    check_numbers(path, params, _INTEGERS, _NUMBERS, _OPTIONAL)
    heads, kv_heads = params["n_heads"], params.get("n_kv_heads") or params["n_heads"]
    if params["dim"] % heads or heads % kv_heads:
        words = tr(
            "{path}: 'n_heads' must divide 'dim', and 'n_kv_heads' must divide 'n_heads'", path=path
        )
        raise UsageError(words)


def is_sentencepiece(path: Path) -> bool:
    """Return whether a `tokenizer.model` is in the format of Llama 2."""
    with path.open("rb") as file:
        head = file.read(32)
    return head[:1] == b"\n" and b"<unk>" in head


def read_ranks(path: Path, parse: Callable[[bytes], dict[bytes, int]]) -> dict[bytes, int]:
    """Return the ranks of the ordinary tokens in a `tokenizer.model`.

    Args:
        parse: stage 1's `parse_vocabulary`.
    """
    refuse_pointer(path)
    if is_sentencepiece(path):
        words = tr(
            "{path} is a SentencePiece model, such as Llama 2's: this kata runs Llama 3, whose "
            "tokenizer.model is a text file with 128,000 lines",
            path=path,
        )
        raise UsageError(words)
    try:
        return parse(path.read_bytes())
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None


def load_weights(
    folder: Path, load: Callable[[str], Loaded], shapes_of: Callable[[dict[str, Any]], Shapes]
) -> Loaded:
    """Return the parameters and the weights.

    Args:
        load: stage 7's `load_checkpoint`.
        shapes_of: stage 7's `expected_shapes`.
    """
    path = folder / WEIGHTS
    refuse_pointer(path)
    try:
        try:
            params, weights = load(str(folder))
        except KeyError as error:
            if error.args != (_OUTPUT,):
                raise
            params, weights = _load_tied(folder, shapes_of)
    except KeyError as error:
        words = tr("{place}: the weight {weight} is missing", place=path, weight=error)
        raise UsageError(words) from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    except pickle.UnpicklingError as error:
        what = _GLOBAL.search(str(error))
        words = tr(
            "{path} contains code ({what}) that would run when it is loaded, so it is refused: use "
            "Meta's own file",
            path=path,
            what=what[1] if what else tr("of an unknown kind"),
        )
        raise UsageError(words) from None
    except (RuntimeError, EOFError, OSError, ArithmeticError) as error:
        first_line = (str(error) or type(error).__name__).splitlines()[0]
        words = tr(
            "{path} can't be read ({error}): is it complete? Copy or download it again",
            path=path,
            error=first_line,
        )
        raise UsageError(words) from None
    _refuse_dtypes(path, weights)
    return params, weights


def _load_tied(folder: Path, shapes_of: Callable[[dict[str, Any]], Shapes]) -> Loaded:
    """Load a checkpoint without an output matrix: the embedding serves as both."""
    params = read_object(folder / PARAMS, "{}")
    found = torch.load(folder / WEIGHTS, map_location="cpu", mmap=True, weights_only=True)
    found[_OUTPUT] = found[_EMBEDDING]
    shapes = shapes_of(params)
    wrong = [name for name in shapes if tuple(found[name].shape) != tuple(shapes[name])]
    if wrong:
        words = tr(
            "{weight} has shape {found}, expected {wanted}",
            weight=wrong[0],
            found=tuple(found[wrong[0]].shape),
            wanted=shapes[wrong[0]],
        )
        raise ValueError(words)
    return params, dict(zip(shapes, map(found.__getitem__, shapes), strict=True))


def _refuse_dtypes(path: Path, weights: dict[str, torch.Tensor]) -> None:
    for name, weight in weights.items():
        if weight.dtype not in _DTYPES:
            words = tr(
                "{path}: {weight} has dtype {dtype}, but these stages use bfloat16, float16 or "
                "float32: convert the weights",
                path=path,
                weight=name,
                dtype=dtype_name(weight.dtype),
            )
            raise UsageError(words)
