"""Single keys from the terminal, while output goes on as usual."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from prompt_toolkit.input import create_input

CTRL_C, CTRL_Z = "c-c", "c-z"


class Keys:
    """Passes every key to `pressed` while its context is open; does nothing without a terminal."""

    def __init__(self, pressed: Callable[[str], None]) -> None:
        self._pressed = pressed
        self._available = sys.stdin.isatty() and sys.stdout.isatty()

    def __enter__(self) -> "Keys":
        self._modes = ExitStack()
        if self._available:
            self._input = create_input()
            self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._modes.close()

    def _listen(self) -> None:
        self._modes.enter_context(self._input.raw_mode())
        self._modes.enter_context(self._input.attach(self._read))

    def _read(self) -> None:
        for press in self._input.read_keys():
            if press.key == CTRL_Z and hasattr(signal, "SIGTSTP"):
                with self.paused():
                    os.kill(os.getpid(), signal.SIGTSTP)
            else:
                self._pressed(str(getattr(press.key, "value", press.key)))
        # A lone escape may begin a longer sequence, which is ignored: no key begins with it.
        asyncio.get_running_loop().call_soon(self._input.flush_keys)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Restore the terminal for another program while this context is open."""
        self._modes.close()
        try:
            yield
        finally:
            if self._available:
                self._listen()
