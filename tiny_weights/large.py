"""A random checkpoint of the real model's shapes, for who has not got the real one.

It is as large as Llama 3 8B, or a cut of its first layers, and says nothing of sense; what can be
held against it is time, memory, and whether two programs compute the same from it. It is written
tensor by tensor into a file that is mapped into memory, so no more than one tensor is ever held.
"""

import json
import math
import mmap
import random
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from grader.answer.mapped_pages import Pages
from tiny_weights.bpe import N_SPECIAL, write_tokenizer
from tiny_weights.checkpoint import make_ranks
from tiny_weights.model import Params, shapes

WEIGHTS = "consolidated.00.pth"


def write_large(
    folder: Path,
    params: Params,
    seed: int,
    dtype: torch.dtype,
    written: Callable[[int], None] = lambda count: None,
) -> None:
    """Write a checkpoint in Meta's format; all of it, or nothing.

    Args:
        folder: must not be there yet.
        seed: of the numbers; each tensor's follow from it and from its name.
        written: told of the bytes of each tensor as it is done.

    Raises:
        FileExistsError: when the folder is there.
        OSError: when the disk has no room for it.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} is there already: remove it, or choose another --out")
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
    """Give the size of all weights together."""
    return sum(math.prod(shape) for shape in shapes(params).values()) * dtype.itemsize


def made_up_ranks(count: int) -> dict[bytes, int]:
    """Give a vocabulary of `count` tokens: the tiny one, and then tokens that no merge leads to."""
    ranks = make_ranks()
    rng = random.Random(0)
    while len(ranks) < count:
        ranks.setdefault(rng.randbytes(12), len(ranks))
    return ranks


def _write_weights(
    path: Path, params: Params, seed: int, dtype: torch.dtype, written: Callable[[int], None]
) -> None:
    empty = {name: torch.empty(shape, dtype=dtype) for name, shape in shapes(params).items()}
    with torch.serialization.skip_data():  # the places of the numbers, without any
        torch.save(empty, path)
    del empty
    with _written_through():
        weights = torch.load(path, mmap=True, weights_only=True)
    pages = Pages([path])
    for name, tensor in weights.items():
        _fill(tensor, name, seed)
        pages.release(tensor)
        written(tensor.nbytes)


def _fill(tensor: torch.Tensor, name: str, seed: int) -> None:
    """Draw one tensor, so that vectors keep their size through a matrix; the stream of vectors then
    grows as the root of the number of layers, and no more."""
    generator = torch.Generator().manual_seed(zlib.crc32(f"{seed}/{name}".encode()))
    rows = tensor.view(-1, tensor.shape[-1])
    for part in rows.split(4096):  # torch.rand gives float32 numbers, the same on every processor
        uniform = torch.rand(part.shape, generator=generator)
        if name.endswith("norm.weight"):
            part.copy_(0.5 + uniform)
            continue
        variance = 1.0 if name == "tok_embeddings.weight" else 1 / tensor.shape[-1]
        part.copy_((2 * uniform - 1) * math.sqrt(3 * variance))


@contextmanager
def _written_through() -> Iterator[None]:
    """Let what is written into mapped tensors go to their file."""
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
            f"{folder.parent}: {needed / 1e9:.2f} GB are needed, and {free / 1e9:.2f} are free"
        )
