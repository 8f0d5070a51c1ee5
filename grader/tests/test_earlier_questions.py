"""Questions about earlier stages are counted and bounded, and nonsense is refused."""

from collections.abc import Callable
from typing import Any

import msgpack
import pytest
import torch

from grader.calls import answer_earlier_calls
from grader.calls.argument_memory import SIZE
from grader.calls.channel import OutOfTime, WorkerLost
from grader.calls.earlier_modules import OBJECT
from grader.calls.outcome import Returned
from grader.calls.recipe import shared
from grader.tests.wire_channel import Block

QUESTION = {"ask": "call", "name": "rms_norm", "args": [1, 2, 3], "gradients": [], "device": "cpu"}
X = torch.arange(12.0).reshape(3, 4)


def test_calls_are_counted(block: Callable[..., Block], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_earlier_calls, "MOST_CALLS", 20)
    run = block("for _ in range(15): rms_norm(x, x, 1e-5)")
    assert isinstance(run(X), Returned)
    with pytest.raises(WorkerLost, match="more than 20 times"):
        for _ in range(15):
            run.asks(QUESTION)


def test_the_graders_time_is_bounded(block: Callable[..., Block]) -> None:
    def endless(x: Any, weight: Any, eps: Any) -> None:
        while True:
            pass

    run = block("return x", endless)
    assert isinstance(run(X), Returned)
    with pytest.raises(OutOfTime):
        run.asks(QUESTION, seconds=0.2)


def test_a_suites_own_tensors_never_require_gradients(block: Callable[..., Block]) -> None:
    weights, seen = {"w": X.clone()}, list[bool]()

    def norm(x: Any, weight: Any, eps: Any) -> Any:
        seen.append(x["w"].requires_grad)
        return 2 * x["w"]

    run = block("return rms_norm(weights, x, 1.0)", norm)
    assert isinstance(run(X, shared(weights)), Returned)
    ((number, *_),) = run.channel._earlier._known.values()  # type: ignore[union-attr]
    named = msgpack.ExtType(OBJECT, msgpack.packb([number]))
    run.asks({**QUESTION, "args": [named, X, 1.0], "gradients": [0]})
    assert seen == [False, True] and not weights["w"].requires_grad


NONSENSE = {
    "another question": {"ask": "solve"},
    "a function that is not offered": {
        "ask": "call", "name": "load_checkpoint", "args": ["/"], "gradients": [], "device": "cpu"
    },
    "another device": {"ask": "call", "name": "rms_norm", "args": [], "gradients": [], "device": 7},
    "gradients of numbers that have none": {
        "ask": "call", "name": "rms_norm", "args": [X.long()], "gradients": [0], "device": "cpu"
    },
    "a graph that is not there": {"ask": "gradients", "graph": 3, "incoming": []},
    "an iterator that is not there": {"ask": "next", "iterator": 0},
    "more details": {"ask": "constant", "stage": 2, "name": "PATTERN", "more": 1},
    "no question": [1, 2],
}  # fmt: skip


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_refused(block: Callable[..., Block], kind: str) -> None:
    run = block("return rms_norm(x, x, 1e-5)")
    assert isinstance(run(X), Returned)
    with pytest.raises(ValueError):
        run.asks(NONSENSE[kind])


@pytest.mark.parametrize(
    ("shape", "strides", "where"),
    [
        ([4], [1], SIZE),
        ([4], [1], -4),
        ([4], [1], b"123"),
        ([4], [2**40], 0),
        ([2**30], [0], 0),
        ([-1], [1], 0),
        ([4], [1, 1], 0),
        ("4", [1], 0),
        ([4], [1], None),
        ([2**50], [1], "meta"),
    ],
)
def test_an_impossible_tensor_is_refused(
    block: Callable[..., Block], shape: Any, strides: Any, where: Any
) -> None:
    memory = block("return x").channel.memory
    assert memory is not None
    with pytest.raises(ValueError):
        memory.take(torch.float32, shape, strides, where)
