"""Attacks of all kinds: none gains a point or leaves anything behind.

The package `attacks` describes them, and says which can't happen here.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import msgspec
import pytest
import torch

from grader.classroom.intake.copy_stage_files import copy_stage_files
from grader.classroom.list_submissions import list_submissions
from grader.kata import Kata
from grader.sandbox import probe
from grader.seeds import secret_seed
from grader.stages import stage_of
from grader.tests.attacks import (
    answering,
    asking,
    ending,
    fooling,
    handing_in,
    reaching,
    starving,
    stealing,
)
from grader.tests.attacks.attack import Attack
from grader.tests.processes import is_running, wait_until
from grader.untrusted.grade_sandboxed import STAGE_SECONDS, grade_sandboxed
from grader.verdict import StageVerdict
from grader.workers.fork import fork
from grader.workers.fork_pool import ForkPool
from grader.workers.pool import start_pool

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)
OTHER = stage_of(8)  # a correct stage of the same submission
MOST_SECONDS = STAGE_SECONDS  # also on a busy machine
LEFT_OUTSIDE = Path(reaching.IN_SHARED_MEMORY)


class GraderProcess:
    """A grader in a separate process, and the places that attacks try to reach."""

    def __init__(self, kata: Kata, folder: Path) -> None:
        self._kata, self._submissions = kata, folder / "submissions"
        self.outside, self.temporary = folder / "outside", folder / "tmp"
        for one in (self.outside, self.temporary, self._submissions):
            one.mkdir()
        (folder / "secret.txt").write_text(stealing.SECRET)
        self.restore()
        environment = {
            stealing.SECRET_NAME: stealing.SECRET,
            **os.environ,
            "TMPDIR": str(self.temporary),
            "PYTHONHASHSEED": "0",
            "KATA_PADDING": "x" * 8000,  # so that there is something to read after the secret
        }
        command = [sys.executable, "-P", "-m", "grader.tests.attacks.attack_server"]
        self._process = subprocess.Popen(
            [*command, str(folder / "secret.txt")],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.megabytes = 0

    def restore(self) -> None:
        """Restore what attacks without a sandbox have changed."""
        for path in self.outside.iterdir():
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        (self.outside / "victim").write_text("as it was")
        LEFT_OUTSIDE.unlink(missing_ok=True)

    def grade(
        self, attack: Attack, sandboxed: bool = True, seed: int = 1
    ) -> tuple[StageVerdict, StageVerdict]:
        """Grade a submission of an attack and a correct stage, and return both verdicts."""
        folder = self._submissions / attack.name
        folder.mkdir(exist_ok=True)
        (folder / f"{stage_of(attack.stage).name}.py").write_text(attack.source, encoding="utf-8")
        right = self._kata.solution(OTHER).read_text(encoding="utf-8")
        (folder / f"{OTHER.name}.py").write_text(right, encoding="utf-8")
        stages = [attack.stage, OTHER.number]
        attacked, other = self.grade_folder(folder, stages, seed, attack.seconds, sandboxed)
        return attacked, other

    def grade_folder(self, *job: Path | list[int] | float) -> list[StageVerdict]:
        """Grade stages of a folder; `attack_server` says what a job is."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(job, default=str) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        self.megabytes = answer["megabytes"]
        self.zygote = json.loads(self._process.stdout.readline())["zygote"]
        return msgspec.convert(answer["verdicts"], list[StageVerdict])

    def processes(self) -> list[int]:
        return processes_below(self._process.pid)

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def processes_below(pid: int) -> list[int]:
    """Return the descendants of a process, the oldest of each generation first."""
    found, ahead = [], [pid]
    while ahead:
        children = Path(f"/proc/{ahead[0]}/task/{ahead.pop(0)}/children").read_text().split()
        found += [int(child) for child in children]
        ahead += [int(child) for child in children]
    return found


