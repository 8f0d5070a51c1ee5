"""Making a handout: what is in it, what isn't, and what is refused."""

import ast
import re
import sys
import tomllib
import zlib
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from grader.calls.packing import pack, unpack
from grader.classroom.handout_making import make_handout as make
from grader.classroom.handout_making import record_suite
from grader.classroom.handout_making.hidden_tests import without_hidden_tests
from grader.diagnosis.known_mistakes import mistakes_of
from grader.editions import open_kata
from grader.errors import UsageError
from grader.handout.recording import OutOfStep, hash_of_suite, recording_of
from grader.language import languages
from grader.learn.hints import hints_of
from grader.stage_names import parse_stages
from grader.stages import stage_of
from grader.suite.graded_tests import collect
from grader.tests.clone import run_grader
from grader.tests.handed_out import WHOLE, HandedOut, copied, made
from grader.verdict import TestVerdict

CODE = ("grader", "tests", "exercises", "solutions")  # the Python parts of a handout
CONSTANTS_USED = cache(record_suite.constants_used)  # the slow part of a plan


def test_the_only_folders_are_those_that_students_need(handout: Path) -> None:
    names = {path.name for path in handout.iterdir()}
    assert names == {
        *("README.md", "AGENTS.md", "LICENSE", "pyproject.toml", "constraints.txt", "handout.json"),
        *(".gitignore", ".vscode", "exercises", "stubs", "tests", "lessons", "recordings"),
        *("tiny_weights", "grader"),
    }
    folders = {path.name for path in (handout / "grader").iterdir() if path.is_dir()}
    assert not folders & {"author", "classroom", "compare", "tests"}
    files = {path.name for path in handout.glob("grader/plot/*.py")}
    assert files == {"__init__.py", "named_pictures.py"}
    assert not list(handout.glob("tiny_weights/**/*.py"))
    assert not list(handout.rglob("making"))


def test_coding_assistants_are_asked_to_coach_and_not_to_solve(handout: Path) -> None:
    text = (handout / "AGENTS.md").read_text(encoding="utf-8")
    assert "**Don't write the solution**" in text and "grader hint 1`" in text
    assert "AGENTS.md" in (handout / "README.md").read_text(encoding="utf-8")
    for path in re.findall(r"`(\w+/)`", text):
        assert (handout / path).is_dir(), path
    assert not (WHOLE.root / "AGENTS.md").exists()  # a checkout is for contributors, too


def test_lessons_mention_nothing_that_is_missing(handout: Path) -> None:
    for stage in open_kata(handout).stages:
        text, whole = (kata.lesson(stage).read_text() for kata in (open_kata(handout), WHOLE))
        for words in ("grader plot", "grader compare", "solutions/", "mistakes/"):
            assert words not in text, stage.name
        assert text.count("\n") >= whole.count("\n") - 5  # two sentences are gone, not more
        assert len(hints_of(open_kata(handout), stage)) == 3


@pytest.mark.parametrize("language", languages()[1:])
def test_translated_lessons_mention_nothing_that_is_missing(handout: Path, language: str) -> None:
    for stage in open_kata(handout).stages:
        text = (handout / "lessons" / language / f"{stage.name}.md").read_text(encoding="utf-8")
        missing = ("grader plot", "grader compare", "solutions/", "mistakes/", "benchmarks")
        for words in (*missing, "<!-- English"):
            assert words not in text, stage.name
    assert (handout / "grader" / "locale" / language / "LC_MESSAGES" / "report.mo").is_file()
    assert not list((handout / "grader" / "locale").rglob("s[0-9]*"))


def test_the_closing_lesson_comes_with_the_last_stages(handout: Path) -> None:
    text = (handout / "lessons/after_42.md").read_text(encoding="utf-8")
    whole = WHOLE.closing_lesson.read_text(encoding="utf-8")
    for words in ("grader plot", "grader compare", "solutions/", "mistakes/", "benchmarks"):
        assert words not in text
    assert text.startswith("# After 42\n") and text.count("\n") >= whole.count("\n") - 3


