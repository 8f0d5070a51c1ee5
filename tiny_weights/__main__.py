"""Remake the random checkpoints and the prompts, bit for bit: `python -m tiny_weights`.

With `--shape 8b` it makes one with the real model's shapes instead: 16.06 GB of random numbers.
"""

import argparse
import sys
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from grader.llama3_8b import PARAMS as LLAMA_3_8B
from tiny_weights.checkpoint import HERE, VOCAB_SIZE, random_weights, write_checkpoint
from tiny_weights.large import checkpoint_bytes, write_large
from tiny_weights.model import Params
from tiny_weights.prompts import write_prompts

COMMON: Params = {"n_layers": 3, "vocab_size": VOCAB_SIZE}

# In no model does the head width equal the number of heads, and the groups have 3, 1 and 5
# heads (the 8B's have 4), so that mixed-up numbers show.
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
DTYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32}


def main() -> None:
    """Write the tiny folders or one large folder."""
    parser = argparse.ArgumentParser(
        prog="python -m tiny_weights",
        description=__doc__,
        epilog="example: python -m tiny_weights --shape 8b --layers 4 --out /tmp/cut",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, help="where to write; with --shape, a new folder")
    parser.add_argument("--shape", choices=["8b"], help="make one checkpoint with these shapes")
    parser.add_argument("--layers", type=int, default=32, help="its number of layers (32)")
    parser.add_argument("--dtype", choices=DTYPES, default="bfloat16", help="its dtype (bfloat16)")
    parser.add_argument("--seed", type=int, default=0, help="seed of its numbers (0)")
    given = parser.parse_args()
    if given.shape is None:
        write_tiny(given.out or HERE)
    elif given.out is None or not 1 <= given.layers <= 32:
        parser.error("--shape needs --out, and 1 to 32 --layers")
    else:
        params = LLAMA_3_8B | {"n_layers": given.layers}
        sys.exit(write_shape(given.out, params, given.seed, DTYPES[given.dtype]))


def write_tiny(out: Path) -> None:
    """Write each folder, using its index in the list as the seed."""
    for seed, (name, params, dtype) in enumerate(CHECKPOINTS):
        weights = random_weights(params, seed)
        write_checkpoint(
            out / name, params, {key: tensor.to(dtype) for key, tensor in weights.items()}
        )
    write_prompts(out)


def write_shape(out: Path, params: Params, seed: int, dtype: torch.dtype) -> int:
    """Write one large folder with a progress bar, and return the exit code."""
    columns = (TextColumn("writing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("", total=checkpoint_bytes(params, dtype))
            write_large(out, params, seed, dtype, lambda count: bar.advance(task, count))
    except OSError as error:
        print(f"tiny_weights: {error}", file=sys.stderr)
        return 2
    size = sum(file.stat().st_size for file in out.iterdir())
    print(f"{out}: {params['n_layers']} layers, {size:,} bytes")
    return 0


if __name__ == "__main__":
    main()
