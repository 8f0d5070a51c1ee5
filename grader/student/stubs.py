"""What in stage files is still to be written, told from their text alone."""

import re
from collections.abc import Iterable
from pathlib import Path

_UNWRITTEN = re.compile(
    r'raise NotImplementedError\("(\w+) is not written yet"\)|^(\w+): str = ""  # write',
    re.MULTILINE,
)


def unwritten_names(files: Iterable[Path]) -> list[str]:
    """Name the functions and constants that are still stubs, in the order of the files."""
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    return [name for text in texts for name in unwritten_in(text)]


def unwritten_in(text: str) -> list[str]:
    """Name the functions and constants that are still stubs in the text of one file."""
    return [match[1] or match[2] for match in _UNWRITTEN.finditer(text)]
