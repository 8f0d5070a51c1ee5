"""The commands: what they print and store, and their exit codes."""

import json
import subprocess
import sys
import sysconfig
from io import BytesIO, TextIOWrapper
from pathlib import Path
from xml.etree import ElementTree

import pytest

from grader.check import check
from grader.cli import main
from grader.learn.progress import passed_before
from grader.stages import stage_of
from grader.tests.clone import Clone, clone_into
from grader.tests.programs import environment_with
from grader.verdict import StageVerdict

EPS_OUTSIDE = (
    "    x32 = x.float()\n"
    "    root = x32.pow(2).mean(-1, keepdim=True).sqrt()\n"
    "    return (x32 / (root + eps) * weight).to(x.dtype)\n"
)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path)


def write_norm(clone: Clone, body: str) -> None:
    stub = (clone.root / "exercises/s09_rms_norm.py").read_text(encoding="utf-8")
    raising = '    raise NotImplementedError("rms_norm is not written yet")\n'
    assert raising in stub
    clone.write("s09_rms_norm", stub.replace(raising, body))


def test_a_fresh_map_shows_two_doors(clone: Clone) -> None:
    shown = clone.run()
    assert shown.returncode == 0 and shown.stderr == ""
    assert shown.stdout == clone.run("status").stdout
    doors = [line.split()[1] for line in shown.stdout.splitlines() if line.startswith(">")]
    assert doors == ["s01", "s08"]
    assert "0 of 20 stages done, 0 of 100 points" in shown.stdout


def test_the_installed_program_is_the_same(clone: Clone) -> None:
    program = Path(sysconfig.get_path("scripts")) / "grader"
    shown = subprocess.run(
        [program], cwd=clone.root, env=environment_with(), capture_output=True, text=True
    )
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout == clone.run().stdout


def test_status_and_hint_and_help_never_import_torch(clone: Clone) -> None:
    spy = (
        "import sys; sys.argv = ['grader', *sys.argv[1:]]\n"
        "from grader.cli import main\n"
        "try: main()\n"
        "finally: print('torch' in sys.modules, file=sys.stderr)\n"
    )
    for args in (
        *(["status"], ["hint", "9"], ["--help"], ["lesson", "9"], ["lesson", "after_42"]),
        *(["check", "--help"], ["report", "--help"], ["certificate", "--help"]),
    ):
        shown = clone.shell("-c", spy, *args)
        assert shown.stderr.strip() == "False", (args, shown.stderr)


def test_the_closing_lesson_has_short_names(clone: Clone) -> None:
    shown = clone.run("lesson", "after_42").stdout
    assert shown.startswith("# After 42\n") and "certificate" in shown
    for name in ("after", "After-42"):
        assert clone.run("lesson", name).stdout == shown


def test_every_command_has_help_with_an_example(clone: Clone) -> None:
    for command in (
        *("status", "check", "lesson", "hint", "reset", "report", "answer"),
        "certificate",
    ):
        shown = clone.run(command, "--help")
        assert shown.returncode == 0 and f"grader {command}" in shown.stdout
        assert "Example" in shown.stdout


def test_a_wrong_answer_is_named_in_text_json_and_junit(clone: Clone) -> None:
    write_norm(clone, EPS_OUTSIDE)
    text = clone.run("check", "9", "--seed", "5")
    assert text.returncode == 1
    assert "This is a known mistake: eps is added after the root, not before." in text.stdout
    assert "rms_norm(x: float32 [6, 10], weight: float32 [10], eps=1e-05)" in text.stdout
    assert "\x1b" not in text.stdout

    report = json.loads(clone.run("check", "s09", "--seed", "5", "--format", "json").stdout)
    assert list(report) == ["version", "seed", "target", "points", "max_points", "stages"]
    assert (report["version"], report["seed"], report["target"]) == (1, 5, "exercises")
    (stage,) = report["stages"]
    assert (stage["stage"], stage["name"], stage["status"]) == (9, "rms_norm", "failed")
    failed = [test for test in stage["tests"] if test["outcome"] == "failed"]
    assert {test["mistake"] for test in failed} == {"eps_outside_sqrt"}
    assert report["points"] == sum(test["points"] for test in stage["tests"]) == 4

    output = clone.root / "report.xml"
    done = clone.run("check", "rms_norm", "--format", "junit", "--output", str(output))
    assert done.returncode == 1 and done.stdout == ""
    suite = ElementTree.parse(output).getroot().find("testsuite")
    assert suite is not None and suite.get("failures") == "1"
    failure = suite.find("testcase/failure")
    assert failure is not None and failure.get("type") == "eps_outside_sqrt"


def test_the_same_seed_gives_the_same_report(clone: Clone) -> None:
    write_norm(clone, EPS_OUTSIDE)
    first = clone.run("check", "9", "--seed", "5", "--format", "json").stdout
    fresh = clone.shell("-m", "grader", "check", "9", "--seed", "5", "--format", "json")
    assert fresh.stdout == first  # with another hash seed
    assert clone.run("check", "9", "--seed", "6", "--format", "json").stdout != first


