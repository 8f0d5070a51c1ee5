"""Results may be tuples, lists, dicts and iterators of tensors at any depth, wherever two are
compared; stage 9's function is replaced by one that returns such a result."""

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.author.grade_variants import idle_variants
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.outcome import Returned
from grader.calls.packing import pack, unpack
from grader.calls.plain_values import IteratorItems, drained, identical, plain_copy
from grader.calls.request_writer import Callee
from grader.calls.stage_modules import reference_modules
from grader.classroom.handout_making.record_suite import Tape, Taping, new_indices
from grader.diagnosis.evidence import TestRun, name_mistakes
from grader.diagnosis.known_mistakes import Mistake
from grader.diagnosis.live_witness import LiveWitness
from grader.diagnosis.variant import code_with, modules_with
from grader.editions import WholeKata
from grader.handout.outcome_sketch import alike, sketch
from grader.handout.recorded_oracle import RecordedReference
from grader.handout.recording import Reel, Track
from grader.kata import Kata
from grader.stages import stage_of
from grader.suite import Failure, runs_on_meta, same
from grader.suite.yours_and_reference import Called, Reference

STAGE = stage_of(9)
Function = Callable[[torch.Tensor], Any]


def right(x: torch.Tensor) -> Any:
    x32 = x.float()
    mean = {"mean": (x32.mean(0).to(x.dtype), [x32.sum(0).to(x.dtype)])}
    return x * 2, mean, (row for row in x), 3


def another_shape(x: torch.Tensor) -> Any:
    twice, mean, rows, three = right(x)
    return twice, {"mean": (mean["mean"][0][:-1], mean["mean"][1])}, rows, three


def another_dtype(x: torch.Tensor) -> Any:
    twice, mean, rows, three = right(x)
    return twice, {"mean": (mean["mean"][0], [mean["mean"][1][0].double()])}, rows, three


def not_finite(x: torch.Tensor) -> Any:
    return right(x / 0)


def another_value(x: torch.Tensor) -> Any:
    twice, mean, _, three = right(x)
    return twice, mean, (row + (row is x[-1]) for row in x.flip(0)), three


def a_list(x: torch.Tensor) -> Any:
    twice, mean, rows, three = right(x)
    return twice, mean, list(rows), three


def no_number(x: torch.Tensor) -> Any:
    return (*right(x)[:3], 4)


def on_the_cpu(x: torch.Tensor) -> Any:
    twice, mean, rows, three = right(x)
    return twice, {"mean": (torch.zeros(x.shape[1], device="cpu"), mean["mean"][1])}, rows, three


def raises_on_the_way(x: torch.Tensor) -> Iterator[torch.Tensor]:
    yield x
    raise ValueError("no more")


def code_of(kata: Kata, function: Function) -> CodeUnderTest:
    return code_with(reference_modules(kata.solutions), STAGE, {"rms_norm": function})


def called(kata: Kata, function: Function) -> tuple[Called, Callable[..., Any]]:
    modules = modules_with(reference_modules(kata.solutions), STAGE, {"rms_norm": right})
    reference = Reference(modules)
    return Called(code_of(kata, function), Callee("rms_norm"), reference), reference.rms_norm


