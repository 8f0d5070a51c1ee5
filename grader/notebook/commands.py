"""Commands as they are typed in a notebook, and running them as programs of their own."""

import codecs
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

MAGICS = ("check", "hint", "lesson", "plot", "compare", "answer", "generate")
_COMMAND = re.compile(r"(?<=`)grader(?: (?P<name>[a-z]+)(?P<rest>[^`]*))?(?=`)")


def in_notebook(text: str) -> str:
    """Return a text whose commands, such as `grader hint 9`, are magics, such as `%hint 9`."""
    return _COMMAND.sub(lambda found: as_magic(found["name"], found["rest"] or ""), text)


def as_magic(name: str | None, rest: str = "") -> str:
    """Return a command as it is typed in a notebook."""
    if name in (None, "status"):
        return f"%map{rest}"
    return f"%{name}{rest}" if name in MAGICS else f"%grader {name}{rest}"


def run_command(folder: Path, args: Sequence[str], show: Callable[[str], object]) -> int:
    """Run `grader ARGS` in a folder, and show what it prints as it comes.

    Args:
        folder: the one to run it in.

    Returns:
        its exit code.
    """
    # A kernel asks programs for colors, because its front end shows them.
    kept = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "CLICOLOR_FORCE")}
    program = subprocess.Popen(
        [sys.executable, "-m", "grader", *args],
        cwd=folder,
        env={**kept, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert program.stdout is not None
    text_of = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
    try:
        while data := os.read(program.stdout.fileno(), 65536):
            show(in_notebook(text_of(data)))
        return program.wait()
    finally:  # the kernel was interrupted
        program.terminate()
        program.wait()
        program.stdout.close()
