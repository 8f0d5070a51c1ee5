"""`grader compare`: a stage's values, times and source next to the reference's."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from grader.compare import measure as measuring
from grader.compare.print_comparison import print_comparison
from grader.compare.sources import definitions
from grader.kata import Kata
from grader.learn.lesson import why_so
from grader.stage import Stage
from grader.stages import STAGES, stage_of
from grader.stubs import stub_for
from grader.tests.clone import Clone, clone_into
from grader.tests.programs import Done
from grader.workers.pool import WorkerPool, start_pool

CODED = [stage for stage in STAGES if stage.has_code]
OTHER_NORM = (
    "    x32 = x.float()\n"
    "    root = (x32.square().mean(dim=-1, keepdim=True) + eps).sqrt()\n"
    "    return ((x32 / root) * weight).to(x.dtype)\n"
)
WRONG_NORM = OTHER_NORM.replace(" + eps).sqrt()", ").sqrt() + eps")


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    pool = start_pool()
    yield pool
    pool.close()


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure each time only once, for tests that don't depend on it."""
    monkeypatch.setattr(measuring, "ROUNDS", 1)
    monkeypatch.setattr(measuring, "MOST_RUNS", 1)


def run_quickly(clone: Clone, *args: str) -> Done:
    """Run `grader compare ARGS`, but measure each time only once."""
    measured_once = (
        "from grader.compare import measure\n"
        "measure.ROUNDS = measure.MOST_RUNS = 1\n"
        "from grader.cli import main\n"
        "main()\n"
    )
    return clone.python("-c", measured_once, "compare", *args)


def write_norm(clone: Clone, body: str) -> None:
    stub = stub_for(clone.kata, stage_of(9))
    raising = '    raise NotImplementedError("rms_norm is not written yet")\n'
    assert raising in stub
    clone.write("s09_rms_norm", stub.replace(raising, body))


def test_without_memory_the_8b_is_skipped_with_a_reason(
    clone: Clone, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    for module in ("measure", "print_comparison"):
        monkeypatch.setattr(f"grader.compare.{module}.free_memory", lambda: 10**8)
    shown = compare(clone, 16, pool)
    assert "skipped: it needs 705 MB of memory, but only 100 MB are free" in shown
    assert shown.count("reference ") == 1  # only the tiny size


def compare(clone: Clone, number: int, pool: WorkerPool, seconds: float = 10.0) -> str:
    """Return what a comparison prints about values and times."""
    out = Console(file=io.StringIO(), width=80, highlight=False, soft_wrap=True)
    print_comparison(out, clone.kata, stage_of(number), pool.worker, 1, seconds)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("while True: pass", "yours gave no answer within 1 s: is there an endless loop in"),
        ("import os; os._exit(3)", "yours gave no answer: it ended the Python process (exit code"),
        ("raise ValueError('oh')", "yours raised ValueError: oh"),
        ('raise NotImplementedError("masked_attention is not written yet")', "is not written yet"),
        ("return {1, 2}", "yours returned a set"),
        ("return None", "DIFFERENT: expected a tensor, got None"),
        ("q += 1", "it changes its argument `q` in place"),
    ],
)
def test_whatever_yours_does_is_a_line(
    clone: Clone, pool: WorkerPool, quick: None, line: str, sentence: str
) -> None:
    clone.solve("s14_masked_attention")
    path = clone.root / "exercises/s14_masked_attention.py"
    text = path.read_text(encoding="utf-8")
    masked = text.index("    scores = ")
    path.write_text(f"{text[:masked]}    {line}\n{text[masked:]}", encoding="utf-8")
    mask, _, attention = compare(clone, 14, pool, seconds=1.0).partition("\nmasked_attention\n")
    assert mask.count("identical: float32 [17, 17]") == 2 and mask.count("yours ") == 2
    assert sentence in " ".join(attention.split())
    assert attention.count("reference ") == 2  # at both sizes
    if line.startswith(("while", "import os", "raise")):
        assert "values  yours is not called" in attention


def test_a_file_that_cannot_be_imported_is_a_line(
    clone: Clone, pool: WorkerPool, quick: None
) -> None:
    clone.write("s09_rms_norm", "1 / 0\n")
    shown = compare(clone, 9, pool)
    assert shown.startswith("s09_rms_norm.py cannot be imported: ZeroDivisionError")
    assert shown.count("yours is not called") == shown.count("reference ") == 2


