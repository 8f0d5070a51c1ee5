"""Watch for saved files: watchfiles polls, and on Linux the kernel says when to.

watchfiles polls many times per second, which drains a laptop's battery. Linux can send a signal
instead (`F_NOTIFY`), so there nothing runs until a file in the folder has changed.
"""

import asyncio
import os
import platform
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path

from watchfiles import watch
from watchfiles.main import FileChange

QUIET_MS = 8  # after this time without changes, the editor has finished writing
QUIET_MS_POLLED = 25  # the same where the kernel sends no signals
LONGEST_MS = 200  # a longer burst of changes is reported in parts
RING_MS = 200  # changes are found within this time after a signal


async def saved_files(folder: Path) -> AsyncGenerator[set[Path], None]:
    """Yield the files in `folder` that were written, renamed or deleted, burst by burst.

    Nothing is lost between two bursts: what changes meanwhile is in the next one.
    """
    with _bell(folder) as bell:
        news = watch(
            folder,
            watch_filter=None,
            debounce=LONGEST_MS,
            step=QUIET_MS if bell else QUIET_MS_POLLED,
            rust_timeout=RING_MS,
            yield_on_timeout=True,
            recursive=False,
            raise_interrupt=False,
        )
        while True:
            if bell:
                bell.clear()  # before looking, so that a signal while looking isn't lost
            changes = await asyncio.to_thread(next, news, set[FileChange]())
            if changes:
                yield {Path(name) for _, name in changes}
            elif bell:
                await bell.wait()


@contextmanager
def _bell(folder: Path) -> Iterator[asyncio.Event | None]:
    """Yield an event that is set at every change in `folder`; None if the kernel can't tell."""
    polling = "WATCHFILES_FORCE_POLLING" in os.environ
    if sys.platform != "linux" or polling or "microsoft" in platform.release().lower():
        yield None
        return
    import fcntl
    import signal

    bell = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGIO, bell.set)
    changes = fcntl.DN_MODIFY | fcntl.DN_CREATE | fcntl.DN_DELETE | fcntl.DN_RENAME
    handle = os.open(folder, os.O_RDONLY)  # signals are sent as long as it is open
    can_ring = True
    try:
        fcntl.fcntl(handle, fcntl.F_NOTIFY, changes | fcntl.DN_ATTRIB | fcntl.DN_MULTISHOT)
    except OSError:  # on some network file systems
        can_ring = False
    try:
        yield bell if can_ring else None
    finally:
        os.close(handle)
        loop.remove_signal_handler(signal.SIGIO)
        signal.signal(signal.SIGIO, signal.SIG_IGN)  # a late signal would end the program
