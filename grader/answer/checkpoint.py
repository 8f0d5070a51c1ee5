"""Opening a checkpoint folder, with one clear line for everything that can be wrong with it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from grader.errors import UsageError

_NUMBERS: dict[str, tuple[type, ...]] = {
    "dim": (int,),
    "n_layers": (int,),
    "n_heads": (int,),
    "vocab_size": (int,),
    "multiple_of": (int,),
    "norm_eps": (int, float),
    "rope_theta": (int, float),
}
_OPTIONAL: dict[str, tuple[type, ...]] = {"n_kv_heads": (int,), "ffn_dim_multiplier": (int, float)}


@dataclass(frozen=True)
class Opened:
    """A checkpoint that is whole: its parameters, its weights, and its vocabulary."""

    params: dict[str, Any]
    weights: dict[str, torch.Tensor]
    ranks: dict[bytes, int]


def open_checkpoint(
    folder: Path,
    load_checkpoint: Callable[[str], tuple[dict[str, Any], dict[str, torch.Tensor]]],
    parse_vocabulary: Callable[[bytes], dict[bytes, int]],
) -> Opened:
    """Open a folder in Meta's format.

    Args:
        folder: holds `params.json`, `tokenizer.model` and `consolidated.00.pth`.
        load_checkpoint: the learner's or the reference's, from stage 7.
        parse_vocabulary: the same from stage 1.

    Raises:
        UsageError: naming the file or the entry that is wrong, and what to do.
    """
    if not folder.is_dir():
        raise UsageError(f"--checkpoint {folder}: there is no such folder")
    for name in ("params.json", "tokenizer.model", "consolidated.00.pth"):
        if not (folder / name).is_file():
            raise UsageError(
                f"{folder} lacks {name}: a checkpoint in Meta's format has params.json, "
                "tokenizer.model and consolidated.00.pth"
            )
    check_params(folder / "params.json")
    try:
        ranks = parse_vocabulary((folder / "tokenizer.model").read_bytes())
    except ValueError as error:
        raise UsageError(f"{folder / 'tokenizer.model'}: {error}") from None
    if missing := [byte for byte in range(256) if bytes([byte]) not in ranks]:
        raise UsageError(
            f"{folder / 'tokenizer.model'}: the byte {missing[0]} is no token; a byte-level "
            "vocabulary has all 256, so the file is not whole"
        )
    weights_file = folder / "consolidated.00.pth"
    try:
        params, weights = load_checkpoint(str(folder))
    except KeyError as error:
        raise UsageError(f"{weights_file}: the weight {error} is missing") from None
    except ValueError as error:
        raise UsageError(f"{weights_file}: {error}") from None
    except (RuntimeError, EOFError, OSError, ArithmeticError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(
            f"{weights_file} cannot be read ({reason}): is it whole? Copy or download it again"
        ) from None
    return Opened(params, weights, ranks)


def check_params(path: Path) -> None:
    """Make sure that `params.json` has every entry, as a number.

    Raises:
        UsageError: naming the entry.
    """
    try:
        params = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no JSON: {error}") from None
    if not isinstance(params, dict):
        raise UsageError(f"{path} is no JSON object: it should look like {{'dim': 4096, ...}}")
    for name, types in {**_NUMBERS, **_OPTIONAL}.items():
        if name not in params and name in _NUMBERS:
            raise UsageError(f"{path} lacks {name!r}: add it as the model's authors give it")
        value: Any = params.get(name)
        if value is None and name in _OPTIONAL:
            continue
        is_number = isinstance(value, types) and not isinstance(value, bool)
        if not is_number or value <= 0:
            kind = "a positive integer" if types == (int,) else "a positive number"
            raise UsageError(f"{path}: {name!r} is {value!r}, expected {kind}")
    heads, kv_heads = params["n_heads"], params.get("n_kv_heads") or params["n_heads"]
    if params["dim"] % heads or heads % kv_heads:
        raise UsageError(
            f"{path}: 'n_heads' must divide 'dim', and 'n_kv_heads' must divide 'n_heads'"
        )
