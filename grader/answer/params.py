"""What `params.json` must hold."""

import json
from pathlib import Path
from typing import Any

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
