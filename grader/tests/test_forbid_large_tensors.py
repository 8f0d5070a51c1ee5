"""A call that may build no large tensor: the same lines are found wherever the code runs."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.calls.channel import Channel, LocalChannel
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.stage_modules import reference_modules
from grader.diagnosis.same_outcome import same_outcome
from grader.diagnosis.variant import Variant, modules_with
from grader.editions import find_kata
from grader.stages import stage_of
from grader.suite import Failure, NotStarted, builds_no_tensor_of
from grader.suite.oracle import reference_of
from grader.suite.yours_and_reference import Called, Yours
from grader.tests.wire_channel import code_across_the_wire
from grader.workers.pool import start_pool

KATA = find_kata(Path(__file__).parent)
REFERENCE = reference_modules(KATA.solutions)
STAGE = stage_of(15)
X, LIMIT = torch.ones(40, 8), 40 * 40
ARGS = X, None, None, None, None, None, 1, 1
TEXT = """
import numpy
import torch
from exercises.s14_masked_attention import causal_mask, masked_attention

def kv_head_index(query_head, n_heads, n_kv_heads):
    return 0

def attention(x, wq, wk, wv, wo, freqs_cis, n_heads, n_kv_heads):
    {line}
    return masked_attention(x, x, x)  # with a mask of 40 x 40 inside
"""
AT = 1 + TEXT.splitlines().index("    {line}")
TOO_LARGE = {
    "torch.ones(len(x), len(x))": "40 x 40 = 1,600",
    "first = (x @ x.T)[0]": "40 x 40 = 1,600",
    "x.repeat(2, 2, 2, 1)": "2 x 2 x 80 x 8 = 2,560",
    "causal_mask(len(x))[:1]": "40 x 40 = 1,600",
    "torch.from_numpy(numpy.ones((50, 40))).sum()": "50 x 40 = 2,000",
}
SMALL = ("pass", "x[0].expand(300, 8)", "torch.ones(39, 40)", "x.repeat(4, 1)")


@pytest.fixture(scope="module")
def worker() -> Iterator[Callable[[], Channel]]:
    with closing(start_pool()) as pool:
        yield pool.worker


@pytest.fixture(params=["in this process", "in a worker", "across the wire"])
def attention(
    request: pytest.FixtureRequest, worker: Callable[[], Channel], tmp_path: Path
) -> Iterator[Callable[[str], Called]]:
    """Return an `attention` that first runs a given line."""
    file = tmp_path / f"{STAGE.name}.py"
    with ExitStack() as opened:

        def make(line: str) -> Called:
            file.write_text(TEXT.format(line=line), encoding="utf-8")
            if request.param == "across the wire":
                code, _ = code_across_the_wire(STAGE, file, REFERENCE)
            else:
                channel = worker if request.param == "in a worker" else LocalChannel
                code = CodeUnderTest(STAGE, KATA.stage_files(STAGE, tmp_path), channel)
            opened.enter_context(closing(code))
            made: Called = Yours(code, reference_of(KATA.solutions)).attention
            return made

        yield make


@pytest.mark.parametrize("line", TOO_LARGE)
def test_a_large_tensor_is_found_with_its_line(
    attention: Callable[[str], Called], line: str
) -> None:
    with pytest.raises(Failure) as found:
        builds_no_tensor_of(attention(line), LIMIT, *ARGS)
    said = str(found.value)
    assert said.startswith(
        f"it builds a tensor of {TOO_LARGE[line]} entries, and no tensor may have 1,600 or more"
    )
    assert f"in s15_grouped_query_attention.py, line {AT}: {line}" in said
    assert found.value.located is not None and found.value.located.line == AT


@pytest.mark.parametrize("line", SMALL)
def test_small_tensors_and_views_pass(attention: Callable[[str], Called], line: str) -> None:
    builds_no_tensor_of(attention(line), LIMIT, *ARGS)


def test_other_calls_are_not_limited(attention: Callable[[str], Called]) -> None:
    called = attention("torch.ones(50, 50)")
    with pytest.raises(Failure):
        builds_no_tensor_of(called, LIMIT, *ARGS)
    assert called.value_of(ARGS, called.outcomes([ARGS])[0]).shape == X.shape


def test_errors_and_stubs_are_what_they_are(attention: Callable[[str], Called]) -> None:
    with pytest.raises(Failure, match="it raised ZeroDivisionError"):
        builds_no_tensor_of(attention("1 / 0"), LIMIT, *ARGS)
    stub = 'raise NotImplementedError("attention is not written yet")'
    with pytest.raises(NotStarted):
        builds_no_tensor_of(attention(stub), LIMIT, *ARGS)


def test_a_known_mistake_is_repeated_under_the_same_limit(
    attention: Callable[[str], Called],
) -> None:
    called = attention("torch.ones(len(x), len(x))")
    with pytest.raises(Failure):
        builds_no_tensor_of(called, LIMIT, *ARGS)
    (call,) = called.code.calls

    def outcome(mistake: Callable[..., Any]) -> Any:
        return Variant(modules_with(REFERENCE, STAGE, {"attention": mistake})).outcome(call)

    assert same_outcome(outcome(lambda x, *_: torch.ones(len(x), len(x))), call.outcome)
    assert not same_outcome(outcome(lambda x, *_: x), call.outcome)
