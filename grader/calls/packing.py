"""Turn plain values into bytes and back: nothing else crosses between grader and worker.

A message is msgpack with some kinds of our own: tensors (dtype, shape, device, bytes), tuples,
integers beyond 64 bits, complex numbers, the items of an iterator, and subclasses of plain types,
which arrive as the plain type. Nothing is ever pickled, and any other type is refused by name.
"""

import math
from typing import Any

import msgpack
import torch

from grader.calls.message_budget import MessageBudget
from grader.calls.plain_values import (
    DTYPES,
    IteratorItems,
    Unsupported,
    as_plain_type,
    bytes_of_tensor,
    dtype_name,
    require_plain,
)

MAX_BYTES = 256 * 2**20  # of one message; the largest honest one is a tiny checkpoint
_TENSOR, _TUPLE, _BIG_INT, _COMPLEX, _PLAIN, _ITERATOR = range(1, 7)
NUMBERS = frozenset({_BIG_INT})  # the kinds whose bytes are not a message themselves
_MOST_DIMENSIONS = 64  # torch has no more
_LARGEST_META = 2**40  # entries of a tensor without values
# What msgpack or torch raises in addition to ValueError when reading.
_REFUSALS = (msgpack.UnpackException, TypeError, LookupError, RuntimeError, ArithmeticError)


def _tensor_fields(tensor: torch.Tensor) -> list[Any]:
    require_plain(tensor)
    data = b""
    if tensor.device.type != "meta" and tensor.numel():
        data = bytes_of_tensor(tensor).cpu().numpy().tobytes()
    return [dtype_name(tensor.dtype), list(tensor.shape), tensor.device.type, data]


def _tensor_from(fields: list[Any]) -> torch.Tensor:
    name, shape, device, data = fields
    dtype = DTYPES[name]
    if type(shape) is not list or len(shape) > _MOST_DIMENSIONS or type(data) is not bytes:
        raise ValueError("not a tensor")
    if any(type(size) is not int or size < 0 for size in shape):
        raise ValueError("not the shape of a tensor")
    count = math.prod(shape)
    if device == "meta" and count <= _LARGEST_META:
        return torch.empty(shape, dtype=dtype, device="meta")
    if count * dtype.itemsize != len(data):
        raise ValueError("the bytes of a tensor do not fit its shape")
    if not data:
        return torch.empty(shape, dtype=dtype, device="cpu")
    return torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape)


def _digits(number: int) -> bytes:
    try:
        return str(number).encode()
    except ValueError:  # Python refuses to write longer ones, and messages would have to
        raise Unsupported("number of more than 4300 digits") from None


class Packer:
    """Turns plain values into bytes and back.

    Subclasses add kinds of their own (`argument_memory`, `earlier_modules`), which may occur at any
    depth of lists, tuples and dicts.
    """

    def pack(self, value: Any) -> bytes:
        """Turn a plain value into bytes; Unsupported names a type that can't be sent."""
        try:
            return msgpack.packb(value, default=self._encode, strict_types=True)
        except UnicodeEncodeError:
            raise Unsupported("str with half a surrogate pair") from None
        except (ValueError, RecursionError):
            raise Unsupported("value that nests too deeply or contains itself") from None

    def unpack(self, data: bytes, budget: MessageBudget | None = None) -> Any:
        """Turn bytes from `pack` back into the value; a `budget` checks untrusted ones first.

        Raises:
            ValueError: if the bytes are not a message of ours, or too large a one.
        """
        if budget:
            budget.check(data, NUMBERS)
        try:
            return msgpack.unpackb(data, ext_hook=self._decode, strict_map_key=False)
        except _REFUSALS as error:
            raise ValueError(f"not a message: {error}") from None

    def _encode(self, value: Any) -> msgpack.ExtType:
        """Return a value that msgpack doesn't know as one of our kinds."""
        if isinstance(value, torch.Tensor):
            return msgpack.ExtType(_TENSOR, msgpack.packb(_tensor_fields(value)))
        if isinstance(value, tuple):
            return msgpack.ExtType(_TUPLE, self.pack(list(value)))
        if isinstance(value, IteratorItems):
            return msgpack.ExtType(_ITERATOR, self.pack(list(value)))
        if type(value) is int:  # too large for msgpack
            return msgpack.ExtType(_BIG_INT, _digits(value))
        if type(value) is complex:
            return msgpack.ExtType(_COMPLEX, msgpack.packb([value.real, value.imag]))
        return msgpack.ExtType(_PLAIN, self.pack(as_plain_type(value)))

    def _decode(self, code: int, data: bytes) -> Any:
        """Return the value of one of our kinds."""
        if code == _TENSOR:
            return _tensor_from(msgpack.unpackb(data))
        if code == _TUPLE:
            return tuple(self.unpack(data))
        if code == _ITERATOR:
            return IteratorItems(self.unpack(data))
        if code == _PLAIN:
            return self.unpack(data)
        if code == _BIG_INT:
            return int(data)
        if code == _COMPLEX:
            real, imaginary = msgpack.unpackb(data)
            return complex(float(real), float(imaginary))
        raise ValueError(f"unknown kind of value: {code}")


_plain = Packer()
pack, unpack = _plain.pack, _plain.unpack
