"""`grader watch`, through a real terminal and without one."""

import asyncio
import os
import re
import secrets
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from grader.tests.clone import Clone, clone_into
from grader.tests.processes import wait_until
from grader.tests.watching import Watching, plain
from grader.watch.saves import saved_files
from grader.watch.watch_server import _stamp

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="drives a Linux terminal")

NAME = "s09_rms_norm"
FILE = f"exercises/{NAME}.py"
WRONG = "def rms_norm(x, weight, eps):\n    print('ten', x.shape)\n    return x\n"
CHATTY = WRONG.replace("x.shape", "'more\\n' * 50")
LOOP = "def rms_norm(x, weight, eps):\n    while True:\n        pass\n"
IDLE_LOOP = "import time\n\n\n" + LOOP.replace("pass", "time.sleep(0.1)")
CRASH = "import os\n\n\ndef rms_norm(x, weight, eps):\n    os.abort()\n"
KEYS = "[q]uit"
Start = Callable[..., Watching]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path)


@pytest.fixture
def start(clone: Clone) -> Iterator[Start]:
    """Start `grader watch` in the clone, and end it after the test."""
    with ExitStack() as started:

        def begin(*args: str, columns: int = 0, **environment: str) -> Watching:
            made = Watching(clone, *args, columns=columns, **environment)
            return started.enter_context(closing(made))

        yield begin


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watching]:
    """`grader watch 9` without a terminal, shared because starting it takes so long."""
    with closing(Watching(clone_into(tmp_path_factory.mktemp("shared")), "9")) as watching:
        yield watching


@pytest.fixture
def watching(shared: Watching) -> Watching:
    """The shared one, after it has graded a file that is unique to this test."""
    mark = secrets.token_hex()[:8]
    save(shared, f"raise ValueError('{mark}')\n")
    shared.until(f"ValueError: {mark}")
    shared.verdict()
    return shared


def save(watching: Watching, text: str) -> None:
    watching.clone.write(NAME, text)


def test_every_kind_of_save_is_graded(watching: Watching) -> None:
    path = watching.clone.root / FILE
    save(watching, "def rms_norm(x, weight, eps)\n    return x\n")
    verdict = watching.verdict()
    assert "SyntaxError: expected ':'" in verdict and f"in {NAME}.py, line 1" in verdict
    path.unlink()
    assert "is not there; `grader reset rms_norm`" in watching.verdict()
    draft = path.with_suffix(".new")
    draft.write_text(CRASH, encoding="utf-8")
    draft.replace(path)
    assert "it ended the Python process (signal SIGABRT)" in watching.verdict()
    path.rename(path.with_suffix(".bak"))
    assert "is not there" in watching.verdict()
    save(watching, WRONG)
    verdict = watching.verdict()
    assert "failed" in verdict and "Your code printed:\n       ten torch.Size([5, 12])" in verdict
    watching.clone.solve(NAME)
    assert "passed  6 of 6 points" in watching.verdict()


def test_a_save_ends_the_run_that_it_makes_useless(watching: Watching) -> None:
    save(watching, LOOP)
    watching.until("Still grading")
    watching.clone.solve(NAME)
    verdict = watching.verdict()
    assert "passed" in verdict and "no answer" not in verdict


# Half a second in place of ten, for each test of a stage.
IMPATIENT_SERVER = """
from functools import partial
from grader.suite import grade_stage
grade_stage.CodeUnderTest = partial(grade_stage.CodeUnderTest, seconds=0.5)
from grader.watch import watch_server
watch_server.main()
"""
IMPATIENT = f"""
from grader.__main__ import start
from grader.watch import watch_client
watch_client.PROGRAM = ["-c", {IMPATIENT_SERVER!r}]
start()
"""


def test_an_endless_loop_is_a_verdict(clone: Clone) -> None:
    clone.write(NAME, IDLE_LOOP)  # it uses little processor time
    with closing(Watching(clone, "9", program=("-c", IMPATIENT))) as watching:
        verdict = watching.verdict()
        assert "it gave no answer within 0.5 s: is there an endless loop in rms_norm?" in verdict
        clone.solve(NAME)
        assert "passed  6 of 6 points" in watching.verdict()


def test_much_printing_does_not_bury_the_verdict(watching: Watching) -> None:
    save(watching, CHATTY)
    verdict = watching.verdict()
    assert verdict.count("more") < 30 and "more lines: `grader check 9` shows them" in verdict
    assert watching.clone.run("check", "9").stdout.count("more") > 50


def test_a_text_that_cannot_be_kept_is_one_line(watching: Watching) -> None:
    kept = watching.clone.root / ".grader/kept"
    kept.rename(kept.with_name("away"))
    kept.write_text("")
    save(watching, "mine = 1\n")
    shown = watching.until("your code could not be copied to .grader: ")
    assert "Traceback" not in shown and "does not define rms_norm" in watching.verdict()
    kept.unlink()
    kept.with_name("away").rename(kept)


def test_code_that_comes_changes_or_vanishes_is_noticed(clone: Clone) -> None:
    added = clone.root / "mistakes/folder/added.py"
    added.parent.mkdir()
    stamps = [_stamp(clone.kata)]
    for change in (
        added.touch,
        lambda: added.write_text("answer = 42\n"),
        added.unlink,
        lambda: added.symlink_to("nowhere"),
    ):
        change()
        stamps.append(_stamp(clone.kata))
    assert stamps[0] == stamps[3] and len(set(stamps)) == 4