@pytest.fixture(scope="module")
def grader_process(kata: Kata, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraderProcess]:
    grader_process = GraderProcess(kata, tmp_path_factory.mktemp("attacked"))
    grader_process.grade(Attack("nothing", (), "", ""))  # suites and mistakes are loaded
    yield grader_process
    grader_process.close()


def told(verdict: StageVerdict) -> str:
    """Return all texts of a verdict."""
    return "\n".join([*(test.message for test in verdict.tests), verdict.printed])


def assert_nothing_gained(grader_process: GraderProcess, attack: Attack) -> StageVerdict:
    begun = time.monotonic()
    attacked, other = grader_process.grade(attack)
    seconds = time.monotonic() - begun
    assert attacked.points == 0, f"it gains {attack.gain}: {attacked}"
    assert not any(test.outcome == "passed" and test.max_points for test in attacked.tests)
    assert (other.status, other.points) == ("passed", OTHER.points), other
    assert grader_process.processes() == [grader_process.zygote]
    assert list(grader_process.temporary.iterdir()) == []
    assert [path.name for path in grader_process.outside.iterdir()] == ["victim"]
    assert (grader_process.outside / "victim").read_text() == "as it was"
    assert not LEFT_OUTSIDE.exists()
    assert grader_process.megabytes < attack.megabytes, attack.gain
    assert seconds < MOST_SECONDS, attack.gain
    assert len(told(attacked)) < 200_000
    return attacked


BEHAVING = [
    attack
    for family in (ending, stealing, fooling, answering, asking, starving)
    for attack in family.ATTACKS
    if not attack.refused
]


@pytest.mark.parametrize("attack", BEHAVING, ids=lambda attack: attack.name)
def test_an_attack_gains_nothing(grader_process: GraderProcess, attack: Attack) -> None:
    verdict = assert_nothing_gained(grader_process, attack)
    assert re.search(attack.shows, told(verdict), re.MULTILINE), told(verdict)[:2000]


REACHING = [attack.name for attack in reaching.attacks("", "")] + ["importing_the_reference"]


def reaching_attack(kata: Kata, grader_process: GraderProcess, name: str) -> Attack:
    candidates = [*reaching.attacks(str(kata.root), str(grader_process.outside)), *stealing.ATTACKS]
    attack = next(attack for attack in candidates if attack.name == name)
    if attack.numbered and os.uname().machine != "x86_64":
        pytest.skip("numbers of x86-64")
    return attack


@pytest.mark.parametrize("name", REACHING)
def test_what_is_out_of_reach(kata: Kata, grader_process: GraderProcess, name: str) -> None:
    attack = reaching_attack(kata, grader_process, name)
    printed = assert_nothing_gained(grader_process, attack).printed
    for what in attack.refused:
        assert re.search(rf"^{re.escape(what)}: \w*Error$", printed, re.MULTILINE), printed


@pytest.mark.parametrize("name", REACHING[:-1])
def test_without_the_sandbox_it_is_in_reach(
    kata: Kata, grader_process: GraderProcess, name: str
) -> None:
    attack = reaching_attack(kata, grader_process, name)
    verdict, _ = grader_process.grade(attack, sandboxed=False)
    grader_process.restore()
    done = [what for what in attack.refused if f"{what}: did it" in verdict.printed]
    assert done == list(attack.refused), verdict.printed
    assert grader_process.processes() == [grader_process.zygote]
    for daemon in re.findall(r"daemon is (\d+)", verdict.printed):
        assert not Path(f"/proc/{daemon}").exists()


@pytest.mark.parametrize("number", [9, 17, 18])
def test_right_code_that_spoils_its_arguments_gains_nothing(
    kata: Kata, grader_process: GraderProcess, number: int
) -> None:
    stage = stage_of(number)
    attack = fooling.spoiling(stage, kata.solution(stage).read_text(encoding="utf-8"))
    verdict = assert_nothing_gained(grader_process, attack)
    graded = [test for test in verdict.tests if test.max_points]
    assert all("in place" in test.message for test in graded), told(verdict)


