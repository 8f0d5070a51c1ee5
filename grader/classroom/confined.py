"""Grading one stage of a stranger's code in a worker that is locked down."""

import shutil
import tempfile
from pathlib import Path

from grader.calls.code_under_test import TEST_SECONDS, CodeUnderTest
from grader.classroom.normalise import normalise
from grader.kata import Kata
from grader.sandbox import Confinement, Level, probe
from grader.sandbox.cleanup import remove_litter
from grader.sandbox.limits import Limits
from grader.stage import Stage
from grader.suite.grade_stage import grade_code
from grader.verdict import StageVerdict
from grader.workers.pool import ForkPool, WorkerChannel

# All calls of a stage: right code takes a fraction of a second, and code with an endless loop in
# each of five functions, which is waited for once each, can still be told so for every one.
STAGE_SECONDS = 60.0


def grade_confined(
    kata: Kata,
    stage: Stage,
    submission: Path,
    seed: int,
    pool: ForkPool,
    limits: Limits | None = None,
    level: Level | None = None,
    seconds: float = TEST_SECONDS,
) -> StageVerdict:
    """Grade a stage of a submission.

    The worker finds three folders: the code it needs (the submission's stage, and the reference of
    earlier ones), what tests give it to read, and a scratch folder, the only one it can write to.
    So nothing that the grader itself writes or reads is in the submission's hands. With one seed
    the verdict is the same in every run.

    Args:
        submission: a folder laid out like `exercises/`.
        level: which layers are put on; all that this machine has, unless said otherwise.
        seconds: the time limit of a call.

    A worker that cannot be locked down ends before it loads anything, and its tests fail.
    """
    with tempfile.TemporaryDirectory(prefix="kata-") as name:
        code, given, scratch = (Path(name) / part for part in ("code", "given", "scratch"))
        for folder in (code, given, scratch):
            folder.mkdir()
        files = _copied(kata.stage_files(stage, submission), code)
        readable = code, given, *_checkpoints(kata)
        confinement = Confinement(scratch, readable, limits or Limits(), level=level or probe())

        def open_channel() -> WorkerChannel:
            return pool.confined_worker(confinement)

        tested = CodeUnderTest(stage, files, open_channel, seconds, all_seconds=STAGE_SECONDS)
        try:
            verdict = grade_code(kata, tested, seed, given)
        finally:
            tested.close()
            remove_litter(scratch)
        return normalise(verdict, Path(name))


def _checkpoints(kata: Kata) -> list[Path]:
    """Give the folders of the tiny checkpoints; what lies beside them tells what they answer."""
    return [path for path in kata.tiny_weights.iterdir() if (path / "params.json").is_file()]


def _copied(files: dict[int, Path], folder: Path) -> dict[int, Path]:
    """Copy stage files into a folder; one that is not there stays so."""
    copies = {}
    for number, path in files.items():
        copies[number] = folder / path.name
        if path.is_file():
            shutil.copyfile(path, copies[number], follow_symlinks=False)
    return copies
