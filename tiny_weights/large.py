"""A random checkpoint with the real model's shapes, for those who don't have the real one.

It is as large as Llama 3 8B, or as its first layers, and what it says makes no sense. It is used to
measure time and memory, and to check that two programs compute the same thing. It is written into a
memory-mapped file, a few tensors at a time, each a few rows at a time. So it takes little memory.
"""

import json
import math
import mmap
import os
import random
import shutil
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import torch

from grader.answer.mapped_pages import Pages
from tiny_weights.bpe import N_SPECIAL, write_tokenizer
from tiny_weights.checkpoint import make_ranks
from tiny_weights.model import Params, shapes

WEIGHTS = "consolidated.00.pth"
_THREADS = 8  # random numbers take longer than writing them to a fast disk
_ROWS = 1024  # drawn at a time


def write_large(
    folder: Path,
    params: Params,
    seed: int,
    dtype: torch.dtype,
    written: Callable[[int], None] = lambda count: None,
) -> None:
    """Write a checkpoint in Meta's format, or nothing if that fails.

    Args:
        folder: where to write; it must not exist yet.
        seed: for the random numbers; each tensor's depend only on it and on the tensor's name.
        written: called with the number of bytes of each tensor once it is written.

    Raises:
        FileExistsError: when the folder exists.
        OSError: when the disk has too little space.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} exists already: remove it, or choose another --out")
    draft = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        _require_room(draft, checkpoint_bytes(params, dtype))
        (draft / "params.json").write_text(json.dumps(params) + "\n", encoding="utf-8")
        write_tokenizer(draft / "tokenizer.model", made_up_ranks(params["vocab_size"] - N_SPECIAL))
        _write_weights(draft / WEIGHTS, params, seed, dtype, written)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def checkpoint_bytes(params: Params, dtype: torch.dtype) -> int:
    """Return the size of all weights together."""
    return sum(math.prod(shape) for shape in shapes(params).values()) * dtype.itemsize


def made_up_ranks(count: int) -> dict[bytes, int]:
    """Return a vocabulary of `count` tokens: the tiny one, then tokens that no merge produces."""
    ranks = make_ranks()
    rng = random.Random(0)
    while len(ranks) < count:
        ranks.setdefault(rng.randbytes(12), len(ranks))
    return ranks


def _write_weights(
    path: Path, params: Params, seed: int, dtype: torch.dtype, written: Callable[[int], None]
) -> None:
    empty = {name: torch.empty(shape, dtype=dtype) for name, shape in shapes(params).items()}
    with torch.serialization.skip_data():  # reserves space for the numbers without writing any
        torch.save(empty, path)
    del empty
    with _written_through():
        weights = torch.load(path, mmap=True, weights_only=True)
    pages = Pages([path])

    def fill(name: str) -> int:
        _fill(weights[name], name, seed)
        pages.release(weights[name])
        return weights[name].nbytes

    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        for count in pool.map(fill, weights):
            written(count)


def _fill(tensor: torch.Tensor, name: str, seed: int) -> None:
    """Draw one tensor, scaled so that multiplying by it keeps the size of vectors.

    The vectors then grow only with the square root of the number of layers.
    """
    generator = torch.Generator().manual_seed(zlib.crc32(f"{seed}/{name}".encode()))
    rows = tensor.view(-1, tensor.shape[-1])
    for part in rows.split(_ROWS):  # torch.rand gives float32 numbers, the same on every processor
        uniform = torch.rand(part.shape, generator=generator)
        if name.endswith("norm.weight"):
            part.copy_(0.5 + uniform)
            continue
        variance = 1.0 if name == "tok_embeddings.weight" else 1 / tensor.shape[-1]
        part.copy_((2 * uniform - 1) * math.sqrt(3 * variance))


@contextmanager
def _written_through() -> Iterator[None]:
    """Load mapped tensors so that writing into them changes their file."""
    before = torch.serialization.get_default_mmap_options() or mmap.MAP_PRIVATE
    torch.serialization.set_default_mmap_options(mmap.MAP_SHARED)
    try:
        yield
    finally:
        torch.serialization.set_default_mmap_options(before)


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + 10_000_000:
        raise OSError(
            f"{folder.parent}: this needs {needed / 1e9:.2f} GB, and {free / 1e9:.2f} GB are free"
        )
