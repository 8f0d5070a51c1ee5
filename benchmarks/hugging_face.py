"""Hugging Face's Llama with the weights of a checkpoint in Meta's format.

`load_model` uses the same tensors. This writes a second copy of them, in Hugging Face's format:

    python -m benchmarks.hugging_face random-8b random-8b-hf
"""

import argparse
import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from grader.editions import find_kata
from grader.suite.oracle import reference_of
from grader.tests.hugging_face import write_hugging_face
from grader.tests.test_oracle_huggingface import config_of, converted

os.environ["HF_HUB_OFFLINE"] = "1"  # nothing here needs the network


def load_model(weights: dict[str, torch.Tensor], params: dict[str, Any], attention: str) -> Any:
    """Return Hugging Face's model with these weights; only queries and keys are copied.

    Args:
        attention: `eager` or `sdpa`.
    """
    transformers: Any = import_module("transformers")
    config = config_of(params, reference_of(find_kata().solutions), transformers)
    config._attn_implementation = attention
    with torch.device("meta"):
        model = transformers.LlamaForCausalLM(config).eval()
    model.load_state_dict(converted(weights, params), strict=True, assign=True)
    # The rotation's frequencies aren't weights, so they are still on the meta device.
    model.model.rotary_emb = type(model.model.rotary_emb)(config=config)
    return model


def write_copy(meta: Path, folder: Path) -> None:
    """Write a checkpoint in Hugging Face's format, with their library, if it isn't there yet."""
    if not folder.exists():
        transformers: Any = import_module("transformers")
        reference = reference_of(find_kata().solutions)
        draft = folder.with_name(f".{folder.name}.new")
        write_hugging_face(meta, draft, reference, transformers, shard="5GB")
        draft.rename(folder)


def from_pretrained(folder: Path, device: str) -> Any:
    """Return their model as their own users load it: straight to the device if that's possible."""
    model: Any = import_module("transformers").LlamaForCausalLM
    if device != "cpu" and find_spec("accelerate"):
        return model.from_pretrained(folder, dtype="auto", device_map=device).eval()
    return model.from_pretrained(folder, dtype="auto").eval().to(device)


def main() -> None:
    """Write the second folder that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("meta", type=Path, help="a folder in Meta's format")
    parser.add_argument("copy", type=Path, help="where to write; a new folder")
    options = parser.parse_args()
    write_copy(options.meta, options.copy)


if __name__ == "__main__":
    main()
