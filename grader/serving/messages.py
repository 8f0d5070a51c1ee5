"""What a client and its server say to each other: a line of JSON for each message.

The server says `ready` once. It answers each request with a verdict per stage, and
then with one last message: `done`, `error`, `trouble` when this machine has kept it from being
graded, or, where something newer has come in, `superseded`. A server whose own files have changed
answers `stale` and ends. An empty line from the client supersedes what is under way. When the
server's input is closed, it ends, with all that it started.
"""

import os
from dataclasses import dataclass
from typing import BinaryIO, Literal

import msgspec

from grader.verdict import StageVerdict


@dataclass(frozen=True)
class Request:
    """Grade these stages of the code in `folder`; `number` comes back with every answer."""

    number: int
    folder: str
    stages: tuple[int, ...]
    seed: int


@dataclass(frozen=True)
class Response:
    """What a server says; `words` say what went wrong. A judge says `doubt` to its dispatcher when
    this machine may be what went wrong with a stage."""

    kind: Literal["ready", "verdict", "done", "superseded", "stale", "error", "trouble", "doubt"]
    number: int = 0
    words: str = ""
    verdict: StageVerdict | None = None


# Both sides are trusted.
read_request = msgspec.json.Decoder(Request).decode
read_response = msgspec.json.Decoder(Response).decode


def as_line(message: Request | Response) -> bytes:
    """Return a message as it is sent."""
    return msgspec.json.encode(message) + b"\n"


def take_output() -> BinaryIO:
    """Return a server's standard output for its answers, and point descriptor 1 at standard error.

    Call it after the zygote is forked: the zygote keeps the old descriptor 1, which workers replace
    before they run untrusted code.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def say(answers: BinaryIO, answer: Response) -> None:
    """Send an answer."""
    answers.write(as_line(answer))
    answers.flush()
