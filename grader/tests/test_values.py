"""Only plain values cross between grader and worker, and they do so bit for bit."""

import math
import pickle
from typing import Any

import msgpack
import numpy
import pytest
import torch

from grader.calls.packing import pack, unpack
from grader.calls.plain_values import DTYPES, Unsupported


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -1,
        2**63,
        2**200,
        -(2**200),
        [2**70, {"a": 2**70}],
        1.5,
        -0.0,
        math.inf,
        "text \N{SNOWMAN}",
        b"\x00\xff",
        [1, [2, []]],
        (1, (2, ())),
        {b"\xff": 0, b"": 1},
        {"shape": (3, 4), 7: [None]},
        1 + 2j,
    ],
    ids=repr,
)
def test_plain_values_come_back_equal_and_of_the_same_type(value: Any) -> None:
    back = unpack(pack(value))
    assert back == value
    assert repr(back) == repr(value)


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3)])
def test_tensors_come_back_bit_for_bit(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    tensor = (torch.rand(shape) * 100).to(dtype)
    back = unpack(pack(tensor))
    assert back.dtype == dtype and tuple(back.shape) == shape
    assert torch.equal(back, tensor)


def test_strange_tensors_come_back_too() -> None:
    base = torch.arange(12.0).reshape(3, 4)
    for tensor in (base.T, base[:, ::2], base.expand(2, 3, 4), torch.tensor([math.nan, -math.inf])):
        assert unpack(pack(tensor)).tolist().__repr__() == tensor.tolist().__repr__()
    conjugate = torch.tensor([1 + 2j]).conj()
    assert unpack(pack(conjugate)).tolist() == [1 - 2j]
    weight = torch.nn.Parameter(base)
    assert not unpack(pack(weight)).requires_grad
    meta = unpack(pack(torch.empty(3, 4, device="meta")))
    assert meta.device.type == "meta" and tuple(meta.shape) == (3, 4)


def test_subclasses_of_plain_types_arrive_as_the_plain_type() -> None:
    class Odd(dict[str, int]):
        def __eq__(self, other: object) -> bool:
            return True

    back = unpack(pack([Odd(a=1), numpy.float64(0.5), torch.Size([2, 3])]))
    assert [type(one) for one in back] == [dict, float, tuple]
    assert back == [{"a": 1}, 0.5, (2, 3)]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (object(), "builtins.object"),
        ({1, 2}, "builtins.set"),
        (len, "builtins.builtin_function_or_method"),
        (numpy.ones(2), "numpy.ndarray"),
        (numpy.int64(1), "numpy.int64"),
        (torch.ones(2).to_sparse(), "torch.sparse"),
        ("\ud800", "half a surrogate pair"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_other_types_are_refused_by_name(value: Any, name: str) -> None:
    with pytest.raises(Unsupported, match=name):
        pack([value])


@pytest.mark.parametrize("first", [0, 2**70], ids=["", "with a large number"])
def test_what_cannot_be_written_is_refused_too(first: int) -> None:
    loop: list[Any] = [first]
    loop.append(loop)
    for value, name in (
        (loop, "value that nests too deeply or contains itself"),
        ([first, "\ud800"], "str with half a surrogate pair"),
        ([first, 10**5000], "number of more than 4300 digits"),
    ):
        with pytest.raises(Unsupported, match=f"^{name}$"):
            pack(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        pack([1, 2])[:-1],
        pack(1) + b"extra",
        pickle.dumps([1]),
        msgpack.packb(msgpack.ExtType(99, b"")),
        msgpack.packb(msgpack.ExtType(1, b"")),
        msgpack.packb(msgpack.ExtType(1, msgpack.packb(["float32", [10**12], "cpu", b""]))),
        msgpack.packb(msgpack.ExtType(1, msgpack.packb(["float32", [-1], "cpu", b""]))),
        msgpack.packb(msgpack.ExtType(1, msgpack.packb(["float32", [-1, -1], "cpu", bytes(4)]))),
        msgpack.packb(msgpack.ExtType(1, msgpack.packb(["object", [1], "cpu", bytes(8)]))),
        msgpack.packb(msgpack.ExtType(1, msgpack.packb(["float32", "ab", "cpu", bytes(8)]))),
        msgpack.packb(msgpack.ExtType(3, b"9" * 5000)),
    ],
)
def test_bytes_that_are_not_a_message_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        unpack(data)
