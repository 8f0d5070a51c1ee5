"""An outcome in a few numbers: enough to recognize it, too little to reconstruct it.

Everything exact (types, dtypes, shapes, messages, numbers outside tensors, the positions of nan and
infinities) goes into one salted hash. For a tensor's entries, the sketch has their norm and their
products with a few rows of random signs. Tensors that are close have close products, whatever
processor rounded them, and there are fewer products than entries.
"""

import random
from functools import lru_cache
from hashlib import blake2b
from pathlib import PurePath
from typing import Any

import msgspec
import torch

from grader.calls.outcome import CallOutcome, Raised, Returned, WrongType
from grader.calls.packing import pack
from grader.calls.plain_values import dtype_name
from grader.diagnosis.same_outcome import NEAR, NEAR_FLOAT32

MOST_PRODUCTS = 8
SLACK = 2.0  # the root mean square of so few products hardly ever exceeds the distance by more


class Projected(msgspec.Struct, frozen=True, array_like=True):
    """A tensor's L2 norm, its products with random signs, and the relative distance within which
    another tensor of its dtype counts as the same."""

    norm: float
    products: tuple[float, ...]
    near: float


class Sketch(msgspec.Struct, frozen=True, array_like=True):
    """The sketch of one outcome."""

    digest: bytes
    tensors: tuple[Projected, ...]


def sketch(outcome: CallOutcome, salt: str, folder: PurePath | None) -> Sketch:
    """Return the sketch of a call's outcome.

    Args:
        outcome: the call's outcome.
        salt: makes equal outcomes of two tests hash differently.
        folder: the test's temporary folder; its path is removed from error messages.
    """
    tensors: list[Projected] = []
    exact: list[Any]
    if isinstance(outcome, Returned):
        exact = ["returned", list(outcome.changed), _exact(outcome.value, tensors)]
    elif isinstance(outcome, Raised):
        message = _without(folder, outcome.message) if folder else outcome.message
        exact = ["raised", outcome.class_name, message]
    else:
        exact = ["type", outcome.type_name if isinstance(outcome, WrongType) else "lost"]
    text = pack([salt, exact])
    return Sketch(blake2b(text, digest_size=8).digest(), tuple(tensors))


def _without(folder: PurePath, message: str) -> str:
    """Remove a folder from a message, and turn the backslashes of Windows paths, which repr()
    doubles, into slashes."""
    for path in (repr(str(folder))[1:-1], str(folder)):
        message = message.replace(path, "")
    return message.replace("\\\\", "/").replace("\\", "/")


def alike(recorded: Sketch, seen: Sketch) -> bool:
    """Return whether two outcomes are the same, except for rounding."""
    return recorded.digest == seen.digest and all(
        _near(one, other) for one, other in zip(recorded.tensors, seen.tensors, strict=True)
    )


def _near(recorded: Projected, seen: Projected) -> bool:
    pairs = zip(recorded.products, seen.products, strict=True)
    squares = [(one - other) ** 2 for one, other in pairs]
    distance = (sum(squares) / len(squares)) ** 0.5
    return distance <= SLACK * seen.near * recorded.norm


def _exact(value: Any, tensors: list[Projected]) -> Any:
    """Return the exact part of a value, and add its tensors to `tensors`."""
    if isinstance(value, torch.Tensor):
        return _exact_of_tensor(value, tensors)
    if isinstance(value, dict):
        by_key = sorted(value.items(), key=lambda entry: pack(entry[0]))
        return ["dict", [[pack(key), _exact(item, tensors)] for key, item in by_key]]
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, [_exact(item, tensors) for item in value]]
    if type(value) is float:  # it may be rounded differently on another processor, too
        return ["float", _exact_of_tensor(torch.tensor(value, dtype=torch.float64), tensors)]
    return [type(value).__name__, pack(value)]


def _exact_of_tensor(tensor: torch.Tensor, tensors: list[Projected]) -> list[Any]:
    known = ["tensor", dtype_name(tensor.dtype), list(tensor.shape), tensor.device.type]
    if tensor.device.type == "meta":
        return known
    wide = tensor.to(torch.complex128 if tensor.is_complex() else torch.float64)
    flat = (torch.view_as_real(wide) if wide.is_complex() else wide).reshape(-1)
    odd = ~flat.isfinite()
    if bool(odd.any()):
        kinds = odd.long() + flat.isposinf().long() + 2 * flat.isneginf().long()
        known.append(bytes(kinds.tolist()))
        flat = flat.masked_fill(odd, 0.0)
    norm = float(torch.linalg.vector_norm(flat))
    products = (_signs(len(flat)).double() @ flat).tolist()
    tensors.append(Projected(norm, tuple(products), NEAR.get(tensor.dtype, NEAR_FLOAT32)))
    return known


@lru_cache(maxsize=64)
def _signs(count: int) -> torch.Tensor:
    """Return random signs, the same on every machine; at most half as many rows as entries."""
    rows = max(1, min(MOST_PRODUCTS, count // 2))
    width = (count + 7) // 8
    drawn = random.Random(count).randbytes(rows * width) or b"\0"
    bits = torch.frombuffer(bytearray(drawn), dtype=torch.uint8)[: rows * width]
    spread = (bits.reshape(rows, width, 1) >> torch.arange(8, dtype=torch.uint8)) & 1
    return spread.reshape(rows, width * 8)[:, :count].to(torch.int8) * 2 - 1
