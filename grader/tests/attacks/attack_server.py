"""A separate grader for the attacks, which shares no memory, files or resources with pytest.

It reads one line of JSON per job, `[folder, stages, seed, seconds, sandboxed]`, and forks a process
to grade it, with as much memory as judges get; the time limit is that of the first stage. The fork
prints the verdicts and the most memory that it has used, on one line; another line follows when it
has ended. Run it with `python -P -m`.
"""

import json
import os
import sys
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from grader.editions import find_kata
from grader.stages import stage_of
from grader.verdict import StageVerdict
from grader.workers.cheap_forks import make_forks_cheap
from grader.workers.fork import fork
from grader.workers.fork_pool import ForkPool
from grader.workers.pool import start_pool


def main(secret_file: str) -> None:
    """Grade jobs until there are no more."""
    os.set_inheritable(os.open(secret_file, os.O_RDWR), True)  # and forgets to close it
    make_forks_cheap()
    pool = start_pool()
    assert isinstance(pool, ForkPool)
    with closing(pool):
        _load_ahead()
        for line in sys.stdin:
            os.waitpid(fork(partial(_judge, pool, *json.loads(line))), 0)
            print(json.dumps({"zygote": pool._zygote.pid}), flush=True)


def _load_ahead() -> None:
    """Load what a judge needs, as the process that grades classes does."""
    from grader.classroom import judge_stage  # noqa: F401
    from grader.suite.preload import load_ahead

    load_ahead(find_kata(Path(__file__)))


def _judge(
    pool: ForkPool, folder: str, stages: list[int], seed: int, seconds: float, sandboxed: bool
) -> None:
    """Run a judge."""
    from grader.calls.code_under_test import TEST_SECONDS
    from grader.untrusted.judges_memory import limit_memory

    Path("/proc/self/clear_refs").write_text("5")  # reset the peak of memory
    limit_memory()
    verdicts = []
    for number in stages:
        limit = seconds if number == stages[0] else TEST_SECONDS
        verdicts.append(asdict(_grade(pool, Path(folder), number, seed, limit, sandboxed)))
    print(json.dumps({"verdicts": verdicts, "megabytes": _peak()}), flush=True)


def _grade(
    pool: ForkPool, folder: Path, number: int, seed: int, seconds: float, sandboxed: bool
) -> StageVerdict:
    from grader.suite.grade_stage import grade_stage
    from grader.untrusted.grade_sandboxed import grade_sandboxed

    kata, stage = find_kata(Path(__file__)), stage_of(number)
    if not sandboxed:
        return grade_stage(kata, stage, folder, seed, pool.worker)
    return grade_sandboxed(kata, stage, folder, seed, pool, seconds=seconds).verdict


def _peak() -> int:
    fields: dict[str, Any] = {}
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        fields[name] = value
    return int(fields["VmHWM"].split()[0]) // 1024


if __name__ == "__main__":
    main(sys.argv[1])
