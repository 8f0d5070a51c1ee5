"""The server's own streams: requests on standard input, answers on standard output."""

import os
from typing import BinaryIO

from grader.serving.messages import Answer, as_line


def take_output() -> BinaryIO:
    """Return standard output for answers alone: whatever is printed by accident goes to standard
    error. Call it after the workers' zygote is forked, so that no worker has it."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def say(answers: BinaryIO, answer: Answer) -> None:
    """Send an answer."""
    answers.write(as_line(answer))
    answers.flush()
