"""`grader watch` running in a copy of the kata, with a terminal or without one."""

import codecs
import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from grader.tests.clone import Clone
from grader.tests.programs import warm_environment

PATIENCE = 60.0  # seconds; more than anything should take
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x1b\x07]*(?:\x1b\\|\x07)")


class Watching:
    """One `grader watch`, whose output is read piece by piece."""

    def __init__(
        self,
        clone: Clone,
        *args: str,
        columns: int = 0,
        program: Sequence[str] = ("-m", "grader"),
        **environment: str,
    ) -> None:
        """Start it, in a terminal with `columns`, or with pipes if that is 0."""
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
            [sys.executable, *program, "watch", *args],
            cwd=clone.root,
            stdin=theirs if columns else subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            env={**kept, "TERM": "xterm-256color", **clone.environment, **environment},
            start_new_session=True,
        )
        os.close(theirs)

    def until(self, words: str, seconds: float = PATIENCE) -> str:
        """Return the output since the last call, up to and including `words`."""
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
        """Return the next verdict, up to its seed, without colors and links."""
        shown = self.until(", seed ") + self.until("\n")
        return plain(shown)

    def quiet(self, seconds: float) -> bool:
        """Return whether there is no output for a while."""
        return not self.shown and not select.select([self._out], [], [], seconds)[0]

    def press(self, keys: str) -> None:
        os.write(self._out, keys.encode())

    def interrupt(self) -> int:
        """Send what Ctrl-C sends in a terminal, and return the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE)

    def resize(self, columns: int) -> None:
        """Set the terminal's width."""
        import fcntl  # Windows has neither
        import termios

        fcntl.ioctl(self._out, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))

    def close(self) -> None:
        """End it, whatever it is doing."""
        self.process.kill()
        self.process.wait()
        os.close(self._out)

    def helpers(self) -> list[int]:
        """Return the ids of the processes that grade for it."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:  # the process has just ended
                continue
            if b"grader.watch.watch_server" in words and str(self.clone.root).encode() in words:
                found.append(int(path.parent.name))
        return found


def plain(shown: str) -> str:
    """Return terminal output without colors, links and other escapes."""
    return _ESCAPES.sub("", shown)
