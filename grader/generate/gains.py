"""Measure what each of the learner's stages makes faster or smaller, on the model that just ran."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch

from grader.generate.weights_in_memory import Int8Weights
from grader.generate.writer import Run, Writer
from grader.generate.writing_stages import ALL_HEADS, CACHE, INT8
from grader.language import tr

_IN_ALL = 0.5  # seconds to measure, or longer if two rounds take longer
_AT_LEAST, _AT_MOST = 2, 20  # rounds
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
        calls = [
            partial(_forward, writer, last, run.cache),
            partial(_forward, writer, ids, None),
            partial(_forward, writer, last, run.cache, loop=writer.loop is not None),
        ]
        step, again, loop = _fastest(calls)
        if CACHE in own:
            yield _cached(step, again, length)
        if ALL_HEADS in own and writer.loop is not None:
            yield _all_heads(step, loop)
    if INT8 in own and isinstance(writer.weights, Int8Weights):
        yield tr(
            "Your stage 28: the weights take {small:.2g} GB instead of {whole:.2g} GB.",
            small=writer.weights.nbytes / 1e9,
            whole=writer.weight_bytes / 1e9,
        )


def _estimate(run: Run, length: int) -> float:
    """Return about how long it takes to read all tokens again.

    Tokens that are read together cost far less each than one that is read alone.
    """
    first, last = run.times[0], run.times[-1]
    alone = (last - first) / (len(run.times) - 1) if run.times[1:] else first
    return first + (length - len(run.read)) * alone / 10


def _cached(step: float, again: float, length: int) -> str:
    if again < _CLEARLY * step:
        return tr(
            "Your stage 22: a token takes {time}, no less than reading all {count} tokens again. "
            "This text is short; on a longer one, the cache saves time.",
            time=_short(step),
            count=length,
        )
    return tr(
        "Your stage 22: a token takes {time} at best. Without the cache it would take {again}, the "
        "time to read all {count} tokens again.",
        time=_short(step),
        again=_short(again),
        count=length,
    )


def _all_heads(step: float, loop: float) -> str:
    if loop < _CLEARLY * step:
        return tr(
            "Your stage 25: a token takes {time}, as long as with the loop over heads.",
            time=_short(step),
        )
    return tr(
        "Your stage 25: a token takes {time} at best. With the loop over heads it would take "
        "{looped}.",
        time=_short(step),
        looped=_short(loop),
    )


def _forward(writer: Writer, tokens: list[int], cache: Any, loop: bool = False) -> None:
    """Read some tokens after a cache, with stage 22's own loop over heads if wanted."""
    module = writer.modules.module(CACHE)
    used = module.cached_attention
    if loop:
        module.__dict__["cached_attention"] = writer.loop
    try:
        ids = torch.tensor(tokens)
        logits, _ = writer.find("cached_forward")(ids, writer.weights, writer.params, cache)
        int(logits.argmax())  # waits for the device
    finally:
        module.__dict__["cached_attention"] = used


def _fastest(calls: Sequence[Callable[[], None]]) -> list[float]:
    """Return the shortest time of each call; they take turns, so that a busy moment hits all."""
    times: list[list[float]] = [[] for _ in calls]
    started = time.perf_counter()
    while len(times[0]) < _AT_LEAST or (
        time.perf_counter() - started < _IN_ALL and len(times[0]) < _AT_MOST
    ):
        for call, taken in zip(calls, times, strict=True):
            begun = time.perf_counter()
            call()
            taken.append(time.perf_counter() - begun)
    return [min(taken) for taken in times]


def _short(seconds: float) -> str:
    amount, unit = (seconds, "s") if seconds >= 1 else (1000 * seconds, "ms")
    return f"{amount:.0f} {unit}" if amount >= 10 else f"{amount:.2g} {unit}"
