"""A checkpoint in Meta's layout: `params.json`, `tokenizer.model` and `consolidated.00.pth`.

Whatever is wrong with a file is a UsageError that names it.
"""

import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from grader.errors import UsageError

PARAMS, VOCABULARY, WEIGHTS = "params.json", "tokenizer.model", "consolidated.00.pth"
_INTEGERS = ("dim", "n_layers", "n_heads", "vocab_size", "multiple_of", "n_kv_heads")
_NUMBERS = ("norm_eps", "rope_theta", "ffn_dim_multiplier")
_OPTIONAL = ("n_kv_heads", "ffn_dim_multiplier")
_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")  # how torch names what a file wants to call

Loaded = tuple[dict[str, Any], dict[str, torch.Tensor]]  # params and weights


def read_json(path: Path) -> Any:
    """Read a JSON file of a checkpoint."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}") from None


def check_params(path: Path) -> None:
    """Make sure that `params.json` has every entry, as a number."""
    params = read_json(path)
    if not isinstance(params, dict):
        raise UsageError(f"{path} is not a JSON object: it should look like {{'dim': 4096, ...}}")
    for name in _INTEGERS + _NUMBERS:
        value: Any = params.get(name)
        if value is None and name in _OPTIONAL:
            continue
        if name not in params:
            raise UsageError(f"{path} lacks {name!r}: add it as the model's authors give it")
        types = (int,) if name in _INTEGERS else (int, float)
        if type(value) not in types or value <= 0:
            kind = "integer" if name in _INTEGERS else "number"
            raise UsageError(f"{path}: {name!r} is {value!r}, expected a positive {kind}")
    heads, kv_heads = params["n_heads"], params.get("n_kv_heads") or params["n_heads"]
    if params["dim"] % heads or heads % kv_heads:
        raise UsageError(
            f"{path}: 'n_heads' must divide 'dim', and 'n_kv_heads' must divide 'n_heads'"
        )


def read_vocabulary(path: Path, parse: Callable[[bytes], dict[bytes, int]]) -> dict[bytes, int]:
    """Read the ranks of the ordinary tokens from a `tokenizer.model`."""
    contents = path.read_bytes()
    if contents[:1] == b"\n" and b"<unk>" in contents[:32]:
        raise UsageError(
            f"{path} is a SentencePiece model, as Llama 2 has it: take Llama 3's tokenizer.model, "
            "a text of 128,000 lines"
        )
    try:
        return parse(contents)
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None


def load_weights(folder: Path, load: Callable[[str], Loaded]) -> Loaded:
    """Load the parameters and the weights."""
    path = folder / WEIGHTS
    try:
        return load(str(folder))
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
        first_line = (str(error) or type(error).__name__).splitlines()[0]
        raise UsageError(
            f"{path} cannot be read ({first_line}): is it whole? Copy or download it again"
        ) from None
