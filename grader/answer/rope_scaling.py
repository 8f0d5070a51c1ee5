"""Find out whether and how a checkpoint scales its rotations.

Llama 3 doesn't; 3.1, 3.2 and 3.3 do, all in the same way (stage 26). Hugging Face's `config.json`
gives the four numbers. Meta's `params.json` only says `use_scaled_rope`, and Meta's program knows
the numbers. Other models scale in other ways, which give other results, so they are refused.
"""

from pathlib import Path
from typing import Any

from grader.answer.json_file import check_numbers
from grader.errors import UsageError
from grader.language import tr

Scaling = dict[str, float]  # the arguments of stage 26's `scaled_frequencies`, by name

_NAMES = ("factor", "low_freq_factor", "high_freq_factor", "original_context")
_THEIR_CONTEXT = "original_max_position_embeddings"
_OURS: Scaling = {
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_context": 8192,
}
# Llama 3.2 1B and 3B were scaled by 32, which no entry of their `params.json` says. (dim, layers)
_LLAMA_3_2 = ((2048, 16), (3072, 28))


def scaling_of_params(path: Path, params: dict[str, Any]) -> Scaling | None:
    """Return the scaling that Meta's `params.json` asks for, or None.

    Raises:
        UsageError: if it isn't the one of Llama 3.1.
    """
    if (given := params.get("rope_scaling")) is not None:
        if not isinstance(given, dict):
            raise UsageError(_not_an_object(path, "'rope_scaling'", given))
        return _checked(path, given, "rope_scaling", _NAMES)
    if not params.get("use_scaled_rope"):
        return None
    factor = 32.0 if (params["dim"], params["n_layers"]) in _LLAMA_3_2 else _OURS["factor"]
    given = {**_OURS, "factor": params.get("rope_scaling_factor") or factor}
    return _checked(path, given, "", _NAMES)


def scaling_of_config(path: Path, config: dict[str, Any]) -> Scaling | None:
    """Return the scaling that Hugging Face's `config.json` asks for, or None.

    Raises:
        UsageError: if it isn't the one of Llama 3.1; the message names its kind.
    """
    newer, older = config.get("rope_parameters"), config.get("rope_scaling")
    if newer and older and newer != older:  # programs differ in which one they follow
        words = tr("{path}: rope_parameters and rope_scaling differ: remove one of them", path=path)
        raise UsageError(words)
    key, given = ("rope_scaling", older) if older and not newer else ("rope_parameters", newer)
    if given is None:
        return None
    if not isinstance(given, dict):
        raise UsageError(_not_an_object(path, key, given))
    kind = given.get("rope_type", given.get("type"))  # `type` until 2024
    if kind is None and set(given) - {"rope_theta"}:
        words = tr("{path}: {key} has no 'rope_type' to say what it means", path=path, key=key)
        raise UsageError(words)
    if kind in (None, "default"):
        return None
    if kind != "llama3":
        words = tr(
            "{path}: {key} is of type {kind!r}, but these stages scale rotations only as Llama "
            "3.1 does ('llama3')",
            path=path,
            key=key,
            kind=kind,
        )
        raise UsageError(words)
    their_names = tuple(_THEIR_CONTEXT if name == "original_context" else name for name in _NAMES)
    return _checked(path, given, key, their_names)


def _not_an_object(path: Path, key: str, given: object) -> str:
    return tr(
        "{path}: {key} is {given!r}, expected an object or null", path=path, key=key, given=given
    )


def _checked(path: Path, given: dict[str, Any], where: str, names: tuple[str, ...]) -> Scaling:
    check_numbers(path, given, (), names, where=where)
    found = dict(zip(_NAMES, (given[name] for name in names), strict=True))
    if found["high_freq_factor"] <= found["low_freq_factor"] or found["factor"] < 1:
        entry = f"{where} 'high_freq_factor'".lstrip()
        words = tr(
            "{path}: {entry} must be larger than 'low_freq_factor', and 'factor' at least 1",
            path=path,
            entry=entry,
        )
        raise UsageError(words)
    return found
