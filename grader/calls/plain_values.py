"""Plain values, which calls take and return, and operations on any of them.

They are None, numbers, text, bytes, tensors, and lists, tuples and dicts of these; the items of an
iterator are a special kind of list. `packing` turns them into bytes and back.
"""

import operator
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import torch

MOST_DRAWN = 10_000  # items of an iterator
_PLAIN_TYPES: tuple[Any, ...] = (int, float, str, bytes, list, dict)
_KEYS = (int, float, str, bytes, type(None))

_FLOATS = ("float32", "float64", "float16", "bfloat16", "complex64", "complex128")
_INTEGERS = ("int64", "int32", "int16", "int8", "uint8", "bool")
DTYPES: dict[str, torch.dtype] = {name: getattr(torch, name) for name in (*_FLOATS, *_INTEGERS)}


class Unsupported(TypeError):
    """A value is of a type that can't be sent; the message is that type's name."""


class IteratorItems(list[Any]):
    """The items of an iterator, in order; a type of its own, so that they don't pass as a list."""


def drained(value: Any) -> Any:
    """Return a value in which each iterator, at any depth of plain lists, tuples and dicts, is
    replaced by `IteratorItems` of at most MOST_DRAWN items.

    Raises: RecursionError if a list contains itself, and whatever an iterator raises.
    """
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
    """Return the value as it would be after packing and unpacking; Unsupported as in `pack`."""
    if value is None or type(value) in (bool, int, float, complex, str, bytes):
        return value
    if isinstance(value, torch.Tensor):
        require_plain(value)
        return resolved(value).clone(memory_format=torch.contiguous_format)
    for kind in (tuple, IteratorItems, list):
        if isinstance(value, kind):
            return kind(map(plain_copy, value))
    if isinstance(value, dict):
        return {plain_copy(key): plain_copy(item) for key, item in value.items()}
    return as_plain_type(value)


def equal(
    one: Any,
    other: Any,
    equal_entries: Callable[[torch.Tensor, torch.Tensor], bool],
    equal_floats: Callable[[float, float], bool] = operator.eq,
) -> bool:
    """Return whether two plain values have equal types, shapes, dtypes, devices and contents.

    Outside tensors, nan equals nan; dicts are compared regardless of order.

    Args:
        equal_entries: compares two tensors of the same shape, dtype and device; not called for
            `meta` tensors, which count as equal.
        equal_floats: compares two floats outside tensors.
    """
    compare = (equal_entries, equal_floats)
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        if (one.shape, one.dtype, one.device) != (other.shape, other.dtype, other.device):
            return False
        return one.device.type == "meta" or equal_entries(one, other)
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        same_keys = one.keys() == other.keys()
        return same_keys and all(equal(one[key], other[key], *compare) for key in one)
    if isinstance(one, (list, tuple)):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(equal(*pair, *compare) for pair in pairs)
    if isinstance(one, float) and equal_floats(one, other):
        return True
    return bool(one == other) or (one != one and other != other)  # both are nan


def identical(one: Any, other: Any) -> bool:
    """Return whether two plain values are equal to the last bit."""
    return equal(one, other, lambda *pair: torch.equal(*map(bytes_of_tensor, pair)))


def dtype_name(dtype: torch.dtype) -> str:
    """Return a dtype's name without `torch.`, such as `float32`."""
    return str(dtype).removeprefix("torch.")


def require_plain(tensor: torch.Tensor) -> None:
    """Raise Unsupported for a tensor whose dtype or layout can't be sent."""
    if dtype_name(tensor.dtype) not in DTYPES or tensor.layout != torch.strided:
        raise Unsupported(f"torch.Tensor of {tensor.dtype}, {tensor.layout}")


def require_plain_keys(value: Any) -> None:
    """Raise Unsupported for a dict with a key that `message_budget` would refuse, such as a tuple.

    Raises: RecursionError if a list contains itself.
    """
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, _KEYS):
                raise Unsupported(f"dict whose keys are {type(key).__name__}s")
        require_plain_keys(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for item in value:
            if isinstance(item, (dict, list, tuple)):
                require_plain_keys(item)


def bytes_of_tensor(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor's bytes in the order of its entries, uint8."""
    return resolved(tensor).contiguous().reshape(-1).view(torch.uint8)


def resolved(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor with pending conjugations and negations carried out."""
    return tensor.detach().resolve_conj().resolve_neg()


def as_plain_type(value: Any) -> Any:
    """Return a value of a subclass, such as OrderedDict or numpy.float64, as the plain type."""
    for plain in _PLAIN_TYPES:
        if isinstance(value, plain):
            return plain(value)
    raise Unsupported(f"{type(value).__module__}.{type(value).__qualname__}")
