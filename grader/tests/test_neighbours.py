"""Two submissions are graded at once: neither learns from the other, nor suffers from it.

What one submission can do alone is in `test_attacks`.
"""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.classroom import local_grader
from grader.classroom.local_grader import Job, LocalGrader
from grader.cli import main
from grader.kata import Kata
from grader.sandbox import probe
from grader.sandbox.cleanup import remove_litter
from grader.sandbox.limits import threads_of_user
from grader.stages import STAGES, stage_of
from grader.tests.attacks import starving
from grader.tests.attacks.attack import THIS_CALL
from grader.tests.attacks.colluding import accomplice, freerider
from grader.tests.class_folder import POINTS, ClassFolder
from grader.tests.processes import descendants, wait_until
from grader.tests.programs import environment_with, fork_server, run_forked, warm_environment
from grader.verdict import StageVerdict

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)
SEED = 20260101
LISTENING = [stage.number for stage in STAGES if stage.number < 19][::9]


def hand_in(folder: Path, texts: dict[int, str]) -> Job:
    """Write a submission of some stages, and return the job that grades it."""
    folder.mkdir()
    for number, text in texts.items():
        (folder / f"{stage_of(number).name}.py").write_text(text, encoding="utf-8")
    return Job(folder, tuple(texts), SEED)


def grade_both(kata: Kata, *jobs: Job) -> list[tuple[StageVerdict, ...]]:
    """Grade two submissions at once."""
    with LocalGrader(kata, at_once=2) as local:
        done = {one.job.folder: one for one in local.grade(jobs)}
    assert all(one.obstacle is None for one in done.values())
    return [done[job.folder].verdicts for job in jobs]


def test_an_accomplice_has_nothing_to_tell_and_no_way_to_tell_it(
    kata: Kata, tmp_path: Path
) -> None:
    telling = hand_in(tmp_path / "accomplice", {19: accomplice(seconds=0.2)})
    listening = dict.fromkeys(LISTENING, freerider(seconds=0.15))
    (told,), heard = grade_both(kata, telling, hand_in(tmp_path / "freerider", listening))
    assert [verdict.points for verdict in (*heard, told)] == [0] * (len(LISTENING) + 1)
    assert "found []\n" in told.printed
    assert "byte code calls ['_call']\n" in told.printed
    assert "told by" not in told.printed and told.printed.count("refused") == 6
    assert {verdict.printed.splitlines()[0] for verdict in heard} == {"heard by []"}


def test_outside_the_sandbox_the_accomplice_gets_through(kata: Kata, tmp_path: Path) -> None:
    for name in ("telling", "listening"):
        (tmp_path / name).mkdir()
    own = tmp_path / "submission"
    shutil.copytree(kata.solutions, own)
    (own / "s19_next_token.py").write_text(accomplice(seconds=60))
    (tmp_path / "s09_rms_norm.py").write_text(freerider(seconds=30) + "print('it has', rms_norm)\n")
    command = [sys.executable, str(own / "s19_next_token.py")]
    with subprocess.Popen(command, cwd=tmp_path / "telling", stdout=subprocess.PIPE) as telling:
        assert telling.stdout is not None
        assert any(b"/dev/null" in line for line in telling.stdout)  # it has told in every way
        heard = run_forked(
            *("-m", "s09_rms_norm"),
            folder=tmp_path / "listening",
            environment=environment_with(PYTHONPATH=str(tmp_path)),
        )
        telling.kill()
    Path("/dev/shm/kata-notes").unlink(missing_ok=True)
    assert "it has <function rms_norm" in heard.stdout, heard
    for way in ("locks", "a name of its own", "the folder above", "shared memory"):
        assert way in heard.stdout.splitlines()[0]


LIMIT = 1.5  # seconds per call, instead of ten
IMPATIENT = f"""
from functools import partial
from grader.classroom import class_server, judge_stage
judge_stage.grade_sandboxed = partial(judge_stage.grade_sandboxed, seconds={LIMIT})
class_server.main()
"""


def test_a_slow_neighbor_of_one_that_takes_all_processors_keeps_its_points(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_grader, "PROGRAM", ["-c", IMPATIENT])
    threads = {8: 250, 9: 12, 11: 12}
    hog = {
        number: starving.SPINNING.format(threads=count) + starving.sleeping(number)
        for number, count in threads.items()
    }
    victim = hand_in(tmp_path / "victim", {15: starving.slow(kata, 15, 0.3 * LIMIT)})
    taken, (kept,) = grade_both(kata, hand_in(tmp_path / "hog", hog), victim)
    assert {verdict.points for verdict in taken} == {0}
    assert (kept.points, kept.status) == (10, "passed")


ASLEEP = """
import threading, time
threading.stack_size(32768)
def rms_norm(x, weight, eps):
    for _ in range(240):
        threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
    time.sleep(100)
"""


def test_threads_of_one_leave_processes_to_others(a_class: ClassFolder) -> None:
    if os.geteuid() == 0:
        pytest.skip("root is under no limit of threads")
    for number in range(2):
        own = a_class.add(f"asleep{number}")
        (own / "s09_rms_norm.py").write_text(f"{ASLEEP}# {number}\n")
        a_class.add(f"honest{number}", note=str(number))
    most = threads_of_user() + 120
    command = [sys.executable, "-m", "grader", "class", "grade", str(a_class.submissions)]
    command += ["--out", str(a_class.out), "--stages", "8,9", "--jobs", "2"]
    done = subprocess.run(
        command,
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (most, most)),
    )
    assert done.returncode == 0, done
    totals = [row["total"] for row in a_class.rows().values()]
    assert totals == ["2", "2", str(POINTS), str(POINTS)]


