"""The messages between a client and its server, one line of JSON each.

The server first sends `ready`. It answers each request with one verdict per stage, followed by a
final message: `done`, `error`, `trouble` if this machine kept it from grading, or `superseded` if a
newer request came in. A server whose own files have changed answers `stale` and ends. An empty line
from the client supersedes the current request. When its input is closed, the server ends, with
everything it started.
"""

import os
from dataclasses import dataclass
from typing import BinaryIO, Literal

import msgspec

from grader.verdict import StageVerdict


@dataclass(frozen=True)
class Request:
    """A request to grade these stages of the code in `folder`; every answer repeats `number`."""

    number: int
    folder: str
    stages: tuple[int, ...]
    seed: int


@dataclass(frozen=True)
class Response:
    """A server's message; `words` say what went wrong. A judge sends `doubt` to its dispatcher if
    this machine may be the reason that a stage failed."""

    kind: Literal["ready", "verdict", "done", "superseded", "stale", "error", "trouble", "doubt"]
    number: int = 0
    words: str = ""
    verdict: StageVerdict | None = None


# Both sides are trusted.
read_request = msgspec.json.Decoder(Request).decode
read_response = msgspec.json.Decoder(Response).decode


def as_line(message: Request | Response) -> bytes:
    """Return a message as the line that is sent."""
    return msgspec.json.encode(message, enc_hook=str) + b"\n"  # translated `Words`


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
