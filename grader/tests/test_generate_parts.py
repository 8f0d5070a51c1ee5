"""The parts of `grader generate`: which stages run, in how much memory, and how fast they are."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import torch

from grader.answer.chosen_stages import ChosenStages
from grader.answer.threads import polite_threads
from grader.calls.stage_modules import StageModules
from grader.errors import UsageError
from grader.generate import gains as measured
from grader.generate import weights_in_memory
from grader.generate.gains import gains
from grader.generate.weights_in_memory import Int8Weights
from grader.generate.writing_stages import ALL_HEADS, CACHE, INT8, put_all_heads_in_place
from grader.kata import Kata
from grader.tests.writing import options, writer_of, written

GQA = "random_gqa"


@pytest.mark.parametrize(
    ("own", "stands_in"),
    [((), True), ((CACHE,), False), ((CACHE, ALL_HEADS), True), ((ALL_HEADS,), True)],
)
def test_stage_25_takes_the_place_of_the_loop_but_the_references_never_of_the_learners(
    own: tuple[int, ...], stands_in: bool, kata: Kata
) -> None:
    writer = writer_of(kata, options(), frozenset(own))
    in_place = writer.modules.module(CACHE).cached_attention.__name__
    assert in_place == ("all_heads_attention" if stands_in else "cached_attention")
    assert (writer.loop is not None) == stands_in
    assert writer.whose() == f"with {len(own)} of {23 if stands_in else 22} stages yours"


def test_without_stage_25_the_loop_runs(kata: Kata) -> None:
    files = {number: path for number, path in _files(kata).items() if number != ALL_HEADS}
    assert put_all_heads_in_place(StageModules(files), ChosenStages(files, frozenset())) is None


def _files(kata: Kata) -> dict[int, Path]:
    return dict(writer_of(kata, options()).chosen.files)


def test_both_ways_of_attention_write_the_same(kata: Kata) -> None:
    folder = kata.tiny_weights / GQA
    with_loop = writer_of(kata, options(folder), frozenset({CACHE}))
    at_once = writer_of(kata, options(folder))
    assert written(with_loop, "love").written == written(at_once, "love").written


def test_each_passed_stage_says_what_it_makes_faster(
    kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = writer_of(kata, options(kata.tiny_weights / GQA), frozenset({CACHE, ALL_HEADS}))
    run = written(writer, "love")
    with torch.inference_mode():
        both = list(gains(writer, run, patience=60))
    assert [line[:13] for line in both] == ["Your stage 22", "Your stage 25"]
    assert writer.modules.module(CACHE).cached_attention.__name__ == "all_heads_attention"
    assert list(gains(writer, run, patience=0)) == []
    times = iter([[0.01, 0.04, 0.02], [1.01, 1.02, 1.01]])
    monkeypatch.setattr(measured, "_fastest", lambda _: next(times))
    length = len(run.read) + len(run.written)
    assert list(gains(writer, run, patience=60)) == [
        "Your stage 22: a token takes 10 ms at best. Without the cache it would take 40 ms, the "
        f"time to read all {length} tokens again.",
        "Your stage 25: a token takes 10 ms at best. With the loop over heads it would take 20 ms.",
    ]
    slow, same = gains(writer, run, patience=60)
    assert "no less than" in slow and "as long as" in same


def test_what_is_measured_is_the_cache(kata: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = writer_of(kata, options(kata.tiny_weights / GQA), frozenset({CACHE}))
    run, calls = written(writer, "love"), list[tuple[int, bool]]()
    forward = writer.modules.module(CACHE).cached_forward

    def spied(tokens: torch.Tensor, weights: Any, params: Any, cache: Any) -> Any:
        calls.append((len(tokens), cache is None))
        return forward(tokens, weights, params, cache)

    monkeypatch.setitem(writer.modules.module(CACHE).__dict__, "cached_forward", spied)
    with torch.inference_mode():
        assert len(list(gains(writer, run, patience=60))) == 1
    assert set(calls) == {(1, False), (len(run.read) + len(run.written), True)}


def test_a_stage_that_is_not_the_learners_is_not_praised(kata: Kata) -> None:
    writer = writer_of(kata, options(kata.tiny_weights / GQA, int8=True))
    assert list(gains(writer, written(writer, "love"), patience=60)) == []


@pytest.mark.parametrize("name", ["trained", GQA])
def test_int8_keeps_a_byte_per_number(name: str, kata: Kata) -> None:
    writer = writer_of(kata, options(kata.tiny_weights / name, int8=True), frozenset({INT8}))
    weights, opened = writer.weights, writer.opened
    assert isinstance(weights, Int8Weights)
    numbers = sum(opened.mapped(one).numel() for one in opened.weights)
    embedding = opened.mapped("tok_embeddings.weight")
    assert weights.nbytes - embedding.nbytes < 1.2 * (numbers - embedding.numel())
    for one in opened.weights:
        right, got = opened.weights[one], weights[one]
        assert got.dtype == right.dtype and got.shape == right.shape
        apart = (got.float() - right.float()).norm() / right.float().norm()
        assert (apart == 0) == (right.dim() == 1 or one == "tok_embeddings.weight")
        assert apart < 0.02
    assert dict(weights).keys() == {**weights}.keys() == set(opened.weights)
    assert weights.get("other", 7) == 7
    assert torch.equal({**weights}["norm.weight"], opened.weights["norm.weight"])
    run = written(writer, "the answer is")
    (line,) = gains(writer, run, patience=0)
    assert line.startswith("Your stage 28: the weights take 0.00")


def test_int8_restores_one_layer_at_a_time(kata: Kata) -> None:
    writer = writer_of(kata, options(kata.tiny_weights / GQA, int8=True))
    weights = writer.weights
    assert isinstance(weights, Int8Weights)
    first = weights["layers.0.attention.wq.weight"]
    assert weights["layers.0.attention.wq.weight"] is first  # restored once
    assert "layers.0.feed_forward.w1.weight" not in weights._restored
    assert weights["layers.1.attention.wq.weight"] is not None
    assert set(weights._restored) == {"layers.1.attention.wq.weight"}


def test_int8_quantizes_a_few_rows_at_a_time(kata: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = writer_of(kata, options(kata.tiny_weights / GQA, int8=True)).weights
    monkeypatch.setattr(weights_in_memory, "_ROWS", 7)
    in_parts = writer_of(kata, options(kata.tiny_weights / GQA, int8=True)).weights
    for name in whole:
        assert torch.equal(whole[name], in_parts[name])


def test_too_little_memory_for_int8_is_one_line(
    kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights_in_memory, "free_memory", lambda: 5 * 10**8)
    with pytest.raises(UsageError, match="--int8 needs 1.0 GB of memory here, but 0.5 GB are free"):
        writer_of(kata, options(int8=True))


def test_weights_that_do_not_fit_are_read_layer_by_layer(
    kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kata.tiny_weights / GQA
    in_memory = writer_of(kata, options(folder))
    monkeypatch.setattr(weights_in_memory, "free_memory", lambda: 1000)
    by_layer = writer_of(kata, options(folder))
    assert type(in_memory.weights) is dict and type(by_layer.weights) is not dict
    assert written(in_memory, "love").written == written(by_layer, "love").written


def test_a_weight_that_is_used_twice_counts_once(kata: Kata) -> None:
    writer = writer_of(kata, options(kata.tiny_weights / GQA))
    whole = writer.weight_bytes
    stored = writer.opened.mapped
    tied = {"output.weight": "tok_embeddings.weight"}
    twice = SimpleNamespace(
        weights=writer.opened.weights, mapped=lambda name: stored(tied.get(str(name), str(name)))
    )
    assert weights_in_memory.bytes_of_weights(twice) == (  # type: ignore[arg-type]
        whole - stored("output.weight").nbytes
    )


@pytest.mark.parametrize(
    ("busy", "size", "expected"),
    [(0.0, 10**9, 4), (50.0, 10**9, 2), (100.0, 10**9, 1), (0.0, 9, 1)],
)
def test_a_busy_machine_gets_fewer_threads(
    busy: float, size: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        monkeypatch.setattr(psutil, "cpu_percent", lambda interval: busy)
        monkeypatch.setattr(psutil, "cpu_count", lambda: 4)
        with pytest.raises(ZeroDivisionError), polite_threads(size):
            assert torch.get_num_threads() == expected
            raise ZeroDivisionError
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(before)
