"""Grade a stage of untrusted code in sandboxed workers (Linux)."""

import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from grader.calls.answer_earlier_calls import EarlierStages
from grader.calls.channel import Channel
from grader.calls.code_under_test import TEST_SECONDS, CodeUnderTest
from grader.calls.stage_modules import reference_modules
from grader.kata import Kata
from grader.sandbox import Confinement, Level, probe
from grader.sandbox.cleanup import empty_folder, scratch_folder
from grader.stage import Stage
from grader.suite.grade_stage import grade_code
from grader.untrusted.normalise_verdict import normalise
from grader.verdict import StageVerdict
from grader.workers.fork_pool import ForkPool

# For all calls of a stage. Correct code takes a fraction of a second. Code with an endless loop in
# each of five functions, each of which is waited for once, still gets a message for every one.
STAGE_SECONDS = 60.0


@dataclass(frozen=True)
class Judged:
    """A verdict; `in_doubt` means that this machine may be at fault."""

    verdict: StageVerdict
    in_doubt: bool = False


def grade_sandboxed(
    kata: Kata,
    stage: Stage,
    submission: Path,
    seed: int,
    pool: ForkPool,
    level: Level | None = None,
    seconds: float = TEST_SECONDS,
) -> Judged:
    """Grade a stage of a submission, a folder laid out like `exercises/`.

    The worker is given three folders: the submission's stage, what tests give it to read, and a
    scratch folder, the only one it can write to. Earlier stages that the stage uses run in this
    process, so the submission can touch neither the answers nor anything that the grader itself
    writes or reads. With the same seed, the verdict is the same in every run. A worker that can't
    be sandboxed ends before it loads anything, and its tests fail.

    Args:
        kata: with its suites and, unless it is a handout, its reference.
        stage: the stage to grade.
        submission: the folder.
        seed: the seed of the random inputs.
        pool: starts the workers.
        level: which layers of the sandbox to use; by default all that this machine has.
        seconds: the time limit of a call.
    """
    with scratch_folder() as folder:
        code, given, scratch = (folder / part for part in ("code", "given", "scratch"))
        for part in (code, given, scratch):
            part.mkdir()
        files = {}
        for number, path in kata.stage_files(stage, submission).items():
            if kata.has_reference and path.parent != submission:
                continue  # run here
            files[number] = code / path.name
            if path.is_file():  # a missing file stays missing
                shutil.copyfile(path, files[number], follow_symlinks=False)
        # Not their parent folder: the files in it reveal what the tiny checkpoints answer.
        checkpoints = (path.parent for path in kata.tiny_weights.glob("*/params.json"))
        readable = code, given, *checkpoints
        confinement = Confinement(scratch, readable, level=level or probe())

        def open_channel() -> Channel:
            empty_folder(scratch)  # of anything an earlier worker of this stage left in it
            return pool.confined_worker(confinement)

        tested = CodeUnderTest(
            stage,
            files,
            open_channel,
            seconds,
            kata.own_earlier(stage),
            STAGE_SECONDS,
            _earlier_stages(kata, stage),
        )
        with closing(tested):
            verdict = grade_code(kata, tested, seed, given)
        return Judged(normalise(verdict), tested.was_busy)


def _earlier_stages(kata: Kata, stage: Stage) -> EarlierStages | None:
    """Return the earlier stages that the reference runs for a stage; None in a handout, which has
    no reference."""
    if not kata.has_reference:
        return None
    return EarlierStages(stage, reference_modules(kata.solutions, stage))
