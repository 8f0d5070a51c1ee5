"""Memory that the grader shares with one sandboxed worker, for the tensors of a call.

The grader puts arguments there and looks at them again after the reply, so it sees for itself
whether the call changed one. A worker names a tensor that is stored there (an argument or a slice
of one) by its offset, so that it need not be sent back.

A tensor is written as `[dtype, shape, strides, where]`: `where` is an offset, or the bytes if the
entries are stored elsewhere, or "meta" if there are none. Strides are kept, because what fails on a
transposed tensor has to fail on the other side too.
"""

import math
import mmap
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgpack
import torch

from grader.calls.packing import Packer
from grader.calls.plain_values import DTYPES, dtype_name, require_plain, resolved

SIZE = 128 * 2**20  # bytes; only the pages in use take up memory
STRIDED = 16  # the kind of value, see `packing`
_ALIGNED = 64
_MOST_DIMENSIONS = 64  # torch has no more
_MOST_ENTRIES = 2**21  # of an untrusted tensor; strides of 0 repeat them for nothing
_LARGEST_META = 2**40

Where = int | bytes | str
Take = Callable[[torch.dtype, Sequence[int], Sequence[int], Where], torch.Tensor]


class MemoryPacker(Packer):
    """Packs values whose tensors may be stored in shared memory."""

    def __init__(self, put: Callable[[torch.Tensor], Where], take: Take) -> None:
        """Set what this end of the memory does with a tensor that it sends, and one it receives."""
        self._put, self._take = put, take

    def _encode(self, value: Any) -> msgpack.ExtType:
        if not isinstance(value, torch.Tensor):
            return super()._encode(value)
        require_plain(value)
        tensor = resolved(value)
        fields = [dtype_name(tensor.dtype), list(tensor.shape), list(tensor.stride())]
        return msgpack.ExtType(STRIDED, msgpack.packb([*fields, self._put(tensor)]))

    def _decode(self, code: int, data: bytes) -> Any:
        if code != STRIDED:
            return super()._decode(code, data)
        name, shape, strides, where = msgpack.unpackb(data)
        return self._take(DTYPES[name], shape, strides, where)


@dataclass(frozen=True)
class Placed:
    """Bytes that the grader put at an offset."""

    offset: int
    data: torch.Tensor  # uint8


