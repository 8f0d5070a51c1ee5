"""Keep what is typed while an answer is being written out of that answer."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

try:
    import termios
except ImportError:  # Windows shows typed letters only while a program reads them
    termios = None  # type: ignore[assignment]


@contextmanager
def silent_keyboard() -> Iterator[None]:
    """Don't show what is typed; it waits for whoever reads the keyboard next.

    Ctrl-C works as always.
    """
    if termios is None or not sys.stdin.isatty():
        yield
        return
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    silent = list(before)
    silent[3] &= ~termios.ECHO  # the fourth entry has the local modes
    termios.tcsetattr(keyboard, termios.TCSANOW, silent)
    try:
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSANOW, before)
