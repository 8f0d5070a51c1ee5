"""Start workers: forked where that is safe, else in fresh interpreters.

Importing this module doesn't import torch.
"""

from typing import TYPE_CHECKING, TypeAlias

from grader.can_fork import CAN_FORK
from grader.workers.spawned_process import SpawnedProcess

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from grader.workers.fork_pool import ForkPool
    from grader.workers.spawn_pool import SpawnPool

WorkerPool: TypeAlias = "ForkPool | SpawnPool"


def start_pool(interrupted_by: "Connection | int | None" = None) -> WorkerPool:
    """Return a pool that starts workers. Call it before importing suites or the reference.

    Args:
        interrupted_by: a connection, or on Linux a file descriptor; as soon as it has something to
            read, calls that wait for a worker end that worker and raise Superseded.

    Raises:
        OSError: if no process can be started.
    """
    ahead = None if CAN_FORK else SpawnedProcess()  # it imports torch while this process does
    from grader.workers.fork_pool import ForkPool
    from grader.workers.spawn_pool import SpawnPool
    from grader.workers.warm_torch import freeze_garbage, warm_torch

    warm_torch()
    freeze_garbage()
    if CAN_FORK:
        assert interrupted_by is None or isinstance(interrupted_by, int)
        return ForkPool(interrupted_by)
    return SpawnPool(interrupted_by, ahead)
