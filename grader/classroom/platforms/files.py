"""Writing files for a platform."""

import os
from pathlib import Path


def write_whole(path: Path, contents: str | bytes) -> None:
    """Write a file whole, in the place of whatever is there: a link is replaced, not followed."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    with unfinished.open("xb") as file:
        file.write(contents.encode() if isinstance(contents, str) else contents)
    unfinished.replace(path)
