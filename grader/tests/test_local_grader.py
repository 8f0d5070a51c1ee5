"""The process that grades submissions: whatever happens to a judge, every job gets an answer."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from grader.classroom import local_grader
from grader.classroom.local_grader import Job, JobResult, LocalGrader
from grader.errors import UsageError
from grader.kata import Kata
from grader.sandbox import Level, probe
from grader.seeds import derived_seed
from grader.serving.server_handle import ServerHandle
from grader.tests.processes import descendants, is_running, wait_until
from grader.tests.programs import fork_server

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)
STAGES = (8, 9, 12)
BEGIN = (
    "from grader.classroom import class_server, judge_stage as judge\n"
    "import os, time, sys\nreal = judge.judge_stage\n"
)
END = "class_server.main()\n"


@pytest.fixture
def submission(kata: Kata, tmp_path: Path) -> Path:
    """A submission in which everything is correct."""
    folder = tmp_path / "submission"
    folder.mkdir()
    for number in STAGES:
        (path,) = kata.solutions.glob(f"s{number:02d}_*.py")
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Check that no process outlives the test."""
    fork_server()  # which all tests share
    before = set(descendants(os.getpid()))
    yield
    assert set(descendants(os.getpid())) <= before


def points(done: JobResult) -> list[int]:
    return [verdict.points for verdict in done.verdicts]


def program(monkeypatch: pytest.MonkeyPatch, judge_stage: str, *more: str) -> None:
    """Replace how the process judges stages: the body of a function of the stage's number."""
    lines = "\n".join(f"    {line}" for line in judge_stage.splitlines())
    text = f"def judged(kata, stage, *rest):\n    number = stage.number\n{lines}\n"
    text += "    return real(kata, stage, *rest)\njudge.judge_stage = judged\n"
    monkeypatch.setattr(
        local_grader, "PROGRAM", ["-c", BEGIN + text + "\n".join(more) + "\n" + END]
    )


def test_jobs_are_answered_and_some_are_under_way_at_once(kata: Kata, submission: Path) -> None:
    asked: list[int] = []

    def jobs() -> Iterator[Job]:
        for seed in range(5):
            asked.append(seed)
            yield Job(submission, STAGES, seed)

    with LocalGrader(kata, at_once=2) as local:
        assert "Landlock" in local.level
        answers = local.grade(jobs())
        first = next(answers)
        assert asked == [0, 1, 2]  # two are graded and one waits; no more are requested
        rest = list(answers)
    assert sorted(done.job.seed for done in (first, *rest)) == [0, 1, 2, 3, 4]
    assert all(points(done) == [2, 6, 4] for done in (first, *rest))


