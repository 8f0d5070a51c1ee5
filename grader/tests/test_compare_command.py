"""`grader compare`: values, times and sources of a stage beside the reference."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console

from grader.author.stubs import stub_for
from grader.compare import measure as measuring
from grader.compare import room
from grader.compare.case import EIGHT_B, TINY, Case
from grader.compare.cases import cases_of
from grader.compare.comparison import Comparison
from grader.compare.measure import Side, measure
from grader.compare.source import definitions
from grader.compare.values import compare_values
from grader.compare.why import why_so
from grader.home import Kata
from grader.stages import STAGES, Stage, stage_of
from grader.student.channel import LocalChannel
from grader.student.outcome import Raised, Returned
from grader.student.pool import Pool, start_pool
from grader.student.recipe import shared
from grader.student.space import grading_files
from grader.student.student import Student, Target
from grader.tests.clone import Clone, clone_into

CODED = [stage for stage in STAGES if stage.has_code]
OTHER_NORM = (
    "    x32 = x.float()\n"
    "    root = (x32.square().mean(dim=-1, keepdim=True) + eps).sqrt()\n"
    "    return ((x32 / root) * weight).to(x.dtype)\n"
)
WRONG_NORM = OTHER_NORM.replace(" + eps).sqrt()", ").sqrt() + eps")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = start_pool()
    yield pool
    pool.close()


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure each time once, where the time does not matter."""
    monkeypatch.setattr(measuring, "ROUNDS", 1)
    monkeypatch.setattr(measuring, "MOST_RUNS", 1)


def write_norm(clone: Clone, body: str) -> None:
    stub = stub_for(clone.kata, stage_of(9))
    raising = '    raise NotImplementedError("rms_norm is not written yet")\n'
    assert raising in stub
    clone.write("s09_rms_norm", stub.replace(raising, body))


def reference_student(kata: Kata, stage: Stage) -> Student:
    """The reference as a student in this process."""
    files = grading_files(stage, kata.solutions, kata.solutions)
    return Student(stage, files, LocalChannel)


def compare_with_itself(kata: Kata, stage: Stage, size: str, folder: Path) -> dict[str, str]:
    """Say for each name of a stage how the reference differs from itself."""
    said = {}
    students = [reference_student(kata, stage) for _ in range(2)]
    for case in cases_of(kata, stage, size, 1, folder):
        yours, reference = measure(case, students, 10.0)
        assert isinstance(yours.outcome, Returned) and isinstance(reference.outcome, Returned)
        assert yours.seconds and reference.seconds
        said[case.name] = compare_values(yours.outcome.value, reference.outcome.value)
    return said


@pytest.mark.parametrize("stage", CODED, ids=lambda stage: stage.name)
def test_the_solutions_are_identical_to_themselves(
    kata: Kata, stage: Stage, tmp_path: Path, quick: None
) -> None:
    said = compare_with_itself(kata, stage, TINY, tmp_path)
    assert tuple(said) == stage.names
    assert {text.split()[0].rstrip(":") for text in said.values()} == {"identical"}, said


def test_the_8b_is_compared_at_its_own_sizes(kata: Kata, tmp_path: Path, quick: None) -> None:
    said = compare_with_itself(kata, stage_of(9), EIGHT_B, tmp_path)
    assert said == {"rms_norm": "identical: float32 [17, 4096]"}


def test_the_inputs_of_the_8b_fit_into_memory_and_say_what_was_cut(
    kata: Kata, tmp_path: Path
) -> None:
    cases = [case for stage in CODED for case in cases_of(kata, stage, EIGHT_B, 1, tmp_path)]
    assert [case.name for case in cases] == [name for stage in CODED for name in stage.names]
    assert {case.name: case.bytes for case in cases if case.bytes > 1.1e9} == {}
    by_name = {case.name: case for case in cases}
    assert by_name["transformer_block"].bytes > 4 * 218_112_000  # a whole layer of float32
    cut = ("transformer", "predict_next_token", "complete", "load_checkpoint")
    for name in cut:
        assert "1 layer of 32" in by_name[name].inputs.sizes
    for name in (*cut, "embed", "next_token_logits"):
        assert "of 128,256" in by_name[name].inputs.sizes


def test_a_difference_is_measured() -> None:
    expected = torch.tensor([1.0, 2.0, -3.0, 4.0, -torch.inf])
    got = expected + torch.tensor([0.0, 0.5, 0.0, -0.25, 0.0])
    said = compare_values(got, expected).splitlines()
    assert said[0] == "DIFFERENT: float32 [5]"
    assert said[1] == "difference 0.5 at most, 0 typically; values 2 typically"
    near = compare_values(expected * (1 + 1e-6), expected)
    assert near.startswith("equal up to rounding: float32 [5]\ndifference 3.8e-06 at most")
    assert compare_values(expected.double(), expected).startswith(
        "DIFFERENT: float64 in place of float32 [5]"
    )
    assert "difference inf at most" in compare_values(expected.nan_to_num(), expected)
    assert compare_values(expected[:4], expected) == "DIFFERENT: expected shape [5], got [4]"
    assert compare_values([1, 2], [1, 3]).startswith("DIFFERENT: first at [1]")
    assert compare_values("42", "42") == "identical: '42'"


def test_a_call_is_timed_where_the_code_runs(kata: Kata) -> None:
    student = reference_student(kata, stage_of(9))
    args = (shared(torch.ones(3, 4)), torch.ones(4), 1e-5)
    times = student.time(Target("rms_norm"), args, 5, 10.0)
    assert isinstance(times, list) and len(times) == 5 and min(times) > 0
    assert len(student.time(Target("rms_norm"), args, 5, 0.0)) == 1  # type: ignore[arg-type]
    assert isinstance(student.time(Target("rms_norm"), args[:1], 5, 1.0), Raised)


