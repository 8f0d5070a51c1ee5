"""Compare a call of an earlier stage from inside the sandbox with the same call in one process."""

import statistics
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from unittest.mock import patch

import torch

from grader.calls.answer_earlier_calls import EarlierCalls, EarlierStages
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.outcome import Returned
from grader.calls.request_writer import Callee
from grader.calls.stage_modules import reference_modules
from grader.kata import Kata
from grader.sandbox import Confinement
from grader.stages import STAGES, stage_of
from grader.untrusted.grade_sandboxed import grade_sandboxed
from grader.workers.fork_pool import ForkPool

CALLS, ROUNDS = 200, 20
_CALLING = """
import time
from exercises.s09_rms_norm import rms_norm
def transformer_block(x, weight, count):
    begun = time.perf_counter()
    for _ in range(count):
        rms_norm(x, weight, 1e-5)
    return (time.perf_counter() - begun) / count
"""


def calls_of_right_code(kata: Kata, pool: ForkPool) -> int:
    """Grade the solutions, and return how many calls to the grader this took."""
    with patch.object(EarlierCalls, "answer", autospec=True, side_effect=EarlierCalls.answer) as on:
        for stage in STAGES:
            grade_sandboxed(kata, stage, kata.solutions, 1, pool)
    return on.call_count


def microseconds_of_a_call(kata: Kata, pool: ForkPool) -> tuple[float, float]:
    """Return the times of one `rms_norm` from a sandbox and in this process, measured in turns."""
    block, x = stage_of(17), torch.randn(8, 48)
    reference = reference_modules(kata.solutions, block)
    norm = reference.find("rms_norm")
    with tempfile.TemporaryDirectory(prefix="kata-") as name:
        folder, scratch = Path(name) / "code", Path(name) / "scratch"
        for one in (folder, scratch):
            one.mkdir()
        file = folder / f"{block.name}.py"
        file.write_text(_CALLING)
        start = partial(pool.confined_worker, Confinement(scratch, (folder,)))
        earlier = EarlierStages(block, reference)
        across, here = [], []
        with closing(CodeUnderTest(block, {17: file}, start, earlier=earlier)) as code:
            for _ in range(ROUNDS):
                (came,) = code.run(Callee("transformer_block"), [(x, x[0], CALLS)])
                assert isinstance(came, Returned), came
                across.append(1e6 * came.value)
                begun = time.perf_counter()
                for _ in range(CALLS):
                    norm(x, x[0], 1e-5)
                here.append(1e6 * (time.perf_counter() - begun) / CALLS)
    return statistics.median(across), statistics.median(here)


def print_wire(kata: Kata, pool: ForkPool) -> None:
    """Measure and print."""
    count = calls_of_right_code(kata, pool)
    across, here = microseconds_of_a_call(kata, pool)
    print(f"calls of earlier stages that a right submission makes: {count:,}")
    print(f"one rms_norm: {across:.0f} us from the sandbox, {here:.0f} us in the same process")