class GraderMemory:
    """The grader's end: stores tensors, and copies those that the worker names."""

    def __init__(self) -> None:
        """Allocate memory for one worker; OSError if that fails."""
        self.fd = os.memfd_create("kata", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.fd, SIZE)
        import fcntl  # Windows has none

        # A worker that shrank it would crash the grader at its next access.
        fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        self._buffer = mmap.mmap(self.fd, SIZE)
        self._bytes = torch.frombuffer(self._buffer, dtype=torch.uint8)
        self._free = 0
        self._placed: list[Placed] = []

    def put(self, tensor: torch.Tensor) -> Where:
        """Store a tensor; return its offset, or its bytes if there is no room.

        No offset is used twice: code may keep what it was given, and the arguments of all calls of
        a stage take a few megabytes.
        """
        if tensor.device.type == "meta":
            return "meta"
        data = _entries(tensor)
        offset, end = self._free, self._free + data.numel()
        if end > SIZE:
            return data.numpy().tobytes()
        self._bytes[offset:end] = data
        self._free = -(-end // _ALIGNED) * _ALIGNED
        self._placed.append(Placed(offset, data))
        return offset

    def placed(self) -> list[Placed]:
        """Return what has been stored since the last call of this."""
        placed, self._placed = self._placed, []
        return placed

    def take(
        self, dtype: torch.dtype, shape: Sequence[int], strides: Sequence[int], where: Where
    ) -> torch.Tensor:
        """Return a copy of a tensor that an untrusted worker describes.

        Raises:
            ValueError, TypeError: if there is no such tensor.
        """
        _check_sizes(shape, strides)
        count = _span(shape, strides)
        if where == "meta" and max(count, math.prod(shape)) <= _LARGEST_META:
            return torch.empty_strided(shape, strides, dtype=dtype, device="meta")
        if math.prod(shape) > _MOST_ENTRIES:
            raise ValueError(f"a tensor of more than {_MOST_ENTRIES} entries")
        size = count * dtype.itemsize
        if type(where) is int:
            if not 0 <= where <= SIZE - size:
                raise ValueError("a tensor beyond the memory of the arguments")
            where = self._buffer[where : where + size]  # a copy: the worker may still write there
        if type(where) is not bytes or len(where) != size:
            raise ValueError("the bytes of a tensor do not fit its shape")
        if not size:
            return torch.empty_strided(shape, strides, dtype=dtype)
        return torch.frombuffer(bytearray(where), dtype=dtype).as_strided(shape, strides)

    def restore(self, placed: Placed) -> bool:
        """Return whether bytes were changed since they were stored, and if so, restore them."""
        if self.is_whole(placed):
            return False
        self._now(placed).copy_(placed.data)
        return True

    def is_whole(self, placed: Placed) -> bool:
        """Return whether bytes are unchanged since they were stored."""
        return torch.equal(self._now(placed), placed.data)

    def copy(self, placed: Placed, like: torch.Tensor) -> torch.Tensor:
        """Return a copy of a stored tensor as it is now."""
        data = self._now(placed).clone()
        return data.view(like.dtype).as_strided(like.shape, like.stride())

    def close(self) -> None:
        """Release the memory."""
        os.close(self.fd)
        del self._bytes  # which keeps the buffer in use
        self._buffer.close()

    def _now(self, placed: Placed) -> torch.Tensor:
        return self._bytes[placed.offset : placed.offset + placed.data.numel()]


class WorkerMemory:
    """The worker's end: the tensors it receives are views of the memory."""

    def __init__(self, fd: int) -> None:
        self._buffer = mmap.mmap(fd, SIZE)
        self._begin = torch.frombuffer(self._buffer, dtype=torch.uint8).data_ptr()

    def put(self, tensor: torch.Tensor) -> Where:
        """Return a tensor's offset if it is stored here, else its bytes."""
        offset = tensor.data_ptr() - self._begin if tensor.device.type == "cpu" else -1
        size = _span(tensor.shape, tensor.stride()) * tensor.dtype.itemsize
        return offset if size and 0 <= offset <= SIZE - size else as_bytes(tensor)

    def take(
        self, dtype: torch.dtype, shape: Sequence[int], strides: Sequence[int], where: Where
    ) -> torch.Tensor:
        """Return a tensor that the grader describes; the grader sees what is written to it."""
        count = _span(shape, strides)
        if where == "meta" or not count:
            device = "meta" if where == "meta" else "cpu"
            return torch.empty_strided(shape, strides, dtype=dtype, device=device)
        if isinstance(where, int):
            flat = torch.frombuffer(self._buffer, dtype=dtype, count=count, offset=where)
        else:
            assert isinstance(where, bytes)
            flat = torch.frombuffer(bytearray(where), dtype=dtype)
        return flat.as_strided(shape, strides)


def as_bytes(tensor: torch.Tensor) -> Where:
    """Return a tensor's entries as bytes, or "meta" if it has none."""
    return "meta" if tensor.device.type == "meta" else _entries(tensor).numpy().tobytes()


def _span(shape: Sequence[int], strides: Sequence[int]) -> int:
    """Return how many entries there are from a tensor's first to its last in memory, inclusive."""
    if 0 in shape:
        return 0
    return 1 + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))


def _entries(tensor: torch.Tensor) -> torch.Tensor:
    """Return the memory from a tensor's first to its last entry, as bytes."""
    count = _span(tensor.shape, tensor.stride())
    flat = tensor.as_strided((count,), (1,), tensor.storage_offset())
    return flat.cpu().view(torch.uint8)


def _check_sizes(shape: Any, strides: Any) -> None:
    """Raise a ValueError if this isn't a shape with its strides."""
    for sizes in (shape, strides):
        if type(sizes) is not list or len(sizes) > _MOST_DIMENSIONS:
            raise ValueError("not the shape of a tensor")
        if any(type(size) is not int or not 0 <= size < 2**62 for size in sizes):
            raise ValueError("not the shape of a tensor")
    if len(shape) != len(strides):
        raise ValueError("not as many strides as dimensions")
