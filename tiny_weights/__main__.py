"""Remake the random checkpoints and the prompts, bit for bit: `python -m tiny_weights`."""

import argparse
from pathlib import Path

import torch

from tiny_weights.checkpoint import HERE, VOCAB_SIZE, random_weights, write_checkpoint
from tiny_weights.model import Params
from tiny_weights.prompts import write_prompts

COMMON: Params = {"n_layers": 3, "vocab_size": VOCAB_SIZE}

# No head width equals a number of heads, no group has one, four or all heads but multi-query's.
GROUPED_QUERY: Params = COMMON | {
    "dim": 48,
    "n_heads": 6,
    "n_kv_heads": 2,
    "multiple_of": 7,
    "ffn_dim_multiplier": 0.6,
    "norm_eps": 1e-05,
    "rope_theta": 500000.0,
}
MULTI_HEAD: Params = COMMON | {
    "dim": 24,
    "n_heads": 4,
    "multiple_of": 10,
    "ffn_dim_multiplier": None,
    "norm_eps": 1e-06,
    "rope_theta": 10000.0,
}
MULTI_QUERY: Params = COMMON | {
    "dim": 30,
    "n_heads": 5,
    "n_kv_heads": 1,
    "multiple_of": 9,
    "norm_eps": 1e-05,
    "rope_theta": 500000.0,
}

CHECKPOINTS = (
    ("random_gqa", GROUPED_QUERY, torch.float32),
    ("random_mha", MULTI_HEAD, torch.float32),
    ("random_mqa", MULTI_QUERY, torch.bfloat16),
)


def main() -> None:
    """Write each folder; the seed is its place in the list."""
    parser = argparse.ArgumentParser(prog="python -m tiny_weights", description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write the folders into")
    out = parser.parse_args().out
    for seed, (name, params, dtype) in enumerate(CHECKPOINTS):
        weights = random_weights(params, seed)
        write_checkpoint(
            out / name, params, {key: tensor.to(dtype) for key, tensor in weights.items()}
        )
    write_prompts(out)


if __name__ == "__main__":
    main()
