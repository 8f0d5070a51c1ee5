"""Plain values: what a call may be given and may return, and what can be done with any of them.

They are None, numbers, text, bytes, tensors, and lists, tuples and dicts of them; what an iterator
gives counts as a list of its own kind. `packing` turns them into bytes and back.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import torch

MOST_DRAWN = 10_000  # items of an iterator
PLAIN_TYPES: tuple[Any, ...] = (int, float, str, bytes, list, dict)

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float32,
        torch.float64,
        torch.float16,
        torch.bfloat16,
        torch.complex64,
        torch.complex128,
        torch.int64,
        torch.int32,
        torch.int16,
        torch.int8,
        torch.uint8,
        torch.bool,
    )
}


class Unsupported(TypeError):
    """A value is of a type that does not travel; the message is that type's name."""


class IteratorItems(list[Any]):
    """The items that an iterator gave, in order; such a list is no plain one."""


def drained(value: Any) -> Any:
    """Return a value with every iterator in it replaced by its items; an endless one is cut."""
    if isinstance(value, Iterator):
        return IteratorItems(drained(item) for item in islice(value, MOST_DRAWN))
    if type(value) is list or type(value) is tuple:
        return type(value)(map(drained, value))
    if type(value) is dict:
        return {key: drained(item) for key, item in value.items()}
    return value


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """Yield the tensors in a value, at any depth of lists, tuples and dicts."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from tensors_in(item)


def map_tensors(change: Callable[[torch.Tensor], torch.Tensor], value: Any) -> Any:
    """Return a value with every tensor in it changed, at any depth."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map_tensors(change, item) for item in value)
    if isinstance(value, dict):
        return {key: map_tensors(change, item) for key, item in value.items()}
    return value


def plain_copy(value: Any) -> Any:
    """Return what would arrive, were the value packed and unpacked.

    Raises:
        Unsupported: naming the type that cannot travel.
    """
    if value is None or type(value) in (bool, int, float, complex, str, bytes):
        return value
    if isinstance(value, torch.Tensor):
        require_plain(value)
        return (
            value.detach().resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format)
        )
    if isinstance(value, tuple):
        return tuple(map(plain_copy, value))
    if isinstance(value, IteratorItems):
        return IteratorItems(map(plain_copy, value))
    if isinstance(value, list):
        return list(map(plain_copy, value))
    if isinstance(value, dict):
        return {plain_copy(key): plain_copy(item) for key, item in value.items()}
    for plain in PLAIN_TYPES:
        if isinstance(value, plain):
            return plain(value)
    raise Unsupported(type_name(value))


def identical(one: Any, other: Any) -> bool:
    """Return whether two plain values are the same to the last bit."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        if (one.shape, one.dtype, one.device) != (other.shape, other.dtype, other.device):
            return False
        if one.device.type == "meta":
            return True
        return torch.equal(bytes_of_tensor(one), bytes_of_tensor(other))
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(identical(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(identical, one, other))
    return bool(one == other) or one != one  # nan is itself


def dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def require_plain(tensor: torch.Tensor) -> None:
    if dtype_name(tensor.dtype) not in DTYPES or tensor.layout != torch.strided:
        raise Unsupported(f"torch.Tensor of {tensor.dtype}, {tensor.layout}")


def bytes_of_tensor(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor's bytes as they lie in memory, uint8."""
    return tensor.detach().resolve_conj().resolve_neg().contiguous().reshape(-1).view(torch.uint8)


def type_name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"