def test_other_files_change_nothing(watching: Watching) -> None:
    watching.clone.solve("s10_freqs_cis")
    (watching.clone.root / "exercises/notes.txt").write_text("six times nine", encoding="utf-8")
    assert watching.quiet(0.5)
    watching.clone.solve(NAME)
    assert "s09 RMS norm  passed" in watching.verdict()


def test_an_edited_suite_is_loaded_anew(watching: Watching) -> None:
    watching.clone.solve(NAME)
    assert "vectors of ordinary size" in watching.verdict()
    suite = watching.clone.root / f"tests/test_{NAME}.py"
    text = suite.read_text(encoding="utf-8")
    suite.write_text(text.replace("test_vectors_of_ordinary_size", "test_other_name"))
    save(watching, WRONG)
    assert "rms_norm: other name" in watching.verdict()


def test_the_seed_stays_until_the_stage_passes_and_verdicts_are_stored(
    clone: Clone, start: Start
) -> None:
    watching = start("9", "--seed", "42")
    first = watching.until(", seed ") + watching.until("\n")
    assert "not started" in first and "\x1b" not in first  # no escape codes in a pipe
    seeds = [seed_of(first)]
    right = (clone.root / f"solutions/{NAME}.py").read_text(encoding="utf-8")
    for text in (WRONG, WRONG + "\n", right, right + "\n"):
        save(watching, text)
        seeds.append(seed_of(watching.verdict()))
    assert seeds[:4] == ["42"] * 4 and seeds[4] != "42"
    assert watching.interrupt() == 0
    assert "passed (as before)" in clone.run("check", "9").stdout
    kept = [path.read_text(encoding="utf-8") for path in clone.root.glob(".grader/kept/**/*.py")]
    assert WRONG in kept


def seed_of(verdict: str) -> str:
    found = re.search(r"seed (\d+)", verdict)
    assert found
    return found[1]


def test_keys_do_what_the_line_says_and_the_stage_stays(clone: Clone, start: Start) -> None:
    clone.solve(NAME)
    watching = start("9", columns=100, PAGER="cat")
    modes = termios.tcgetattr(watching.terminal)
    verdict = watching.verdict()
    assert "Why the reference is written this way" in verdict
    assert "Press n for s10 Rotations by position." in verdict
    watching.until(KEYS)
    assert watching.quiet(0.5) or not plain(watching.shown).strip()
    watching.press("g")
    assert "press h for the first one" in plain(watching.until(KEYS))
    for number in (1, 2, 3):
        watching.press("h")
        assert f"Hint {number}" in plain(watching.until(KEYS))
        watching.press("g")
        assert plain(watching.until(KEYS)).count(" of 3: ") == number
    watching.press("?xn")
    assert "s10 Rotations by position  not started" in watching.verdict()
    watching.until(KEYS)
    watching.press("a")
    assert "1 of 20 stages done" in plain(watching.until(KEYS))
    watching.press("l")
    assert "Stage 10" in plain(watching.until(KEYS))
    watching.press("q")
    assert watching.process.wait(60) == 0
    assert termios.tcgetattr(watching.terminal)[3] & termios.ICANON
    assert termios.tcgetattr(watching.terminal)[3] == modes[3] | termios.ICANON | termios.ECHO


def test_lines_fit_the_terminal(clone: Clone, start: Start) -> None:
    clone.write(NAME, WRONG)
    watching = start("9", columns=40, NO_COLOR="1")
    for columns in (40, 80):
        shown = watching.until(KEYS)
        assert not re.search(r"\x1b\[\d*(;\d+)*[3-4]\dm", shown)  # no color
        assert "\x1b]8;" in shown and f"{FILE}#1" in shown  # a link to the file
        lines = plain(shown).splitlines()
        assert [line for line in lines if len(line) > columns] == []
        watching.resize(80)
        clone.write(NAME, WRONG + "# wider\n")
    assert max(map(len, lines)) > 40


def test_ctrl_c_stops_only_the_command_that_a_key_started(clone: Clone, start: Start) -> None:
    clone.solve(NAME)
    watching = start("9", columns=80)
    watching.until(KEYS)
    watching.press("c")
    watching.until("$ grader compare 9")
    os.killpg(watching.process.pid, signal.SIGINT)
    watching.until(KEYS)
    clone.write(NAME, WRONG)
    assert "failed" in watching.verdict()


def test_nothing_is_left_when_it_is_killed(clone: Clone, start: Start) -> None:
    clone.write(NAME, LOOP)
    watching = start("9", PYTHONPATH="")  # its server is its child, as for a learner
    watching.until("Still grading")
    assert watching.helpers()
    watching.process.kill()
    wait_until(lambda: watching.helpers() == [])


def test_saves_between_two_looks_are_seen(tmp_path: Path) -> None:
    async def names() -> list[set[str]]:
        saves = saved_files(tmp_path)
        first = asyncio.ensure_future(anext(saves))
        await asyncio.sleep(0.5)
        (tmp_path / "a.py").write_text("1")
        seen = [{path.name for path in await first}]
        (tmp_path / "b.py").write_text("2")
        (tmp_path / "a.py").unlink()
        await asyncio.sleep(0.5)
        (tmp_path / "b.py").rename(tmp_path / "c.py")
        seen.append({path.name for path in await asyncio.wait_for(anext(saves), 10)})
        await saves.aclose()
        return seen

    first, second = asyncio.run(names())
    assert first == {"a.py"} and second >= {"a.py", "b.py"}