def inputs(dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.arange(12.0).reshape(3, 4).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_equal_results_pass(kata: Kata, dtype: torch.dtype) -> None:
    same(*called(kata, right), inputs(dtype))


@pytest.mark.parametrize(
    ("wrong", "headline"),
    [
        (another_shape, "at [1]['mean'][0]: expected shape [4], got [3]"),
        (another_dtype, "at [1]['mean'][1][0]: expected the dtype float32, got float64"),
        (not_finite, "at [0]: 12 of 12 values are not finite (nan or inf)"),
        (another_value, "in item 2: in item 0: all 4 values are wrong"),
        (a_list, "in item 2: expected an iterator, got list"),
        (no_number, "first wrong at [3]: expected 3, got 4"),
        (raises_on_the_way, "it raised ValueError: no more"),
    ],
)
def test_the_first_difference_is_named_with_its_path(
    kata: Kata, wrong: Function, headline: str
) -> None:
    with pytest.raises(Failure) as failed:
        same(*called(kata, wrong), inputs())
    assert str(failed.value).splitlines()[0].startswith(headline)


def test_half_precision_counts_at_any_depth(kata: Kata) -> None:
    with pytest.raises(Failure, match=r"at \[1\]\['mean'\]\[1\]\[0\]: expected the dtype bfloat16"):
        same(*called(kata, another_dtype), inputs(torch.bfloat16))


def test_the_meta_device_counts_at_any_depth(kata: Kata) -> None:
    runs_on_meta(*called(kata, right), inputs())
    with pytest.raises(Failure, match="expected a result on the device 'meta', got one on 'cpu'"):
        runs_on_meta(*called(kata, on_the_cpu), inputs())


@pytest.mark.parametrize("made", [another_shape, another_value, a_list, raises_on_the_way])
def test_a_mistake_is_named(kata: Kata, made: Function) -> None:
    mistakes = [
        Mistake(wrong.__name__, "title", "Explanation.", {"rms_norm": wrong})
        for wrong in (no_number, another_shape, another_value, a_list, raises_on_the_way)
    ]
    code = code_of(kata, made)
    code.run(Callee("rms_norm"), [(inputs(),)])
    run = TestRun("test", "rms_norm", True, 1, tuple(code.calls), None)
    witness = LiveWitness(mistakes, reference_modules(kata.solutions), STAGE)
    assert name_mistakes([run], witness)["test"].name == made.__name__


def test_a_recording_recognizes_it(kata: Kata) -> None:
    (one,), (again,), (other,) = (
        code_of(kata, function).run(Callee("rms_norm"), [(inputs(),)])
        for function in (right, right, another_value)
    )
    assert alike(sketch(one, "salt", None), sketch(again, "salt", None))
    assert not alike(sketch(one, "salt", None), sketch(other, "salt", None))


Check = Callable[[Called, Reference], object]
TRACKS: tuple[Track, Track] = ("calls", "kinds")


def verdict(check: Check, called: Called) -> str:
    """Return the message of a test that makes this check."""
    try:
        check(called, called.reference)
    except Failure as failed:
        return str(failed)
    return "passed"


CHECKS: dict[str, Check] = {
    "same": lambda yours, reference: same(yours, reference.rms_norm, inputs()),
    "a call": lambda yours, reference: yours(inputs()),
    "the meta device": lambda yours, reference: runs_on_meta(yours, reference.rms_norm, inputs()),
}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize(
    "function",
    [right, another_shape, another_dtype, another_value, a_list, no_number, on_the_cpu],
)
def test_a_suite_gives_the_same_verdict_when_recorded_and_played_back(
    kata: Kata, tmp_path: Path, function: Function, check: Check
) -> None:
    handout = WholeKata(tmp_path)
    handout.stub(STAGE).parent.mkdir()
    handout.stub(STAGE).write_text("def rms_norm(x): ...", encoding="utf-8")
    modules = modules_with(reference_modules(kata.solutions), STAGE, {"rms_norm": right})
    values = new_indices()
    tape = Tape(values)

    def says(code: Function, reference: Reference) -> str:
        return verdict(check, Called(code_of(kata, code), Callee("rms_norm"), reference))

    assert says(right, Taping(modules, tape)) == "passed"
    stored = [zlib.compress(value) for value in values]
    calls, kinds = (Reel(stored, "a test", tape.tracks[track]) for track in TRACKS)
    played = says(function, RecordedReference(handout, calls, kinds))
    assert played == says(function, Reference(modules))


def test_code_that_does_nothing_yields_none_of_the_items(
    kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = reference_modules(kata.solutions).module(STAGE.number)
    monkeypatch.setattr(module, "rms_norm", lambda x: iter([x, 3]))
    for kind in ("zeros", "noise"):
        idle = idle_variants(kata, STAGE)[kind]["rms_norm"](inputs() + 1)
        assert not any(identical(*pair) for pair in zip(idle, [inputs() + 1, 3], strict=True))


def test_an_argument_inside_an_iterator_is_not_changed_unseen(kata: Kata) -> None:
    def changes_late(x: torch.Tensor) -> Any:
        yield x.clone()
        x.zero_()

    (outcome,) = code_of(kata, changes_late).run(Callee("rms_norm"), [(inputs() + 1,)])
    assert isinstance(outcome, Returned) and outcome.changed == (0,)


VALUES = [
    None,
    (1, 2.5, "text", b"bytes", True, 1j),
    {"a": [torch.arange(3), (torch.ones(2, 2).T.half(),)], 2: {}},
    IteratorItems([torch.zeros(0), {"x": IteratorItems()}]),
    [torch.tensor(2.0).bfloat16(), torch.ones(3, dtype=torch.complex64).conj(), float("nan")],
    torch.tensor([True, False])[::1],
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_copy_equals_what_would_arrive(value: Any) -> None:
    assert identical(plain_copy(value), unpack(pack(value)))


def test_items_are_drawn_where_the_code_runs_and_an_endless_iterator_is_cut() -> None:
    def endless() -> Iterator[int]:
        while True:
            yield 1

    value = drained({"a": (iter([1, 2]), [zip("a", "b", strict=True)])})
    assert identical(value, {"a": (IteratorItems([1, 2]), [IteratorItems([("a", "b")])])})
    assert len(drained(endless())) == 10_000
    assert not identical(IteratorItems([1]), [1])
