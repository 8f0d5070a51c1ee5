"""What a client and its server say to each other: a line of JSON for each message.

The server says `ready` (or `refused`) once. It answers each request with a verdict per stage, and
then with one last message: `done`, `error`, or, where something newer has come in, `superseded`. A
server whose own files have changed answers `stale` and ends. An empty line from the client
supersedes what is under way. When the server's input is closed, it ends, with all that it started.
"""

from dataclasses import dataclass
from typing import Literal

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
class Answer:
    """What a server says; `words` are the sandbox level when it is ready, or what went wrong."""

    kind: Literal["ready", "refused", "verdict", "done", "superseded", "stale", "error"]
    number: int = 0
    words: str = ""
    verdict: StageVerdict | None = None


def as_line(message: Request | Answer) -> bytes:
    """Return a message as it is sent."""
    return msgspec.json.encode(message) + b"\n"


def read_request(line: bytes) -> Request:
    """Read a request; clients are trusted."""
    return msgspec.json.decode(line, type=Request)


def read_answer(line: bytes) -> Answer:
    """Read an answer; servers are trusted."""
    return msgspec.json.decode(line, type=Answer)