def test_prints_are_mentioned(clone: Clone, pool: WorkerPool, quick: None) -> None:
    write_norm(clone, '    print("x")\n' + OTHER_NORM)
    assert "Your code prints while it runs" in compare(clone, 9, pool)
    write_norm(clone, OTHER_NORM)
    assert "Your code prints" not in compare(clone, 9, pool)


def body_of_the_reference(kata: Kata) -> list[str]:
    text = kata.solution(stage_of(9)).read_text(encoding="utf-8")
    body = [line.code.strip() for line in definitions(text)["rms_norm"]][1:]
    assert len(body) == 4
    return body


def test_the_reference_is_shown_when_the_stage_passes_or_on_request(clone: Clone) -> None:
    body, why = body_of_the_reference(clone.kata), why_so(clone.kata, stage_of(9))
    only_there = [line for line in body if line not in OTHER_NORM]
    assert len(only_there) == 3

    write_norm(clone, WRONG_NORM)
    hidden = run_quickly(clone, "9", "--seed", "5")
    assert hidden.returncode == 0 and hidden.stderr == ""
    assert "(seed 5)" in hidden.stdout and "reference " in hidden.stdout
    assert [line for line in only_there if line in hidden.stdout] == []
    assert "Your code does not pass `grader check 9` yet" in hidden.stdout

    revealed = run_quickly(clone, "9", "--reveal").stdout
    assert [line for line in only_there if f"+     {line}" not in revealed] == []
    assert "Why the reference is written this way" not in revealed

    write_norm(clone, OTHER_NORM)
    passed = run_quickly(clone, "9").stdout
    assert [line for line in only_there if f"+     {line}" not in passed] == []
    assert "-     root = (x32.square().mean(dim=-1, keepdim=True) + eps).sqrt()" in passed
    assert "      x32 = x.float()" in passed.splitlines()
    assert " ".join(why.split()) in " ".join(passed.split())


def test_a_stub_has_times_of_the_reference_and_no_source(clone: Clone) -> None:
    shown = clone.run("compare", "rms_norm").stdout
    assert "yours is not written yet" in shown and shown.count("reference ") >= 2
    assert [line for line in body_of_the_reference(clone.kata) if line in shown] == []


def test_what_cannot_be_compared(clone: Clone) -> None:
    shown = clone.run("compare", "20")
    assert shown.returncode == 2 and "s20_the_answer has no code of its own" in shown.stderr
    (clone.root / "exercises/s09_rms_norm.py").unlink()
    shown = clone.run("compare", "9")
    assert shown.returncode == 2 and "`grader reset rms_norm` puts the stub back" in shown.stderr


def test_workers_do_not_know_the_reference(clone: Clone) -> None:
    """A fresh program, so that whatever is found here, the worker has loaded."""
    clone.solve("s09_rms_norm")
    path = clone.root / "exercises/s09_rms_norm.py"
    compared = ("grader.compare.cases", "grader.compare.inputs")
    trusted = ("grader.suite", *compared, "grader.diagnosis.known_mistakes", "solutions")
    spy = (
        "import sys\n"
        f"found = [name for name in sys.modules if name.startswith({trusted})]\n"
        "assert not found, found\n"
    )
    path.write_text(path.read_text(encoding="utf-8") + spy, encoding="utf-8")
    shown = clone.shell("-m", "grader", "compare", "9").stdout
    assert shown.count("identical: ") == 2, shown


@pytest.mark.parametrize("stage", CODED, ids=lambda stage: stage.name)
def test_lessons_say_why_before_the_hints_and_give_nothing_away(kata: Kata, stage: Stage) -> None:
    why = why_so(kata, stage)
    assert 20 <= len(why.split()) <= 120
    headings = re.findall(r"^## (.*)$", kata.lesson(stage).read_text(encoding="utf-8"), re.M)
    assert headings.index("Why the reference is written this way") == headings.index("Hints") - 1
    source = definitions(kata.solution(stage).read_text(encoding="utf-8"))
    lines = [line.code.strip() for name in stage.names for line in source[name]]
    assert [line for line in lines if len(line) > 12 and line in why] == []


def test_a_stage_without_code_has_no_why(kata: Kata) -> None:
    assert why_so(kata, stage_of(20)) == ""
