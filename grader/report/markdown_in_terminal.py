"""Markdown for a terminal, in languages with spaces between words and in those without.

Rich breaks lines at spaces only. Between Chinese characters it gets a separator that counts as a
space but takes no column, and which is taken out of what it has laid out.
"""

import re

from rich.console import Console
from rich.markdown import Markdown

from grader.report.wide_text import CLOSING, OPENING, WIDE

_BREAK = "\x1c"
_CODE = re.compile(r"(^ *```.*?^ *```|``.+?``|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
# A line never ends after an opening mark, or begins with a closing one.
_BETWEEN = re.compile(
    rf"(?<=[{WIDE}{CLOSING}])(?<![{OPENING}])(?=[{WIDE}{OPENING}])(?![{CLOSING}])"
)


def laid_out(console: Console, markdown: str, width: int) -> str:
    """Return Markdown as the console shows it, in lines of at most `width` columns."""
    with console.capture() as shown:
        console.print(Markdown(_breakable(markdown)), width=width, soft_wrap=False)
    return shown.get().replace(_BREAK, "")


def _breakable(markdown: str) -> str:
    """Return Markdown with a separator wherever a line may be broken without a space."""
    parts = _CODE.split(markdown)
    parts[::2] = (_BETWEEN.sub(_BREAK, part) for part in parts[::2])
    return "".join(parts)
