"""Read a checkpoint in Hugging Face's layout as if it were in Meta's.

The tensors have other names, and the rows of wq and wk are in another order: Hugging Face pairs the
two halves of a head for the rotation, while Meta pairs neighbors. Converting to Hugging Face's
layout therefore moves row 2i of a head to i, and row 2i + 1 to d/2 + i; here they move back. Lesson
11 explains why.
"""

import json
from collections import UserDict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from grader.answer.meta_layout import read_json
from grader.errors import UsageError

CONFIG, VOCABULARY_JSON = "config.json", "tokenizer.json"
_NAMES = {
    "tok_embeddings.weight": "model.embed_tokens.weight",
    "norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_NAMES_IN_LAYER = {
    "attention.wq.weight": "self_attn.q_proj.weight",
    "attention.wk.weight": "self_attn.k_proj.weight",
    "attention.wv.weight": "self_attn.v_proj.weight",
    "attention.wo.weight": "self_attn.o_proj.weight",
    "feed_forward.w1.weight": "mlp.gate_proj.weight",
    "feed_forward.w2.weight": "mlp.down_proj.weight",
    "feed_forward.w3.weight": "mlp.up_proj.weight",
    "attention_norm.weight": "input_layernorm.weight",
    "ffn_norm.weight": "post_attention_layernorm.weight",
}
_DTYPES = ("BF16", "F16", "F32")


def params_of(folder: Path) -> dict[str, Any]:
    """Return what Meta's `params.json` would contain, from the `config.json` of a Llama 3.

    Raises:
        UsageError: if it is not the config of a Llama 3; the message says why.
    """
    path = folder / CONFIG
    config = read_json(path)
    _refuse_others(path, config)
    try:
        width, dim = config["intermediate_size"], config["hidden_size"]
        heads = config["num_attention_heads"]
        rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
        two_thirds = int(8 * dim / 3)
        return {
            "dim": dim,
            "n_layers": config["num_hidden_layers"],
            "n_heads": heads,
            "n_kv_heads": config.get("num_key_value_heads") or heads,
            "vocab_size": config["vocab_size"],
            # However the width was chosen, rounding up to a multiple of itself gives it again.
            "multiple_of": width,
            "ffn_dim_multiplier": None if two_thirds <= width else width / two_thirds / 2,
            "norm_eps": config["rms_norm_eps"],
            "rope_theta": config.get("rope_theta") or rope["rope_theta"],
            "use_scaled_rope": rope.get("rope_type", "default") != "default",
        }
    except (KeyError, TypeError) as error:
        raise UsageError(f"{path} has no {error}: is it from a Llama 3?") from None


def _refuse_others(path: Path, config: Any) -> None:
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind != "llama":
        what = f"a {kind} model" if kind else "an unknown kind of model"
        raise UsageError(f"{path} describes {what}, but this kata runs Llama 3")
    if quantization := config.get("quantization_config"):
        how = quantization.get("quant_method", "unknown method")
        raise UsageError(f"{path}: the weights are quantized ({how}): use the bfloat16 weights")
    for name in ("attention_bias", "mlp_bias"):
        if config.get(name):
            raise UsageError(f"{path}: {name} is set, but no Llama 3 has these biases")
    heads = config.get("num_attention_heads") or 1
    if config.get("head_dim") and config["head_dim"] * heads != config.get("hidden_size"):
        raise UsageError(
            f"{path}: head_dim is {config['head_dim']}, not hidden_size / num_attention_heads"
        )


class HuggingFaceWeights(UserDict[str, torch.Tensor]):
    """The tensors of `*.safetensors`, mapped into memory, by Meta's names and in Meta's order."""

    def __init__(self, folder: Path, params: dict[str, Any], shapes: dict[str, Any]) -> None:
        """Open the files.

        Args:
            params: as in Meta's `params.json`.
            shapes: the shape of every weight of the model, by Meta's names (stage 7).

        Raises:
            UsageError: if a file or weight is missing, unreadable, or has the wrong shape.
        """
        super().__init__()
        self._params = params
        self.files = _weight_files(folder)
        tensors = _open_all(self.files)
        for name, shape in shapes.items():
            theirs = _their_name(name)
            if name == "output.weight" and theirs not in tensors:
                theirs = _NAMES["tok_embeddings.weight"]  # smaller Llamas share it
            if theirs not in tensors:
                raise UsageError(f"{folder}: the weight {theirs} is missing")
            if (found := tuple(tensors[theirs].shape)) != (wanted := tuple(shape)):
                raise UsageError(f"{folder}: {theirs} has shape {found}, expected {wanted}")
            self.data[name] = tensors[theirs]

    def __getitem__(self, name: str) -> torch.Tensor:
        tensor = self.data[name]
        if name.endswith("attention.wq.weight"):
            return _pairs_from_halves(tensor, self._params["n_heads"])
        if name.endswith("attention.wk.weight"):
            return _pairs_from_halves(tensor, self._params["n_kv_heads"])
        return tensor


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
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{index} is not a valid index of weights: {error}") from None
    return [_there(folder / name) for name in sorted(names)]


def _there(path: Path) -> Path:
    if not path.is_file():
        raise UsageError(f"{path.parent} has no {path.name}: download it again")
    return path


def _open_all(files: list[Path]) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    for path in files:
        try:
            with safe_open(path, "pt", device="cpu") as file:
                for name in file.keys():  # noqa: SIM118 - the file is not a dict
                    kind = file.get_slice(name).get_dtype()
                    if kind not in _DTYPES:
                        raise UsageError(
                            f"{path}: {name} has dtype {kind}: these stages can't use quantized "
                            "weights, so use the bfloat16 ones"
                        )
                    tensors[name] = file.get_tensor(name)
        except SafetensorError as error:
            raise UsageError(f"{path} can't be read ({error}): is it complete?") from None
    return tensors


def read_vocabulary(path: Path) -> dict[bytes, int]:
    """Return the ranks of the ordinary tokens in a `tokenizer.json`.

    Raises:
        UsageError: if the file has no byte-level vocabulary.
    """
    try:
        whole: dict[str, Any] = json.loads(path.read_bytes())
        special = {token["content"] for token in whole["added_tokens"]}
        vocabulary: dict[str, int] = whole["model"]["vocab"]
        byte_of = _byte_of_letter()
        return {
            bytes(byte_of[letter] for letter in token): rank
            for token, rank in vocabulary.items()
            if token not in special
        }
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} has no byte-level vocabulary ({error}): is it from a Llama 3?"
        ) from None


def _byte_of_letter() -> dict[str, int]:
    """Return the byte that each letter stands for.

    GPT-2 writes visible bytes as themselves, and the others as letters from U+0100 on, in order.
    """
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    unseen = [byte for byte in range(256) if byte not in seen]
    letters = {chr(0x100 + index): byte for index, byte in enumerate(unseen)}
    return {chr(byte): byte for byte in seen} | letters
