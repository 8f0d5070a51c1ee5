"""Measure what each of the learner's stages makes faster or smaller, on the model that just ran."""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch

from grader.generate.weights_in_memory import Int8Weights
from grader.generate.writer import Run, Writer
from grader.generate.writing_stages import ALL_HEADS, CACHE, INT8

_EACH = 0.3  # seconds spent on each measurement, if one call doesn't take longer
_AT_LEAST, _AT_MOST = 3, 20  # calls in that time
_CLEARLY = 1.15  # times as long; less is called the same


def gains(writer: Writer, run: Run, patience: float) -> Iterator[str]:
    """Yield a line on each passed stage that makes writing faster or the weights smaller.

    Args:
        run: what was written last, with at least one token.
        patience: how many seconds this may take, judged by the run.
    """
    own = writer.chosen.own
    ids, last = [*run.read, *run.written], run.written[-1:]
    length = run.before + len(ids)
    if not run.before and {CACHE, ALL_HEADS} & own and _estimate(run, length) < patience:
        step = _seconds(writer, last, run.cache)
        if CACHE in own:
            again = _seconds(writer, ids, None)
            yield _cached(step, again, length)
        if ALL_HEADS in own and writer.loop is not None:
            yield _all_heads(step, _with_loop(writer, last, run.cache))
    if INT8 in own and isinstance(writer.weights, Int8Weights):
        small, whole = writer.weights.nbytes / 1e9, writer.weight_bytes / 1e9
        yield f"Your stage 28: the weights take {small:.2g} GB instead of {whole:.2g} GB."


def _estimate(run: Run, length: int) -> float:
    """Return about how long it takes to read all tokens again.

    Tokens that are read together cost far less each than one that is read alone.
    """
    first, last = run.times[0], run.times[-1]
    alone = (last - first) / (len(run.times) - 1) if run.times[1:] else first
    return first + (length - len(run.read)) * alone / 4


def _cached(step: float, again: float, length: int) -> str:
    if again < _CLEARLY * step:
        return (
            f"Your stage 22: a token takes {_short(step)}, no less than reading all {length} "
            "tokens again. They are few; on a longer text, the cache saves time."
        )
    return (
        f"Your stage 22: a token takes {_short(step)}. Without the cache it would take "
        f"{_short(again)}, the time to read all {length} tokens again."
    )


def _all_heads(step: float, loop: float) -> str:
    if loop < _CLEARLY * step:
        return f"Your stage 25: a token takes {_short(step)}, as long as with the loop over heads."
    return (
        f"Your stage 25: a token takes {_short(step)}. With the loop over heads it would take "
        f"{_short(loop)}."
    )


def _with_loop(writer: Writer, tokens: list[int], cache: Any) -> float:
    module = writer.modules.module(CACHE)
    fast, module.__dict__["cached_attention"] = module.cached_attention, writer.loop
    try:
        return _seconds(writer, tokens, cache)
    finally:
        module.__dict__["cached_attention"] = fast


def _seconds(writer: Writer, tokens: list[int], cache: Any) -> float:
    """Return the median time of reading some tokens after a cache."""
    forward: Callable[..., Any] = writer.find("cached_forward")
    ids, times = torch.tensor(tokens), list[float]()
    while len(times) < _AT_LEAST or (sum(times) < _EACH and len(times) < _AT_MOST):
        begun = time.perf_counter()
        logits, _ = forward(ids, writer.weights, writer.params, cache)
        int(logits.argmax())  # waits for the device
        times.append(time.perf_counter() - begun)
        if times[0] > _EACH:
            break
    return statistics.median(times)


def _short(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds >= 1 else f"{1000 * seconds:.2g} ms"
