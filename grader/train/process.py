"""How this process behaves while it trains: one thread, few warnings, and stops at safe times."""

import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from grader.answer.threads import polite_threads


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Compute on one thread: the model is so small that more of them only wait for each other.

    The results are then also the same on any number of processors.
    """
    with polite_threads(0), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "There is a performance drop")  # vmap's
        yield


@contextmanager
def stopped_like_ctrl_c() -> Iterator[None]:
    """Let a kill or a closed terminal raise KeyboardInterrupt, with the signal's number in it.

    Signals that someone else handles or ignores, as `nohup` does, stay as they are.
    """
    if not _in_main_thread():
        yield
        return
    default = [one for one in _stops() if signal.getsignal(one) == signal.SIG_DFL]
    try:
        for one in default:
            signal.signal(one, _stop)
        yield
    finally:
        for one in default:
            signal.signal(one, signal.SIG_DFL)


def exit_code(stop: KeyboardInterrupt) -> int:
    """Return the exit code after Ctrl-C or one of the other signals, as shells have it."""
    return 128 + (stop.args[0] if stop.args else signal.SIGINT)


@contextmanager
def no_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C and the like until a file is written."""
    with _handled(signal.SIG_IGN):
        yield


@contextmanager
def interrupts_later() -> Iterator[None]:
    """Let Ctrl-C and the like wait until a file is written."""
    came: list[int] = []
    try:
        with _handled(lambda number, frame: came.append(number)):
            yield
    finally:
        for number in came:
            signal.raise_signal(number)  # as a rule, the first one ends the loop


@contextmanager
def _handled(
    handler: Callable[[int, FrameType | None], object] | signal.Handlers,
) -> Iterator[None]:
    """Handle Ctrl-C and the like in another way for a while."""
    if not _in_main_thread():
        yield
        return
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, *_stops())}
    try:
        for one in before:
            signal.signal(one, handler)
        yield
    finally:
        for one, usual in before.items():
            signal.signal(one, usual)


def _in_main_thread() -> bool:
    """Return whether this is the thread that hears of signals."""
    return threading.current_thread() is threading.main_thread()


def _stops() -> list[signal.Signals]:
    """Return the signals besides Ctrl-C's that end a program and exist on this machine."""
    return [signal.Signals[name] for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt(number)