def test_a_passed_stage_is_not_run_again_until_something_changes(clone: Clone) -> None:
    clone.solve("s09_rms_norm")
    first = clone.run("check", "9")
    assert first.returncode == 0 and "Well done." in first.stdout
    again = clone.run("check", "9")
    assert "(as before)" in again.stdout and again.returncode == 0
    assert "seed" in first.stdout and "seed" not in again.stdout  # none was used
    assert "6 of  6 points  done" in clone.run().stdout
    assert "> s10" in clone.run().stdout

    write = clone.root / "exercises/s09_rms_norm.py"
    write.write_text(write.read_text(encoding="utf-8") + "\nprint('loaded')\n", encoding="utf-8")
    assert "not checked yet" in clone.run().stdout
    assert "(as before)" not in clone.run("check", "9").stdout
    once_more = clone.run("check", "9").stdout
    assert "(as before)" in once_more and "ok " not in once_more
    assert "Your code printed:\n       loaded\n" in once_more  # as it was when it ran
    suite = clone.root / "tests/test_s09_rms_norm.py"
    suite.write_text(suite.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert "(as before)" not in clone.run("check", "9").stdout


def test_hints_come_one_at_a_time_and_say_what_comes_next(clone: Clone) -> None:
    hints = [clone.run("hint", "9").stdout.strip().splitlines() for _ in range(4)]
    assert [lines[0] for lines in hints] == [
        "s09_rms_norm, hint 1 of 3: where to look",
        "s09_rms_norm, hint 2 of 3: what to do",
        "s09_rms_norm, hint 3 of 3: almost the line",
        "s09_rms_norm, hint 3 of 3: almost the line",
    ]
    last = "That's the last hint. `grader compare 9 --reveal` shows how the reference does it."
    assert [lines[-1] for lines in hints] == [
        "`grader hint 9` shows the next one: what to do.",
        "`grader hint 9` shows the next one: almost the line.",
        last,
        last,
    ]
    texts = [" ".join(lines) for lines in hints]
    assert "Take the mean over" in texts[0] and "torch.rsqrt(t)" in texts[2]


def test_hints_can_be_read_again_without_counting(clone: Clone) -> None:
    none = clone.run("hint", "9", "--again")
    assert (none.returncode, none.stdout) == (2, "")
    assert none.stderr == (
        "grader: you haven't seen a hint for s09_rms_norm yet: `grader hint 9` shows the first\n"
    )
    first, second = clone.run("hint", "9").stdout, clone.run("hint", "9").stdout
    hint_1, hint_2 = (shown.rpartition("`grader hint 9`")[0] for shown in (first, second))
    following = "`grader hint 9` shows the next one: almost the line.\n"
    for _ in range(2):
        assert clone.run("hint", "9", "--again").stdout == hint_1 + hint_2 + following
        assert clone.run("hint", "9", "1").stdout == first
        assert clone.run("hint", "rms_norm", "2").stdout == second
    assert "hint 3 of 3" in clone.run("hint", "9").stdout
    assert clone.run("hint", "9", "--again").stdout.count(" of 3: ") == 3


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (
            ("9", "3"),
            "you haven't seen hint 3 of s09_rms_norm yet: `grader hint 9` shows hint 2 next",
        ),
        (("9", "4"), "s09_rms_norm has no hint 4: its hints are 1 to 3"),
        (("9", "1", "--again"), "give a hint's number or --again, not both"),
    ],
)
def test_a_hint_that_cannot_be_read_again_is_one_line(
    clone: Clone, args: tuple[str, ...], words: str
) -> None:
    clone.run("hint", "9")
    shown = clone.run("hint", *args)
    assert (shown.returncode, shown.stdout, shown.stderr) == (2, "", f"grader: {words}\n")
    assert "hint 2 of 3" in clone.run("hint", "9").stdout  # nothing was counted


def test_hints_are_counted_for_each_stage_until_its_reset(clone: Clone) -> None:
    clone.run("hint", "9")
    clone.run("hint", "9")
    assert "hint 1 of 3" in clone.run("hint", "s10").stdout  # counted separately from stage 9
    assert "s01_vocabulary, hint 1 of 3" in clone.run("hint").stdout  # the next stage to do
    assert clone.run("reset", "9").returncode == 0
    assert "hint 1 of 3" in clone.run("hint", "9").stdout
    assert "hint 2 of 3" in clone.run("hint", "10").stdout  # which was not reset


def test_the_stage_without_code_has_hints_too(clone: Clone) -> None:
    shown = [clone.run("hint", "20").stdout for _ in range(3)]
    assert "s20_the_answer, hint 3 of 3: almost the line" in shown[2]
    assert shown[2].strip().endswith("`grader lesson 20` explains it from the beginning.")