class Recorder:
    """A student that notes what it is asked."""

    def __init__(self, name: str, notes: list[str]) -> None:
        self._name, self._notes = name, notes

    def run(self, *_: Any, **__: Any) -> list[Any]:
        self._notes.append(f"{self._name} run")
        return [Returned(1)]

    def time(self, *_: Any) -> list[float]:
        self._notes.append(f"{self._name} time")
        return [1e-3]

    def close(self) -> None:
        self._notes.append(f"{self._name} close")


@pytest.mark.parametrize("free", [10**10, 13 * 10**8])
def test_the_sides_take_turns_where_memory_allows(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    monkeypatch.setattr(room, "free_bytes", lambda: free)
    (case,) = cases_of(kata, stage_of(17), EIGHT_B, 1, tmp_path)
    notes: list[str] = []
    sides = measure(case, [Recorder("a", notes), Recorder("b", notes)], 1.0)  # type: ignore[list-item]
    assert [side.seconds for side in sides] == [1e-3, 1e-3]
    turns = "".join(note[0] for note in notes if note.endswith("time"))
    if free == 10**10:
        assert turns == "ab" * measuring.ROUNDS
    else:  # the first has given its memory back before the second begins
        assert turns == "a" * measuring.ROUNDS + "b" * measuring.ROUNDS
        assert notes.index("b run") > len(notes) - 1 - notes[::-1].index("a close")


def test_without_memory_the_8b_is_skipped_with_a_reason(
    clone: Clone, pool: Pool, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    monkeypatch.setattr(room, "free_bytes", lambda: 10**8)
    monkeypatch.setattr("grader.compare.comparison.free_bytes", lambda: 10**8)
    shown = compare(clone, 16, pool)
    assert "skipped: it needs 705 MB of memory, and 100 MB are free" in shown
    assert shown.count("reference ") == 1  # the tiny size alone


def compare(clone: Clone, number: int, pool: Pool, seconds: float = 10.0) -> str:
    """Give what a comparison prints of values and times."""
    out = Console(file=io.StringIO(), width=80, highlight=False, soft_wrap=True)
    comparison = Comparison(clone.kata, stage_of(number), pool.worker, seconds)
    try:
        comparison.print(out, seed=1)
    finally:
        comparison.close()
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
        ("q += 1", "it changes its argument number 1"),
    ],
)
def test_whatever_yours_does_is_a_line(
    clone: Clone, pool: Pool, quick: None, line: str, sentence: str
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


def test_a_file_that_cannot_be_imported_is_a_line(clone: Clone, pool: Pool, quick: None) -> None:
    clone.write("s09_rms_norm", "1 / 0\n")
    shown = compare(clone, 9, pool)
    assert shown.startswith("s09_rms_norm.py cannot be imported: ZeroDivisionError")
    assert shown.count("yours is not called") == shown.count("reference ") == 2


def test_prints_are_mentioned(clone: Clone, pool: Pool, quick: None) -> None:
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
    hidden = clone.run("compare", "9", "--seed", "5")
    assert hidden.returncode == 0 and hidden.stderr == ""
    assert "(seed 5)" in hidden.stdout and "reference " in hidden.stdout
    assert [line for line in only_there if line in hidden.stdout] == []
    assert "`grader check 9` does not pass yet" in hidden.stdout

    revealed = clone.run("compare", "9", "--reveal").stdout
    assert [line for line in only_there if f"+     {line}" not in revealed] == []
    assert "Why the reference is written so" not in revealed

    write_norm(clone, OTHER_NORM)
    passed = clone.run("compare", "9").stdout
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
    clone.solve("s14_masked_attention")
    path = clone.root / "exercises/s14_masked_attention.py"
    trusted = ("grader.suite", "grader.compare.cases", "grader.diagnosis.catalogue", "solutions")
    spy = (
        "import sys\n"
        f"found = [name for name in sys.modules if name.startswith({trusted})]\n"
        "assert not found, found\n"
    )
    path.write_text(path.read_text(encoding="utf-8") + spy, encoding="utf-8")
    shown = clone.run("compare", "14").stdout
    assert shown.count("identical: ") == 4, shown


@pytest.mark.parametrize("stage", CODED, ids=lambda stage: stage.name)
def test_lessons_say_why_before_the_hints_and_give_nothing_away(kata: Kata, stage: Stage) -> None:
    why = why_so(kata, stage)
    assert 20 <= len(why.split()) <= 120
    headings = re.findall(r"^## (.*)$", kata.lesson(stage).read_text(encoding="utf-8"), re.M)
    assert headings.index("Why the reference is written so") == headings.index("Hints") - 1
    source = definitions(kata.solution(stage).read_text(encoding="utf-8"))
    lines = [line.code.strip() for name in stage.names for line in source[name]]
    assert [line for line in lines if len(line) > 12 and line in why] == []


def test_a_stage_without_code_has_no_why(kata: Kata) -> None:
    assert why_so(kata, stage_of(20)) == ""


def test_times_of_the_quickest_round_count() -> None:
    assert Side(rounds=[[3.0, 1.0, 2.0], [1.5, 9.0, 1.0], [8.0]]).seconds == 1.5
    assert Side().seconds is None


def test_a_case_knows_its_bytes(kata: Kata, tmp_path: Path) -> None:
    cases: dict[str, Case] = {
        case.name: case for case in cases_of(kata, stage_of(12), EIGHT_B, 1, tmp_path)
    }
    assert cases["split_heads"].bytes == 4 * 1024 * 4096
    assert cases["project"].bytes == 4 * (128 * 4096 + 17 * 4096)
