"""Read a checkpoint in Hugging Face's layout as one in Meta's.

The tensors have different names, and the rows of wq and wk are in a different order: Hugging Face
pairs the two halves of a head, Meta neighboring entries. So a conversion to Hugging Face's layout
moves row 2i of a head to i, and row 2i + 1 to d/2 + i; here they move back. Lesson 11 says why.
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
    """Return the contents of Meta's `params.json`, given the `config.json` of a Llama 3."""
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
            # Whatever the width was computed from, rounding up to a multiple of it gives it again.
            "multiple_of": width,
            "ffn_dim_multiplier": None if two_thirds <= width else width / two_thirds / 2,
            "norm_eps": config["rms_norm_eps"],
            "rope_theta": config.get("rope_theta") or rope["rope_theta"],
            "use_scaled_rope": rope.get("rope_type", "default") != "default",
        }
    except (KeyError, TypeError) as error:
        raise UsageError(f"{path} lacks {error}: is it a Llama 3's?") from None


def _refuse_others(path: Path, config: Any) -> None:
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind != "llama":
        raise UsageError(f"{path} is of a {kind or 'strange'} model: this kata computes Llama 3")
    if quantization := config.get("quantization_config"):
        how = quantization.get("quant_method", "some way")
        raise UsageError(f"{path}: the weights are quantized ({how}): take the bfloat16 ones")
    for name in ("attention_bias", "mlp_bias"):
        if config.get(name):
            raise UsageError(f"{path}: {name} is set, and no Llama 3 has such")
    heads = config.get("num_attention_heads") or 1
    if config.get("head_dim") and config["head_dim"] * heads != config.get("hidden_size"):
        raise UsageError(f"{path}: head_dim is {config['head_dim']}, not hidden_size over heads")


class HuggingFaceWeights(UserDict[str, torch.Tensor]):
    """The tensors of `*.safetensors`, mapped into memory, by Meta's names and in Meta's order."""

    def __init__(self, folder: Path, params: dict[str, Any], shapes: dict[str, Any]) -> None:
        """Open the files; `shapes` has the names and shapes of the model's weights (stage 7)."""
        super().__init__()
        self._params = params
        self.files = _weight_files(folder)
        tensors = _open_all(self.files)
        for name, shape in shapes.items():
            theirs = _their_name(name)
            if name == "output.weight" and theirs not in tensors:
                theirs = _NAMES["tok_embeddings.weight"]  # the smaller Llamas have one for both
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
    """Put the rows of each head of `[n * d, D]` back into Meta's order, with neighbors as pairs."""
    halves = weight.view(n_heads, 2, -1, weight.shape[-1])  # [n, 2, d/2, D]
    return halves.transpose(1, 2).reshape(weight.shape)


def _weight_files(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return [_there(folder / "model.safetensors")]
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{index} is not an index of weights: {error}") from None
    return [_there(folder / name) for name in sorted(names)]


def _there(path: Path) -> Path:
    if not path.is_file():
        raise UsageError(f"{path.parent} lacks {path.name}: download it again")
    return path


def _open_all(files: list[Path]) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    for path in files:
        try:
            with safe_open(path, "pt", device="cpu") as file:
                for name in file.keys():  # noqa: SIM118 - the file is no dict
                    kind = file.get_slice(name).get_dtype()
                    if kind not in _DTYPES:
                        raise UsageError(
                            f"{path}: {name} is of {kind}: quantized weights are not for these "
                            "stages, take the bfloat16 ones"
                        )
                    tensors[name] = file.get_tensor(name)
        except SafetensorError as error:
            raise UsageError(f"{path} cannot be read ({error}): is it whole?") from None
    return tensors


def read_vocabulary(path: Path) -> dict[bytes, int]:
    """Read the ranks of the ordinary tokens from a `tokenizer.json`."""
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
            f"{path} is not a byte-level vocabulary ({error}): is it Llama 3's?"
        ) from None


def _byte_of_letter() -> dict[str, int]:
    """Return the byte that each letter stands for.

    GPT-2 writes bytes that can't be printed as the letters from U+0100 on, in order.
    """
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    unseen = [byte for byte in range(256) if byte not in seen]
    letters = {chr(0x100 + index): byte for index, byte in enumerate(unseen)}
    return {chr(byte): byte for byte in seen} | letters