def test_reset_keeps_the_learners_text(clone: Clone) -> None:
    stub = (clone.root / "exercises/s09_rms_norm.py").read_text(encoding="utf-8")
    for number, text in enumerate(["mine = 1\n", "mine = 2\n"], start=1):
        clone.write("s09_rms_norm", text)
        shown = clone.run("reset", "rms_norm")
        kept = clone.root / f"exercises/s09_rms_norm.mine{number}.py"
        assert shown.returncode == 0 and kept.name in shown.stdout
        assert kept.read_text(encoding="utf-8") == text
        assert (clone.root / "exercises/s09_rms_norm.py").read_text(encoding="utf-8") == stub
    assert "your code" not in clone.run("reset", "9").stdout


def test_the_answer_needs_all_of_the_learners_own_stages(clone: Clone) -> None:
    clone.solve()
    assert clone.run("reset", "6").returncode == 0  # the chat format is not needed
    assert clone.run("check", "20").returncode == 0
    path = clone.root / "exercises/s16_feed_forward.py"
    right = path.read_text(encoding="utf-8")
    path.write_text(right.replace("F.silu", "F.gelu"), encoding="utf-8")
    wrong = clone.run("check", "20")
    assert wrong.returncode == 1 and "FAIL transformer: the most likely" in wrong.stdout
    assert clone.run("reset", "16").returncode == 0
    missing = clone.run("check", "20")
    assert missing.returncode == 1 and "still to write: feed_forward" in missing.stdout


def test_the_lesson_is_shown_without_its_hints(clone: Clone) -> None:
    shown = clone.run("lesson", "9").stdout
    assert shown.startswith("# Stage 9: RMS norm")
    assert "Hint 1" not in shown and "grader hint 9" in shown


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["check", "rsm_norm"], "no stage is called 'rsm_norm': did you mean rms_norm?"),
        (["check", "9", "--all"], "name stages or use --all, not both"),
        (["check", "99"], "no stage is called '99'"),
        (["check", "9", "--target", "nowhere"], "--target nowhere: there is no such folder"),
        (["check", "9", "--target", "lessons"], "the folder has no stage files"),
        (["check", "9", "--output", "no/such/folder/x.txt"], "--output no/such/folder/x.txt"),
        (["reset", "20"], "has no stub"),
        (["hint", "nothing"], "no stage is called 'nothing'"),
        (["hint", "10"], "lessons/s10_freqs_cis.md is missing"),
        (["answer", "--checkpoint", "nowhere"], "--checkpoint nowhere: there is no such folder"),
        (["answer", "--device", "nonsense"], "--device nonsense: choose auto, cpu, cuda or mps"),
    ],
)
def test_bad_input_is_one_clear_line(clone: Clone, args: list[str], words: str) -> None:
    (clone.root / "lessons/s10_freqs_cis.md").unlink()
    done = clone.run(*args)
    assert done.returncode == 2
    assert words in done.stderr and done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr + done.stdout


def test_an_empty_exercises_file_or_none_is_a_clear_line(clone: Clone) -> None:
    (clone.root / "exercises/s09_rms_norm.py").unlink()
    done = clone.run("check", "9")
    assert done.returncode == 2 and "`grader reset rms_norm` puts the stub back" in done.stderr
    assert clone.run("reset", "9").returncode == 0
    clone.write("s09_rms_norm", "")
    done = clone.run("check", "9")
    assert done.returncode == 1 and "does not define rms_norm" in done.stdout


def test_what_cannot_be_written_is_one_clear_line_below_the_verdict(clone: Clone) -> None:
    clone.write("s09_rms_norm", "")
    (clone.root / ".grader/progress.json").mkdir(parents=True)
    done = clone.run("check", "9")
    assert done.returncode == 1 and "does not define rms_norm" in done.stdout
    assert "can't be saved in .grader (Is a directory): `grader doctor`" in done.stderr
    assert done.stderr.count("\n") == 1


def test_code_that_cannot_be_copied_costs_no_verdict(clone: Clone) -> None:
    clone.solve("s09_rms_norm")
    (clone.root / ".grader").mkdir()
    (clone.root / ".grader/kept").write_text("")
    done = clone.run("check", "9")
    assert done.returncode == 0 and "6 of 6 points" in done.stdout
    assert done.stderr.startswith("your code could not be copied to .grader: Not a directory")


def test_a_reader_that_leaves_early_costs_no_verdict(clone: Clone) -> None:
    def left(verdict: StageVerdict, remembered: bool) -> None:
        raise BrokenPipeError

    clone.solve("s09_rms_norm")
    stages = [stage_of(9)]
    with pytest.raises(BrokenPipeError):
        check(clone.kata, stages, clone.kata.exercises, "exercises", None, left)
    assert passed_before(clone.kata, stages)[9].status == "passed"


def test_a_pipe_takes_every_character_whatever_its_encoding(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clone.root)
    piped = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(piped, encoding="cp1252"))
    main(["lesson", "9"], standalone_mode=False)
    sys.stdout.flush()
    lesson = (clone.root / "lessons/s09_rms_norm.md").read_text(encoding="utf-8")
    assert "√" in lesson and "√" in piped.getvalue().decode()


def test_outside_a_kata_the_checkout_is_used(tmp_path: Path) -> None:
    shown = Clone(tmp_path).run("status")
    assert shown.returncode == 0 and "s20" in shown.stdout
