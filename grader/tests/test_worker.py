"""Whatever a learner's file does, it gets a verdict, and the run continues."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path

import pytest

from grader.calls.code_under_test import CodeUnderTest
from grader.can_fork import CAN_FORK
from grader.editions import find_kata
from grader.stages import stage_of
from grader.suite.grade_stage import grade_code
from grader.tests.clone import clone_into
from grader.tests.processes import descendants
from grader.verdict import StageVerdict
from grader.workers.fork import fork
from grader.workers.fork_pool import ForkPool
from grader.workers.pool import WorkerPool, start_pool
from grader.workers.spawn_pool import SpawnPool
from grader.workers.worker_channel import how_it_ended

KATA = find_kata(Path(__file__).parent)
STAGE = stage_of(14)  # two functions, and an earlier stage that it imports
RIGHT = KATA.solution(STAGE).read_text(encoding="utf-8")
ENDS_ONCE = """import os
    if not os.path.exists(__file__ + '.ended'):
        open(__file__ + '.ended', 'x').close()
        print('bye', flush=True)
        os._exit(7)"""
MASKED = "    scores = attention_scores(q, k).float() + causal_mask(len(q))  # [T, T]\n"


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    pool = start_pool()
    yield pool
    pool.close()


def grade(pool: WorkerPool, folder: Path, text: str, seconds: float = 10.0) -> StageVerdict:
    (folder / f"{STAGE.name}.py").write_text(text, encoding="utf-8")
    files = KATA.stage_files(STAGE, folder)
    code = CodeUnderTest(STAGE, files, pool.worker, seconds)
    try:
        return grade_code(KATA, code, 1)
    finally:
        code.close()


def with_line(line: str) -> str:
    """Return the correct stage with one more line at the beginning of `masked_attention`."""
    assert MASKED in RIGHT
    return RIGHT.replace(MASKED, f"    {line}\n{MASKED}")


def assert_only_attention_failed(verdict: StageVerdict, sentence: str) -> None:
    assert verdict.status == "failed"
    for test in verdict.tests:
        if test.function == "causal_mask":
            assert test.outcome == "passed", test
        else:
            assert test.outcome == "failed" and sentence in test.message, test


def test_right_code_passes(pool: WorkerPool, tmp_path: Path) -> None:
    verdict = grade(pool, tmp_path, RIGHT)
    assert (verdict.status, verdict.points) == ("passed", STAGE.points)


def test_an_endless_loop_is_a_verdict_and_is_waited_for_once(
    pool: WorkerPool, tmp_path: Path
) -> None:
    text = with_line("open(__file__ + '.calls', 'a').write('x')\n    while True: pass")
    verdict = grade(pool, tmp_path, text, seconds=1.0)
    assert_only_attention_failed(verdict, "gave no answer within 1 s")
    first, *others = [test for test in verdict.tests if test.function == "masked_attention"]
    assert "it gave no answer within 1 s: is there an endless loop in masked" in first.message
    not_called = "it was not called, because an earlier call gave no answer within 1 s"
    assert others and all(test.message.startswith(not_called) for test in others)
    assert not any("called: " in test.message for test in others)
    assert (tmp_path / f"{STAGE.name}.py.calls").read_text() == "x"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("import os; os._exit(0)", "ended the Python process (exit code 0)"),
        ("import os; os._exit(7)", "ended the Python process (exit code 7)"),
        ("import os; os.kill(os.getpid(), 9)", "ended the Python process (signal SIGKILL)"),
        ("import os; os.kill(os.getpid(), 40)", "ended the Python process (signal 40)"),
        ("import ctypes; ctypes.string_at(0)", "segmentation fault"),
        ("import os; os.closerange(3, 100)", "ended the Python process"),
        ("raise SystemExit(3)", "raised SystemExit: 3"),
        ("raise SyntaxError", "raised SyntaxError without a message\n"),
        (r"raise KeyError('\udc80')", r"raised KeyError: \udc80"),
        ("return 10**5000", "returned a number of more than 4300 digits"),
        ("return q.tolist()", "expected a tensor, got list"),
        ("return None", "got None: is `return` missing?"),
        ("return q.sum", "is a pair of parentheses missing?"),
        ("return {1, 2}", "returned a set"),
        ("return v[:, :3]", "expected shape"),
        ("return v.double()", "expected the dtype float32, got float64"),
        ("return v / 0", "not finite"),
        ("breakpoint()", "run `pytest --pdb tests/test_s14_masked_attention.py`, or this test in"),
        ("undefined_name", "NameError: name 'undefined_name' is not defined"),
        ("raise KeyboardInterrupt", "raised KeyboardInterrupt without a message\n"),
        ("input()", "raised EOFError: EOF when reading a line"),
    ],
)
def test_what_can_happen_in_a_call(
    pool: WorkerPool, tmp_path: Path, line: str, sentence: str
) -> None:
    verdict = grade(pool, tmp_path, with_line(line))
    attention = [test for test in verdict.tests if test.function == "masked_attention"]
    assert "failed" in {test.outcome for test in attention}
    assert any(sentence in test.message for test in attention), attention[0].message
    masks = [test for test in verdict.tests if test.function == "causal_mask"]
    assert {test.outcome for test in masks} == {"passed"}


def test_an_error_points_at_the_learners_line(pool: WorkerPool, tmp_path: Path) -> None:
    verdict = grade(pool, tmp_path, with_line("q.reshape(1000, 1000)"))
    number = with_line("q.reshape(1000, 1000)").splitlines().index("    q.reshape(1000, 1000)") + 1
    where = f"in {STAGE.name}.py, line {number}: q.reshape(1000, 1000)"
    assert_only_attention_failed(verdict, where)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("def causal_mask(:\n", "SyntaxError: "),
        ("import no_such_module\n", "No module named 'no_such_module'"),
        ("from s05_tokenizer import Tokenizer\n", "`from exercises.s05_tokenizer import ...`"),
        ("from exercises.s18_transformer import transformer\n", "comes later"),
        ("from exercises.s99_nothing import x\n", "no stage is called s99_nothing"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("raise SystemExit\n", "SystemExit"),
        ("breakpoint()\n", "RuntimeError: breakpoint() has no keyboard here. To debug, run"),
        ("import os\nos._exit(0)\n", "ended the Python process (exit code 0)"),
        ("\0", "SyntaxError"),
        ("open('nowhere')\n", "FileNotFoundError: [Errno 2] No such file or directory: 'nowhere'"),
    ],
)
def test_a_file_that_cannot_be_imported(
    pool: WorkerPool, tmp_path: Path, text: str, sentence: str
) -> None:
    verdict = grade(pool, tmp_path, text)
    assert (verdict.status, verdict.points) == ("error", 0)
    assert all(test.outcome == "error" for test in verdict.tests)
    assert f"{STAGE.name}.py cannot be imported" in verdict.tests[0].message
    assert sentence in verdict.tests[0].message


def test_crashes_on_windows_are_named() -> None:
    assert how_it_ended(0xC0000005) == "it crashed the Python process (segmentation fault)"
    assert how_it_ended(0xC00000FD) == "it crashed the Python process (stack overflow)"


def test_an_endless_import_is_a_verdict(pool: WorkerPool, tmp_path: Path) -> None:
    verdict = grade(pool, tmp_path, "while True: pass\n", seconds=1.0)
    assert verdict.status == "error"
    assert "no answer within 1 s" in verdict.tests[0].message


def test_an_answer_that_is_too_long_is_refused(
    pool: WorkerPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("fork_pool", "spawn_pool"):
        monkeypatch.setattr(f"grader.workers.{module}.MAX_BYTES", 10_000)
    verdict = grade(pool, tmp_path, with_line("return torch.ones(100, 100)"))
    values = next(test for test in verdict.tests if test.name.startswith("test_prompts_of"))
    assert values.outcome == "failed"
    assert "its answer is larger than 10000 bytes" in values.message


def test_a_missing_function_is_named(pool: WorkerPool, tmp_path: Path) -> None:
    text = RIGHT.replace("def masked_attention", "def masked_atention")
    assert_only_attention_failed(grade(pool, tmp_path, text), "does not define masked_attention")


def test_stubs_are_not_started_and_half_a_stage_is_in_progress(
    pool: WorkerPool, tmp_path: Path
) -> None:
    stub = KATA.exercise(STAGE).read_text(encoding="utf-8")
    assert grade(pool, tmp_path, stub).status == "not_started"
    half = RIGHT[: RIGHT.index("def masked_attention")] + stub[stub.index("def masked_attention") :]
    assert grade(pool, tmp_path, half).status == "in_progress"


def test_prints_are_kept_separate_and_bounded(pool: WorkerPool, tmp_path: Path) -> None:
    verdict = grade(pool, tmp_path, with_line("print('hello', flush=True)"))
    assert verdict.status == "passed" and verdict.printed.startswith("hello\n")
    flood = grade(pool, tmp_path, with_line("print('x' * 10**6)"))
    assert flood.status == "passed" and len(flood.printed) < 11_000


def test_earlier_stages_are_the_reference_whatever_is_in_the_folder(
    pool: WorkerPool, tmp_path: Path
) -> None:
    (tmp_path / "s13_attention_scores.py").write_text("1 / 0", encoding="utf-8")
    (tmp_path / "torch.py").write_text("1 / 0", encoding="utf-8")
    inside = with_line("from exercises.s13_attention_scores import attention_scores")
    assert grade(pool, tmp_path, inside).status == "passed"


def test_workers_do_not_know_suites_mistakes_or_the_reference(tmp_path: Path) -> None:
    clone = clone_into(tmp_path)
    clone.solve("s14_masked_attention")
    path = tmp_path / "exercises/s14_masked_attention.py"
    trusted = (
        "grader.suite",
        "grader.diagnosis.known_mistakes",
        "_pytest",
        "solutions",
        "mistakes",
    )
    spy = (
        "import sys\n"
        f"found = [name for name in sys.modules if name.startswith({trusted})]\n"
        "assert not found, found\n"
    )
    path.write_text(path.read_text(encoding="utf-8") + spy, encoding="utf-8")
    forget = "import sys; [sys.modules.pop(name) for name in [*sys.modules] if 'pytest' in name]"
    start = f"{forget}; from grader.__main__ import start; start()"  # pytest was there at the fork
    done = clone.python("-c", start, "check", "14")
    assert done.returncode == 0, done.stdout + done.stderr


def test_spawned_workers_give_the_same_verdicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SpawnPool, "prepare", lambda _: None)  # one after the other
    with closing(SpawnPool()) as pool:
        exits = grade(pool, tmp_path, with_line(ENDS_ONCE))
        failed, *others = sorted(exits.tests, key=lambda test: test.outcome)
        assert failed.outcome == "failed" and {test.outcome for test in others} == {"passed"}
        assert "ended the Python process (exit code 7)" in failed.message
        assert "bye" in exits.printed
        loops = grade(pool, tmp_path, with_line("while True: pass"), seconds=1.0)
        assert_only_attention_failed(loops, "gave no answer within 1 s")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(ForkPool, marks=pytest.mark.skipif(not CAN_FORK, reason="can't fork here")),
        SpawnPool,
    ],
)
def test_a_closed_pool_leaves_no_process_and_no_file(
    make: Callable[[], WorkerPool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = active_children()  # of the pool that this module's tests share
    pool = make()
    pool.worker().close()
    pool.prepare()
    pool.close()
    assert list(tmp_path.iterdir()) == []
    assert set(active_children()) <= set(before)
    if isinstance(pool, ForkPool):
        with pytest.raises(ProcessLookupError):
            os.kill(pool._zygote.pid, 0)


@pytest.mark.skipif(not CAN_FORK, reason="workers are not forked here")
def test_a_pool_from_a_pool_ends_with_its_workers_and_leaves_the_other() -> None:
    with closing(ForkPool()) as first:
        before = set(descendants(os.getpid()))
        second = first.another()
        second.worker()
        started = set(descendants(os.getpid())) - before
        assert len(started) == 2  # a zygote and a worker
        second.close()
        for pid in started:
            wait_until_gone(pid)
        first.worker().close()


@pytest.mark.skipif(not CAN_FORK, reason="processes are not forked here")
def test_a_fork_does_nothing_where_its_parent_has_ended_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for adopted in (False, True):
        if adopted:
            monkeypatch.setattr(os, "getppid", lambda: 1)
        _, status = os.waitpid(fork((tmp_path / str(adopted)).touch), 0)
        assert os.waitstatus_to_exitcode(status) == int(adopted)
    assert [path.name for path in tmp_path.iterdir()] == ["False"]


def wait_until_gone(pid: int) -> None:
    """Wait for the end of a process that is not a child of this one."""
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.01)
