"""Checkpoints in Hugging Face's layout, written by Hugging Face's own library."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from grader.suite.yours_and_reference import Reference
from grader.tests.test_oracle_huggingface import config_of, converted


def write_hugging_face(
    meta: Path, folder: Path, reference: Reference, transformers: Any, shard: str = "60KB"
) -> None:
    """Convert a checkpoint from Meta's layout, into several files.

    Args:
        meta: the folder in Meta's layout.
        shard: the maximum size of each file.
    """
    params = json.loads((meta / "params.json").read_text(encoding="utf-8"))
    weights = torch.load(meta / "consolidated.00.pth", weights_only=True)
    config = config_of(params, reference, transformers)
    llama = transformers.LlamaForCausalLM  # some versions can't be imported on the meta device
    with torch.device("meta"):
        model = llama(config)
    model.load_state_dict(converted(weights, params), strict=True, assign=True)
    model.save_pretrained(folder, max_shard_size=shard)
    write_tokenizer_json(meta, folder, reference)


def write_tokenizer_json(meta: Path, folder: Path, reference: Reference) -> None:
    """Write the part of a `tokenizer.json` that maps tokens to their bytes."""
    letters = import_module("transformers.convert_slow_tokenizer").bytes_to_unicode()
    ranks = reference.parse_vocabulary((meta / "tokenizer.model").read_bytes())
    special = reference.special_token_ids(len(ranks))
    vocabulary = {"".join(letters[byte] for byte in token): rank for token, rank in ranks.items()}
    added = [{"id": number, "content": name, "special": True} for name, number in special.items()]
    whole = {"added_tokens": added, "model": {"type": "BPE", "vocab": vocabulary, "merges": []}}
    (folder / "tokenizer.json").write_text(json.dumps(whole), encoding="utf-8")
