"""The file that a worker's output goes to, so that printing never blocks.

Reading it never raises an error, whatever happened to the file: a worker that spoiled its own
output has printed nothing.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


class NamelessPrints:
    """A file without a name, for a forked worker: whichever process ends, nothing is left."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="kata-")  # noqa: SIM115 - closed by close()
        # Opened a second time, because the worker shares the first descriptor and may change its
        # position and its flags, such as O_DIRECT, with which an ordinary read fails.
        self._reading = os.open(f"/proc/self/fd/{self.fileno()}", os.O_RDONLY)

    def fileno(self) -> int:
        """Return the descriptor that the worker prints to."""
        return self._file.fileno()

    def beginning(self, count: int) -> bytes:
        """Return the first `count` bytes, or fewer when fewer were printed."""
        with suppress(OSError):
            return os.pread(self._reading, count, 0)
        return b""

    def close(self) -> None:
        """Close the file, which deletes it."""
        self._file.close()
        os.close(self._reading)


class NamedPrints:
    """A file that a worker opens by its name, where processes are not forked."""

    def __init__(self) -> None:
        with tempfile.NamedTemporaryFile(prefix="kata-", suffix=".txt", delete=False) as file:
            self.path = Path(file.name)

    def beginning(self, count: int) -> bytes:
        """Return the first `count` bytes, or fewer when fewer were printed."""
        with suppress(OSError), self.path.open("rb") as file:
            return file.read(count)
        return b""

    def close(self) -> None:
        """Remove the file."""
        with suppress(OSError):  # Windows keeps it while another process has it open
            self.path.unlink(missing_ok=True)
