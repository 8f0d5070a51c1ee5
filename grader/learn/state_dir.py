"""Store what the grader remembers between runs: JSON files in `.grader/`, one per subject."""

from typing import TypeVar

import msgspec

from grader.kata import Kata
from grader.write_files import write_whole

T = TypeVar("T")


def read_state(kata: Kata, name: str, kind: type[T]) -> T:
    """Read a file; a missing or unreadable one counts as empty."""
    try:
        return msgspec.json.decode((kata.state_dir / name).read_bytes(), type=kind)
    except (OSError, ValueError):
        return kind()


def write_state(kata: Kata, name: str, content: object) -> None:
    """Write a file atomically, so that Ctrl-C can't leave half of it."""
    kata.state_dir.mkdir(exist_ok=True)
    write_whole(kata.state_dir / name, msgspec.json.encode(content))
