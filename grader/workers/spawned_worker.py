"""The life of a worker in a fresh interpreter (macOS, Windows)."""

import os
import time
from multiprocessing.connection import Connection

from grader.workers.interpreter_state import InterpreterState
from grader.workers.spawn_messages import READY, RENEW, RENEWED
from grader.workers.warm_torch import freeze_garbage, warm_torch
from grader.workers.worker import CPU_SECONDS, limit_resources, send_prints_to, serve


def live(connection: Connection, prints: str) -> None:
    """Serve one stage after another, as long as their code leaves this process as it was."""
    import regex  # noqa: F401  # what stages import in addition to torch
    import tiktoken  # noqa: F401
    import torch.utils.serialization.config  # noqa: F401  # what torch.load imports

    warm_torch()
    freeze_garbage()
    limit_resources()
    send_prints_to(os.open(prints, os.O_WRONLY | os.O_APPEND))
    state = InterpreterState()
    connection.send_bytes(READY)
    while serve(connection, until=RENEW):
        state.restore()
        unchanged = state.is_unchanged() and time.process_time() < CPU_SECONDS / 2
        send_prints_to(os.open(prints, os.O_WRONLY | os.O_APPEND | os.O_TRUNC))
        connection.send_bytes(RENEWED if unchanged else b"")
