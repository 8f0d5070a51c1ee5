"""A zygote that was forked before any test ran.

Forking copies the page table. After some thousand tests this process has a gigabyte of memory, so a
test that needs hundreds of workers takes them from a process that has stayed small.
"""

from grader.can_fork import CAN_FORK
from grader.workers.cheap_forks import make_forks_cheap
from grader.workers.fork_pool import ForkPool
from grader.workers.pool import WorkerPool, start_pool

_FIRST = None
if CAN_FORK:  # `conftest` imports this module before there are any tests
    make_forks_cheap()
    _FIRST = start_pool()  # it ends with this process


def pool_of_small_workers() -> WorkerPool:
    """Return a pool whose workers are forked from the small process, where that is possible."""
    return _FIRST.another() if isinstance(_FIRST, ForkPool) else start_pool()