FILLING = """
import os, time
def rms_norm(x, weight, eps):
    for number in range(15):
        try:
            with open(f"{number}", "wb") as file:
                file.write(bytes(4_000_000))
        except OSError:
            time.sleep(0.02)
    for name in os.listdir("."):
        os.unlink(name)
    return x
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that one submission can fill."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root can make a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def a_class(kata: Kata, tmp_path: Path) -> Iterator[ClassFolder]:
    made = ClassFolder(tmp_path, kata)
    yield made
    if (made.out / ".work").exists():  # pytest itself can't remove a deep tree
        remove_litter(made.out / ".work")


def assert_graded_or_named(a_class: ClassFolder, honest: list[str], exit_code: int) -> None:
    """Check that each of some submissions has all points, or is reported as not graded."""
    rows = a_class.rows()
    given = [rows[name]["total"] for name in honest]
    assert set(given) <= {"", str(ALL)}, given
    # Also if everybody was graded, but there was no space for somebody's page.
    assert exit_code == 1 or "" not in [row["total"] for row in rows.values()]
    assert_nothing_is_shown(a_class)


def assert_nothing_is_shown(a_class: ClassFolder) -> None:
    """Check that no page or file of a submission contains a folder of this machine."""
    for name, text in a_class.files().items():
        if name.startswith("submissions/"):
            assert str(a_class.out).encode() not in text, name
            assert b"/home/teacher" not in text, name


ALL = POINTS + 7  # with the checkpoint, which is written to the disk before it is read
CHOSEN = ("--stages", "7-9", "--seed", "7", "--jobs", "2")


def test_a_neighbor_that_fills_the_disk_costs_nobody_a_point(
    a_class: ClassFolder, kata: Kata, small_disk: Path
) -> None:
    a_class.out = small_disk / "results"
    honest = [f"honest{number}" for number in range(3)]
    filling = a_class.add("filling")  # for some seconds, and the others come one after another
    (filling / "s09_rms_norm.py").write_text(FILLING)
    for number in range(3):
        own = a_class.add(honest[number], note=str(number))
        shutil.copy(kata.solution(stage_of(7)), own)
    first = a_class.grade(*CHOSEN)
    assert first.stderr == "", first
    if first.returncode != 2:  # else there was no space for the results themselves
        assert_graded_or_named(a_class, honest, first.returncode)
    shutil.rmtree(filling)
    second = a_class.grade(*CHOSEN)
    assert second.returncode == 0, second
    assert [a_class.rows()[name]["total"] for name in honest] == [str(ALL)] * 3
    assert_nothing_is_shown(a_class)


TROUBLED = """
from grader.classroom import class_server, judge_stage
grade = judge_stage.grade_sandboxed
def grade_sandboxed(kata, stage, submission, *rest):
    if stage.number == 9 and submission.name == "honest":
        raise OSError(28, "No space left on device", "/home/teacher/kata-scratch")
    return grade(kata, stage, submission, *rest)
judge_stage.grade_sandboxed = grade_sandboxed
class_server.main()
"""


def test_a_disk_that_stays_full_gives_no_verdict(
    a_class: ClassFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("honest", "other"):
        a_class.add(name, note=name)
    given = ["class", "grade", str(a_class.submissions), "--out", str(a_class.out)]
    given += ["--stages", "8,9", "--seed", "7", "--jobs", "2"]
    with monkeypatch.context() as patch:
        patch.setattr(local_grader, "PROGRAM", ["-c", TROUBLED])
        shown = CliRunner().invoke(main, given)
    assert shown.exit_code == 1, shown.output
    assert "could not be graded: No space left on device" in shown.output
    assert "/home/teacher" not in shown.output
    assert "Problems with submissions" not in shown.output
    rows = a_class.rows()
    assert (rows["honest"]["total"], rows["other"]["total"]) == ("", str(POINTS))
    assert len(a_class.journal()) == 1
    assert_nothing_is_shown(a_class)
    again = CliRunner().invoke(main, given)
    assert again.exit_code == 0, again.output
    assert a_class.rows()["honest"]["total"] == str(POINTS) and len(a_class.journal()) == 2


DEEP = f"""
import os, time
def rms_norm(x, weight, eps):
    if not {THIS_CALL}:
        return x
    top = os.open(".", os.O_RDONLY)
    for _ in range(990):
        os.mkdir("d")
        os.chdir("d")
    os.close(os.open("deep", os.O_CREAT | os.O_WRONLY, dir_fd=top))
    time.sleep(1)
"""


def test_ctrl_c_over_a_deep_tree_leaves_a_folder_that_can_be_used(a_class: ClassFolder) -> None:
    own = a_class.add("deep")
    (own / "s09_rms_norm.py").write_text(DEEP)
    a_class.add("honest")
    command = [sys.executable, "-m", "grader", "class", "grade", str(a_class.submissions)]
    command += ["--out", str(a_class.out), "--stages", "8,9", "--jobs", "2"]
    quiet = subprocess.DEVNULL
    warm = {**os.environ, **warm_environment()}
    with subprocess.Popen(command, env=warm, stdout=quiet, stderr=subprocess.PIPE) as run:
        work = a_class.out / ".work"
        wait_until(lambda: any(work.glob("kata-*/scratch/deep")))
        time.sleep(random.uniform(0, 0.3))
        assert descendants(fork_server().pid)
        os.kill(run.pid, signal.SIGINT)
        _, said = run.communicate(timeout=60)
    assert run.returncode == 130 and b"Traceback" not in said, said
    wait_until(lambda: not descendants(fork_server().pid))
    again = a_class.grade("--jobs", "2")
    assert again.returncode == 0, again
    assert a_class.rows()["honest"]["total"] == str(POINTS)
    assert not work.exists()
