"""`grader watch` running in a copy of the kata, with a terminal or without one."""

import codecs
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from grader.tests.clone import Clone
from grader.tests.programs import warm_environment

PATIENCE = 60.0  # seconds that nothing honest needs
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x1b\x07]*(?:\x1b\\|\x07)")


class Watching:
    """One `grader watch`; what it shows is read piece by piece."""

    def __init__(self, clone: Clone, *args: str, columns: int = 0, **environment: str) -> None:
        """Start it, in a terminal of so many columns, or with pipes (0)."""
        self.clone = clone
        self.shown = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        if columns:
            self._out, theirs = os.openpty()
            self.resize(columns)
            self.terminal = os.dup(theirs)
        else:
            self._out, theirs = os.pipe()
        kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
        kept |= warm_environment()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "grader", "watch", *args],
            cwd=clone.root,
            stdin=theirs if columns else subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            env={**kept, "TERM": "xterm-256color", **clone.environment, **environment},
            start_new_session=True,
        )
        os.close(theirs)

    def until(self, words: str, seconds: float = PATIENCE) -> str:
        """Give what is shown from the last call on, up to and with `words`."""
        deadline = time.monotonic() + seconds
        while words not in self.shown:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self._out], [], [], left)[0], (words, self.shown)
            data = os.read(self._out, 65536)
            assert data, (words, self.shown)
            self.shown += self._decoder.decode(data).replace("\r\n", "\n")
        before, _, self.shown = self.shown.partition(words)
        return before + words

    def verdict(self) -> str:
        """Give the next verdict, up to its seed, without colours and links."""
        shown = self.until(", seed ") + self.until("\n")
        return plain(shown)

    def quiet(self, seconds: float) -> bool:
        """Tell whether nothing is shown for a while."""
        return not self.shown and not select.select([self._out], [], [], seconds)[0]

    def press(self, keys: str) -> None:
        os.write(self._out, keys.encode())

    def interrupt(self) -> int:
        """Press Ctrl-C, as far as there is no terminal to do so, and give the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE)

    def resize(self, columns: int) -> None:
        """Make the terminal so many columns wide."""
        fcntl.ioctl(self._out, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))

    def close(self) -> None:
        """End it, whatever state it is in."""
        self.process.kill()
        self.process.wait()
        os.close(self._out)

    def helpers(self) -> list[int]:
        """Give the processes that grade for it."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:  # it has just ended
                continue
            if b"grader.watch.watch_server" in words and str(self.clone.root).encode() in words:
                found.append(int(path.parent.name))
        return found


def plain(shown: str) -> str:
    """Take colours, links and other escapes out of what a terminal was sent."""
    return _ESCAPES.sub("", shown)
