"""Checkpoint folders in Meta's format: params.json, tokenizer.model, consolidated.00.pth."""

import json
from pathlib import Path

import torch

from grader.train import noise
from tiny_weights import corpus
from tiny_weights.bpe import N_SPECIAL, train_bpe, write_tokenizer
from tiny_weights.model import Params, Weights, shapes

HERE = Path(__file__).parent
N_MERGEABLE = 512
VOCAB_SIZE = N_MERGEABLE + N_SPECIAL


def make_ranks() -> dict[bytes, int]:
    """Return the tiny vocabulary: 256 bytes and the first 256 merges of the corpus."""
    return train_bpe(corpus.text(), N_MERGEABLE)


def random_weights(params: Params, seed: int) -> Weights:
    """Return weights that keep activations near 1, so that no mistake hides in small numbers."""
    return noise.random_weights(shapes(params), seed)


def write_checkpoint(folder: Path, params: Params, weights: Weights) -> None:
    """Write the three files and print how large they are."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "params.json").write_text(json.dumps(params) + "\n")
    write_tokenizer(folder / "tokenizer.model", make_ranks())
    own = {name: tensor.detach().clone().contiguous() for name, tensor in weights.items()}
    torch.save(own, folder / "consolidated.00.pth")
    count = sum(tensor.numel() for tensor in own.values())
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{folder}: {count:,} parameters, {size:,} bytes")