def test_the_seed_is_not_found_from_inputs(grader_process: GraderProcess) -> None:
    attack = stealing.THE_SEED
    verdict, _ = grader_process.grade(attack, seed=secret_seed(None))
    assert verdict.points == 0 and re.search(attack.shows, verdict.printed), verdict.printed
    short = stealing.SHORT_SEEDS // 3
    verdict, _ = grader_process.grade(attack, seed=short)
    assert f"seeds [{short}]" in verdict.printed


def test_without_the_sandbox_the_stack_holds_the_secret(grader_process: GraderProcess) -> None:
    attack = next(one for one in stealing.ATTACKS if one.name == "secrets_on_the_stack")
    verdict, _ = grader_process.grade(attack, sandboxed=False)
    assert "held True" in verdict.printed


def test_only_stages_are_taken_of_what_is_handed_in(
    grader_process: GraderProcess, tmp_path: Path
) -> None:
    collected, taken = tmp_path / "collected", tmp_path / "taken"
    handing_in.write_files(collected / "somebody", grader_process.outside)
    (submission,) = copy_stage_files(list_submissions(collected).entries, taken)
    assert submission.files == ("s09_rms_norm.py",)
    verdict, other = grader_process.grade_folder(submission.folder, [9, 14], 1, 10.0, True)
    assert verdict.points == 0 and verdict.status == "failed"
    assert torch.__version__ in verdict.printed and json.__file__ in verdict.printed
    assert other.points == 0
    assert [path.name for path in grader_process.outside.iterdir()] == ["victim"]


def test_links_and_pipes_are_no_stages(
    kata: Kata, grader_process: GraderProcess, tmp_path: Path
) -> None:
    collected, taken = tmp_path / "collected", tmp_path / "taken"
    collected.mkdir()
    solutions = tmp_path / "solutions"
    shutil.copytree(kata.solutions, solutions)
    handing_in.write_links(collected / "somebody", solutions)
    (submission,) = copy_stage_files(list_submissions(collected).entries, taken)
    assert submission.files == ()
    # Even if nothing was copied there before, a link leads nowhere.
    os.unlink(collected / "somebody/s10_freqs_cis.py")
    linked, *others = grader_process.grade_folder(
        collected / "somebody", [9, 10, 14], 1, 10.0, True
    )
    assert linked.points == 0 and "PermissionError" in linked.tests[0].message
    assert [one.points for one in others] == [0, 0]


@pytest.mark.parametrize("which", ["grader", "zygote", "both"])
def test_a_worker_ends_with_the_grader(kata: Kata, tmp_path: Path, which: str) -> None:
    (tmp_path / "s09_rms_norm.py").write_text("import time\ntime.sleep(1000)\n")
    grader = os.fork()
    if grader == 0:
        with suppress(BaseException):
            have_graded(kata, tmp_path)
        os._exit(0)
    wait_until(lambda: len(processes_below(grader)) == 3)
    zygote, judge, worker = processes_below(grader)
    killed = {
        "grader": [grader, judge],
        "zygote": [zygote],
        "both": [grader, judge, zygote],
    }[which]
    for number in (signal.SIGSTOP, signal.SIGKILL):  # none notices when the others end
        for pid in killed:
            os.kill(pid, number)
    wait_until(lambda: not is_running(worker), seconds=20)
    os.waitpid(grader, 0)


def have_graded(kata: Kata, submission: Path) -> None:
    """Run a grader: a zygote, and a judge that gets workers from it."""
    with closing(start_pool()) as pool:
        assert isinstance(pool, ForkPool)
        os.waitpid(fork(partial(judge, kata, submission, pool)), 0)


def judge(kata: Kata, submission: Path, pool: ForkPool) -> None:
    grade_sandboxed(kata, stage_of(9), submission, 1, pool)
