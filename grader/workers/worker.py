"""The code of a worker process, which answers requests until the connection closes."""

import os
import random
import sys
import warnings
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import Any

import numpy.random  # otherwise it is loaded later, in every worker
import torch

from grader.calls.argument_memory import WorkerMemory
from grader.calls.call_server import CallServer
from grader.calls.channel import QUESTION
from grader.calls.earlier_modules import EarlierModules
from grader.calls.packing import MAX_BYTES

CPU_SECONDS = 120  # so that an orphan in an endless loop ends even if no process is left to end it


def limit_resources() -> None:
    """Keep core dumps and endless loops from outliving the grader, where the system supports it."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def send_prints_to(out: int) -> None:
    """Redirect what the learner's code prints to a file, and give it an empty standard input."""
    sys.breakpointhook = _no_keyboard
    warnings.formatwarning = _without_source
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.close(out)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # Replace the text layers, because the old ones may be captured or already broken.
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)


def _without_source(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,
) -> str:
    """Write a warning without its path and its line of code: both may be the reference's."""
    place = Path(filename)
    where = "" if place.parent.name == "solutions" else f"{place.name}, line {lineno}: "
    return f"{where}{category.__name__}: {message}\n"


def _no_keyboard(*_: Any, **__: Any) -> None:
    """Raise an error that says how to debug, for `breakpoint()` in a process without a keyboard."""
    name = Path(sys._getframe(1).f_code.co_filename).stem
    raise RuntimeError(
        "breakpoint() has no keyboard here. To debug, run "
        f"`pytest --pdb tests/test_{name}.py`, or this test in the test explorer of your editor."
    )


def seed_randomness() -> None:
    """Seed every generator, so that code that sets no seed draws the same numbers in every run."""
    random.seed(0)
    numpy.random.seed(0)
    torch.default_generator.manual_seed(0)  # torch.manual_seed would visit every device


def serve(
    connection: Connection, memory: WorkerMemory | None = None, until: bytes | None = None
) -> bool:
    """Answer requests until the other end is closed, or until the request `until` comes; return
    whether it came.

    With `memory`, that is where arguments' tensors are, and earlier stages are called across the
    connection.
    """
    asking = Lock()  # code may call from several threads

    def ask(question: bytes) -> bytes:
        with asking:
            connection.send_bytes(QUESTION + question)
            return connection.recv_bytes(MAX_BYTES)

    server = CallServer(earlier=EarlierModules(memory, ask) if memory else None)
    while True:
        try:
            request = connection.recv_bytes(MAX_BYTES)
        except EOFError:
            return False
        if request == until:
            return True
        answer = server.answer(request)
        sys.stdout.flush()
        sys.stderr.flush()
        connection.send_bytes(answer)