def test_hidden_tests_are_absent(handout: Path) -> None:
    hidden = 0
    for stage in open_kata(handout).stages:
        tests = collect(WHOLE.suite(stage))
        visible = [test.name for test in tests if not test.hidden]
        assert [test.name for test in collect(open_kata(handout).suite(stage))] == visible
        content = unpack(open_kata(handout).recording(stage).read_bytes())
        tapes = unpack(zlib.decompress(content["seeds"][4]))["tapes"]
        assert sorted(tapes) == sorted(visible)
        text = open_kata(handout).suite(stage).read_text(encoding="utf-8")
        assert "hidden=True" not in text
        hidden += len(tests) - len(visible)
    assert hidden >= 19


def test_what_nothing_else_uses_goes_with_a_hidden_test() -> None:
    source = '''"""Doc."""

from a import one, two
import b

# Used by both.
WORDS = ["x"]  # a form feed: \f
SECRET = ["y"]
SEED: int = 7


def helper():
    return SECRET, SEED


# Shown.
@grades("f", points=1)
def test_shown(yours):
    one(WORDS)  # a comment


@grades("f", points=1, hidden=True)
def test_hidden(yours):
    two(helper(), b, WORDS)
'''
    assert (
        without_hidden_tests(source)
        == '''"""Doc."""

from a import one

# Used by both.
WORDS = ["x"]  # a form feed: \f


# Shown.
@grades("f", points=1)
def test_shown(yours):
    one(WORDS)  # a comment
'''
    )


def test_a_suite_that_was_changed_is_refused(handout: Path, tmp_path: Path) -> None:
    mine = copied(handout, tmp_path)
    mine.solve("s09_rms_norm")
    suite = mine.root / "tests/test_s09_rms_norm.py"
    suite.write_bytes(suite.read_bytes().replace(b"\n", b"\r\n"))  # as some checkouts do
    assert mine.run("check", "9").returncode == 0
    suite.write_text(suite.read_text(encoding="utf-8").replace("(5, 12)", "(5, 13)"))
    done = mine.run("check", "9")
    assert done.returncode == 2
    assert "tests/test_s09_rms_norm.py has been changed" in done.stderr
    done = mine.python("-m", "pytest", "tests/test_s09_rms_norm.py")
    assert done.returncode == 2 and "has been changed" in done.stdout


def test_out_of_step_gives_no_verdict(handout: Path, tmp_path: Path) -> None:
    mine = copied(handout, tmp_path)
    mine.solve("s09_rms_norm")
    suite = mine.root / "tests/test_s09_rms_norm.py"
    suite.write_text(suite.read_text(encoding="utf-8").replace("(5, 12)", "(5, 13)"))
    recording = mine.kata.recording(stage_of(9))
    content = unpack(recording.read_bytes())
    recording.write_bytes(pack({**content, "suite": hash_of_suite(suite)}))
    done = mine.run("check", "9")
    assert (done.returncode, done.stdout) == (2, "")
    assert "asks for normal [5, 13], but normal [5, 12] comes next" in done.stderr
    shown = mine.python("-m", "pytest", "tests/test_s09_rms_norm.py").stdout
    assert "is out of step with its recording" in shown and "2 failed" in shown


def test_a_reel_plays_in_order_and_no_further(handout: Path) -> None:
    recording = recording_of(open_kata(handout), stage_of(9))
    reel = recording.reel(4, "test_bfloat16_vectors", "calls")
    with pytest.raises(OutOfStep, match="asks for embed, but rms_norm comes next"):
        reel.play("embed")
    assert reel.play("rms_norm").shape == (7, 24)
    reel.play("rms_norm")
    with pytest.raises(OutOfStep, match="asks for rms_norm, but nothing more comes next"):
        reel.play("rms_norm")


@pytest.mark.parametrize(
    ("stages", "reveal", "words"),
    [
        ("8-19", "", "s19 uses s02, s05, which are not in the handout: add them to --stages or to"),
        ("14", "", "s14 uses s13, which is not in the handout: add it to --stages or to --reveal"),
        (
            "8-19",
            "2,5",
            "s05 uses s04, which is not in the handout: add it to --stages or to --reveal",
        ),
        ("8-20", "1-7", "s05, s07, which are not in the handout: add them to --stages"),
    ],
)
def test_what_is_needed_must_be_handed_out(
    stages: str, reveal: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make, "constants_used", CONSTANTS_USED)
    revealed = parse_stages(reveal) if reveal else ()
    with pytest.raises(UsageError) as error:
        make.plan_handout(WHOLE, parse_stages(stages), revealed)
    assert words in str(error.value)


