"""Read the `config.json` of Hugging Face's layout as if it were Meta's `params.json`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.answer.json_file import check_numbers, read_json, read_object
from grader.answer.rope_scaling import scaling_of_config
from grader.errors import UsageError
from grader.language import tr

CONFIG, GENERATION = "config.json", "generation_config.json"
_INTEGERS = (
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "vocab_size",
    "num_key_value_heads",
)
_SILU = ("silu", "swish")  # two names of one function


def read_config(folder: Path) -> dict[str, Any]:
    """Return the `config.json` of a model that these stages can run.

    Raises:
        UsageError: if it is another kind of model; the message says why.
    """
    path = folder / CONFIG
    config = read_json(path)
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind != "llama":
        raise UsageError(_another_kind(path, kind))
    if quantization := config.get("quantization_config"):
        how = quantization.get("quant_method") if isinstance(quantization, dict) else quantization
        words = tr(
            "{path}: the weights are quantized ({how}): use the bfloat16 weights",
            path=path,
            how=how or tr("unknown method"),
        )
        raise UsageError(words)
    check_numbers(path, config, _INTEGERS, ("rms_norm_eps",), ("num_key_value_heads",))
    for name in ("attention_bias", "mlp_bias"):
        if config.get(name):
            words = tr(
                "{path}: {name} is set, but no Llama 3 has these biases", path=path, name=name
            )
            raise UsageError(words)
    activation = config.get("hidden_act", "silu")
    if activation not in _SILU:
        words = tr(
            "{path}: hidden_act is {activation!r}, but Llama's feed-forward network uses 'silu'",
            path=path,
            activation=activation,
        )
        raise UsageError(words)
    _check_heads(path, config)
    return config


def _another_kind(path: Path, kind: object) -> str:
    if kind:
        return tr(
            "{path} describes a {kind} model, but this kata runs Llama 3", path=path, kind=kind
        )
    return tr("{path} describes an unknown kind of model, but this kata runs Llama 3", path=path)


def _check_heads(path: Path, config: dict[str, Any]) -> None:
    dim, heads = config["hidden_size"], config["num_attention_heads"]
    if config.get("head_dim") is not None and config["head_dim"] != dim / heads:
        words = tr(
            "{path}: head_dim is {head_dim}, not hidden_size / num_attention_heads",
            path=path,
            head_dim=config["head_dim"],
        )
        raise UsageError(words)
    if dim % heads or heads % (config.get("num_key_value_heads") or heads):
        words = tr(
            "{path}: num_attention_heads must divide hidden_size, and num_key_value_heads must "
            "divide num_attention_heads",
            path=path,
        )
        raise UsageError(words)


def params_of(folder: Path, config: dict[str, Any]) -> dict[str, Any]:
    """Return what Meta's `params.json` would contain for this configuration.

    Raises:
        UsageError: if the rotations are unlike any Llama's.
    """
    path = folder / CONFIG
    width, dim = config["intermediate_size"], config["hidden_size"]
    two_thirds = int(8 * dim / 3)
    scaling = scaling_of_config(path, config)
    return {
        "dim": dim,
        "n_layers": config["num_hidden_layers"],
        "n_heads": config["num_attention_heads"],
        "n_kv_heads": config.get("num_key_value_heads") or config["num_attention_heads"],
        "vocab_size": config["vocab_size"],
        # However the width was chosen, rounding up to a multiple of itself gives it again.
        "multiple_of": width,
        "ffn_dim_multiplier": None if two_thirds <= width else width / two_thirds / 2,
        "norm_eps": config["rms_norm_eps"],
        "rope_theta": _theta(path, config),
        "use_scaled_rope": scaling is not None,
        "rope_scaling": scaling,
    }


def _theta(path: Path, config: dict[str, Any]) -> float:
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    found = rope if config.get("rope_theta") is None else config
    check_numbers(path, found, (), ("rope_theta",))
    return float(found["rope_theta"])


def context_of(config: dict[str, Any]) -> int | None:
    """Return how many tokens the model was made for, if the configuration says so."""
    context = config.get("max_position_embeddings")
    return context if type(context) is int and context > 0 else None


def stop_tokens(folder: Path, config: dict[str, Any]) -> frozenset[int]:
    """Return the ids of the tokens that end a text, from all places where they are given."""
    generation = folder / GENERATION
    found = read_object(generation, "{}") if generation.is_file() else {}
    return frozenset(_ids(found.get("eos_token_id"))) | frozenset(_ids(config.get("eos_token_id")))


def _ids(given: Any) -> Iterator[int]:
    """Yield the ids in an `eos_token_id`, which may be one, a list or null."""
    for one in given if isinstance(given, list) else [given]:
        if type(one) is int:
            yield one
