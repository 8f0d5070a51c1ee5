"""Write commands for the user to paste into a shell."""

import shlex
import subprocess
import sys


def shell_command(*words: str) -> str:
    """Return a command for this system's usual shell, with quotes where they are needed."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
