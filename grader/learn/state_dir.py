"""The files in `.grader/`, where the grader stores what it needs between runs, as JSON."""

import sys
from functools import cache
from typing import TypeVar

import msgspec

from grader.kata import Kata
from grader.language import tr
from grader.write_files import reason_of, write_whole

T = TypeVar("T")


def read_state(kata: Kata, name: str, kind: type[T]) -> T:
    """Read a file into `kind`; a missing or unreadable file counts as empty."""
    try:
        return msgspec.json.decode((kata.state_dir / name).read_bytes(), type=kind)
    except (OSError, ValueError):
        return kind()


def write_state(kata: Kata, name: str, content: object) -> None:
    """Write a file atomically, so that Ctrl-C can't leave half of it."""
    kata.state_dir.mkdir(exist_ok=True)
    write_whole(kata.state_dir / name, msgspec.json.encode(content, enc_hook=str))  # of `Words`


def save_state(kata: Kata, name: str, content: object) -> None:
    """Write a file, or say once that it can't be: nobody should lose a verdict over that."""
    try:
        write_state(kata, name, content)
    except OSError as error:
        _say_unsaved(reason_of(error))


@cache
def _say_unsaved(reason: str) -> None:
    words = tr(
        "your progress can't be saved in .grader ({reason}): `grader doctor` says what works here",
        reason=reason,
    )
    print(f"grader: {words}", file=sys.stderr)
