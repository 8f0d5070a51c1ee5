"""Hugging Face's Llama on the tensors of a checkpoint in Meta's format, without a second copy."""

from importlib import import_module
from typing import Any

import torch

from grader.editions import find_kata
from grader.suite.oracle import reference_of
from grader.tests.test_oracle_huggingface import config_of, converted


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