def test_revealed_stages_serve_as_earlier_ones(tmp_path: Path) -> None:
    folder = made(tmp_path / "out", "13-14", reveal="13")
    mine = HandedOut(folder)
    assert not (folder / "lessons/after_42.md").exists()
    assert "is not in this edition" in mine.run("lesson", "after_42").stderr
    assert "its solution is in solutions/" in mine.run().stdout
    solution = WHOLE.solution(stage_of(13)).read_bytes()
    assert [path.read_bytes() for path in folder.glob("solutions/*")] == [solution]
    assert "s13" in (folder / "README.md").read_text(encoding="utf-8").split("## What counts")[0]
    mine.solve("s14_masked_attention")
    assert "passed  6 of 6 points" in mine.run("check", "14").stdout
    assert "still the stub" in mine.run("check", "13").stdout
    mine.solve("s13_attention_scores")
    assert "passed  2 of 2 points" in mine.run("check", "13").stdout
    done = mine.run("check", "15")
    assert done.returncode == 2
    assert "is not in this handout, which has stages 13-14" in done.stderr
    assert "not in this handout: s01_vocabulary" in mine.run("answer").stderr


def test_the_command(tmp_path: Path) -> None:
    out = tmp_path / "a class" / "handout"
    done = run_grader("class", "handout", "--stages", "8", "--out", str(out))
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stdout.splitlines() if line]  # older rich adds an empty one
    assert "stages 8, " in done.stdout and len(said) == 2
    recorded = recording_of(open_kata(out), stage_of(8))
    assert [one.name for one in recorded.mistakes] == [
        one.name for one in mistakes_of(WHOLE, stage_of(8))
    ]
    assert open_kata(out).seeds == (1, 2, 3, 4, 5)
    assert list(out.parent.iterdir()) == [out]
    before = out.stat().st_mtime_ns
    done = run_grader("class", "handout", "--stages", "8", "--out", str(out))
    assert done.returncode == 2 and "is not empty" in done.stderr
    assert out.stat().st_mtime_ns == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, FileNotFoundError])
def test_a_run_that_ends_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def ended(*_: object) -> None:
        raise error

    monkeypatch.setattr(make, "_record", ended)
    with pytest.raises(error):
        make.make_handout(WHOLE, Console(quiet=True), parse_stages("8"), (), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_reference_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = TestVerdict("test_embed", "embed", "failed", 0, 1, "values differ:\n3 of 4")
    monkeypatch.setattr(record_suite, "run_tests", lambda *_: [wrong])
    with pytest.raises(UsageError, match="fails test_.* with seed 0: values differ:; `grader auth"):
        record_suite.constants_used(WHOLE, stage_of(8))


def test_a_killed_recording_process_is_reported_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lost: Future[bytes] = Future()
    lost.set_exception(BrokenProcessPool())
    pool = SimpleNamespace(submit=lambda *_: lost, shutdown=lambda **_: None)
    monkeypatch.setattr(make, "ProcessPoolExecutor", lambda *_, **__: pool)
    handout = make.plan_handout(WHOLE, parse_stages("8"), ())
    with pytest.raises(UsageError, match="a recording process was killed"):
        make._record(WHOLE, Console(quiet=True), handout, WHOLE)


def test_no_handout_is_made_from_a_handout(handout: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs the reference, which is not part of this handout"):
        make.make_handout(
            open_kata(handout), Console(quiet=True), parse_stages("8"), (), tmp_path / "out"
        )


def module_of(requirement: str) -> str:
    """Return the name by which a package such as `prompt-toolkit>=3` is imported."""
    return re.split(r"[^\w-]", requirement)[0].replace("-", "_")


def imported_in(folder: Path) -> set[str]:
    """Return the packages that the code in a kata's folder imports."""
    found = set()
    for path in [path for name in CODE for path in (folder / name).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found


def test_every_package_that_is_imported_is_required(handout: Path) -> None:
    project = tomllib.loads((handout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = {module_of(one) for one in project["dependencies"]}
    ours = {"grader", "exercises", "_pytest"}
    foreign = imported_in(handout) - set(sys.stdlib_module_names) - ours
    assert set(project["optional-dependencies"]) == {"notebook", "open"}
    assert foreign - required == {"IPython", "nbformat"}  # of the extra `notebook`
    assert required <= foreign
    assert {"torch", "regex", "prompt_toolkit"} <= foreign and "matplotlib" not in foreign