def test_a_judge_that_ends_loses_one_stage(
    kata: Kata, submission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(monkeypatch, "if number == 9: os.kill(os.getpid(), 9)")
    with LocalGrader(kata, at_once=2) as local:
        done = list(local.grade([Job(submission, STAGES, 1)] * 3))
    assert [points(one) for one in done] == [[2, 0, 4]] * 3
    assert "could not be judged (the process" in done[0].verdicts[1].tests[0].message
    assert done[0].verdicts[1].status == "failed"


def test_a_judge_that_hangs_loses_one_stage(
    kata: Kata, submission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(monkeypatch, "if number == 12: time.sleep(600)", "class_server.SILENCE_SECONDS = 1.0")
    with LocalGrader(kata, at_once=1) as local:
        (done,) = local.grade([Job(submission, STAGES, 1)])
    assert points(done) == [2, 6, 0]
    assert "(it took too long)" in done.verdicts[2].tests[0].message


def test_an_error_of_the_grader_loses_one_stage(
    kata: Kata, submission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail = "judge.grade_sandboxed = lambda *_, **__: 1 / 0"
    program(monkeypatch, "", fail)
    with LocalGrader(kata, at_once=1) as local:
        (done,) = local.grade([Job(submission, STAGES, 1)])
    assert points(done) == [0, 0, 0]
    assert "ZeroDivisionError" in done.verdicts[0].tests[0].message


@pytest.mark.usefixtures("fresh_servers")
def test_a_killed_user_leaves_no_process(kata: Kata, submission: Path) -> None:
    (submission / "s09_rms_norm.py").write_text("while True: pass", encoding="utf-8")
    begun = os.fork()
    if begun == 0:
        with LocalGrader(kata, at_once=2) as local:
            list(local.grade([Job(submission, STAGES, seed) for seed in range(3)]))
        os._exit(1)
    wait_until(lambda: len(descendants(begun)) >= 6)  # the process, zygotes, judges and workers
    started = descendants(begun)
    os.kill(begun, signal.SIGKILL)
    os.waitpid(begun, 0)
    wait_until(lambda: not any(map(is_running, started)))


def test_where_processes_are_not_forked_it_judges_itself(
    kata: Kata, submission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(monkeypatch, "", "from grader.workers import pool", "pool.CAN_FORK = False")
    with LocalGrader(kata, at_once=2, trusted=True) as local:
        done = list(local.grade([Job(submission, (number,), 1) for number in (8, 9)]))
    assert [points(one) for one in done] == [[2], [6]]
    assert "--trust-submissions" in local.level


def test_a_server_that_is_still_sending_can_be_closed() -> None:
    talk = "import sys; sys.stdout.write('x' * 1_000_000); sys.stdout.flush(); sys.stdin.read()"
    server = ServerHandle([sys.executable, "-S", "-c", talk], os.environ, keeps_errors=False)
    closing = Thread(target=server.close, daemon=True)
    closing.start()
    closing.join(20)
    assert not closing.is_alive()


def test_untrusted_code_is_refused_where_it_cannot_be_sandboxed(
    kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_grader, "probe", lambda: Level(0, True))
    with pytest.raises(UsageError, match="can't sandbox it"), LocalGrader(kata, at_once=1):
        pass


FIRST_TIME = (
    "first = not os.path.exists(MARK + str(number))\nopen(MARK + str(number), 'w').close()\n"
)
FULL = "raise OSError(28, 'No space left on device', '/home/teacher/of/paths')"


def mark(folder: Path) -> str:
    """Return code that defines the prefix of files which record what has happened."""
    return f"MARK = {str(folder / 'mark')!r}"


def test_trouble_that_passes_costs_nothing(
    kata: Kata, submission: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    once = f"{FIRST_TIME}if first and number != 8: {FULL}"
    program(monkeypatch, once, mark(tmp_path))
    with LocalGrader(kata, at_once=2) as local:
        done = list(local.grade([Job(submission, STAGES, 1)] * 2))
    assert [points(one) for one in done] == [[2, 6, 4]] * 2
    assert {one.obstacle for one in done} == {None}


def test_trouble_that_stays_gives_no_verdict(
    kata: Kata, submission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(monkeypatch, f"if number == 9 and rest[1] not in (0, 2): {FULL}")
    with LocalGrader(kata, at_once=2) as local:
        jobs = [Job(submission, STAGES, seed) for seed in (0, 1, 2)]
        done = {one.job.seed: one for one in local.grade(jobs)}
    assert points(done[0]) == points(done[2]) == [2, 6, 4]
    assert done[1].verdicts == ()
    assert done[1].obstacle == "could not be graded: No space left on device"


def test_no_process_is_available(
    kata: Kata, submission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse = "class_server.fork = lambda live: (_ for _ in ()).throw(BlockingIOError(11, 'no'))"
    program(monkeypatch, "", refuse)
    with LocalGrader(kata, at_once=2) as local:
        (done,) = local.grade([Job(submission, STAGES, 1)])
    assert done.verdicts == ()
    assert done.obstacle == "could not be graded: Resource temporarily unavailable"


def test_a_stage_in_doubt_is_graded_again_alone(
    kata: Kata, submission: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    late = "v = judge.untested_stage(kata, stage, 'failed', 'late')\n"
    late += "if first: return judge.Judged(v, True)"
    program(monkeypatch, FIRST_TIME + late, mark(tmp_path))
    with LocalGrader(kata, at_once=2) as local:
        (done,) = local.grade([Job(submission, STAGES, 1)])
    assert points(done) == [2, 6, 4]
    assert [verdict.number for verdict in done.verdicts] == list(STAGES)


def test_what_is_graded_again_has_other_inputs(
    kata: Kata, submission: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = "open(MARK, 'a').write(f'{rest[1]} ')\n"
    note += "return judge.Judged(real(kata, stage, *rest).verdict, True)"
    program(monkeypatch, note, mark(tmp_path))
    with LocalGrader(kata, at_once=2) as local:
        list(local.grade([Job(submission, (9,), 1)]))
    assert (tmp_path / "mark").read_text() == f"1 {derived_seed(1, 'again')} "


def test_one_that_stays_in_doubt_is_enough(
    kata: Kata, submission: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    late = "v = judge.untested_stage(kata, stage, 'failed', f'late {number}')\n"
    late += "open(MARK, 'a').write(f'{number} ')\nreturn judge.Judged(v, True)"
    program(monkeypatch, late, mark(tmp_path))
    with LocalGrader(kata, at_once=2) as local:
        (done,) = local.grade([Job(submission, STAGES, 1)])
    assert [verdict.tests[0].message for verdict in done.verdicts] == [
        "late 8",
        "late 9",
        "late 12",
    ]
    assert (tmp_path / "mark").read_text() == "8 9 12 8 "
