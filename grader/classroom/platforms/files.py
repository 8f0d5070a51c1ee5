"""Writing what a platform reads."""

import os
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file whole, in the place of whatever is there: a link is replaced, not followed."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    with unfinished.open("x", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)
