"""Hugging Face's Llama on the tensors of a checkpoint in Meta's format, without a second copy."""

from importlib import import_module
from typing import Any

import torch

from grader.editions import find_kata
from grader.suite.oracle import reference_of
from grader.tests.test_oracle_huggingface import config_of, converted


def load_model(weights: dict[str, torch.Tensor], params: dict[str, Any], attention: str) -> Any:
    """Make the model of these weights; all but queries and keys stay where they are.

    Args:
        attention: `eager` or `sdpa`.
    """
    transformers: Any = import_module("transformers")
    config = config_of(params, reference_of(find_kata().solutions), transformers)
    config._attn_implementation = attention
    with torch.device("meta"):
        model = transformers.LlamaForCausalLM(config).eval()
    model.load_state_dict(converted(weights, params), strict=True, assign=True)
    # What is no weight was made on the meta device: the frequencies of the rotation.
    model.model.rotary_emb = type(model.model.rotary_emb)(config=config)
    return model
