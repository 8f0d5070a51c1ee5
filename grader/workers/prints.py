"""The file that a worker's output goes to, so that printing never blocks."""

import os
import tempfile
from pathlib import Path


class NamelessPrints:
    """A file without a name, for a worker that is forked: nothing is left behind, whatever ends."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="kata-")  # noqa: SIM115 - closed by close()

    def fileno(self) -> int:
        return self._file.fileno()

    def beginning(self, count: int) -> bytes:
        """Return the first `count` bytes, or fewer when fewer were printed."""
        return os.pread(self.fileno(), count, 0)  # reading must not move where the worker writes

    def close(self) -> None:
        self._file.close()


class NamedPrints:
    """A file that a worker opens by its name, where processes are not forked."""

    def __init__(self) -> None:
        with tempfile.NamedTemporaryFile(prefix="kata-", suffix=".txt", delete=False) as file:
            self.path = Path(file.name)

    def beginning(self, count: int) -> bytes:
        with self.path.open("rb") as file:
            return file.read(count)

    def close(self) -> None:
        self.path.unlink(missing_ok=True)
