"""Five files a stage, and stubs that cannot drift from the solutions."""

import ast
from pathlib import Path

import pytest

from grader.author.stubs import stub_for, stub_of, write_stubs
from grader.home import find_kata
from grader.learn.lesson import hints_of
from grader.stages import STAGES, Stage
from grader.student.stubs import unwritten_names
from grader.tests.test_suites import by_name

KATA = find_kata(Path(__file__).parent)
CODED = [stage for stage in STAGES if stage.has_code]
HINTS = ["Hint 1: where to look", "Hint 2: what to do", "Hint 3: almost the line"]
SECTIONS = ["What it is for", "By hand", "Put right", "Hints"]


@pytest.mark.parametrize("stage", CODED, ids=by_name)
def test_the_committed_stub_is_the_blanked_solution(stage: Stage) -> None:
    assert KATA.exercise(stage).read_text(encoding="utf-8") == stub_for(KATA, stage)


@pytest.mark.parametrize("stage", CODED, ids=by_name)
def test_a_stub_keeps_signatures_and_docstrings(stage: Stage) -> None:
    def signatures(text: str) -> dict[str, tuple[str, str | None]]:
        functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
        return {
            node.name: (ast.unparse(node.args), ast.get_docstring(node))
            for node in functions
            if not node.name.startswith("_")
        }

    solution = KATA.solution(stage).read_text(encoding="utf-8")
    stub = stub_for(KATA, stage)
    assert signatures(stub) == signatures(solution)
    assert set(signatures(stub)) == {function.name for function in stage.functions}
    assert "from solutions." not in stub


def test_private_helpers_and_constants_are_taken_out() -> None:
    stage = STAGES[1]
    solution = (
        '"""Doc."""\n\nPATTERN: str = "abc"\n\n\n# About it.\ndef _helper() -> int:\n    return 1\n'
        '\n\ndef split_text(text: str) -> list[str]:\n    """Split."""\n    return [text]\n'
    )
    stub = stub_of(stage, solution)
    assert "_helper" not in stub and "About it" not in stub and "abc" not in stub
    assert 'raise NotImplementedError("split_text is not written yet")' in stub


def test_unwritten_names_are_those_of_the_stage_table(tmp_path: Path) -> None:
    names = unwritten_names(write_stubs(KATA, tmp_path))
    assert sorted(names) == sorted(name for stage in CODED for name in stage.names)
    assert unwritten_names([KATA.solution(stage) for stage in CODED]) == []


@pytest.mark.parametrize("stage", CODED, ids=by_name)
def test_all_five_files_are_there(stage: Stage) -> None:
    for path in (
        KATA.lesson(stage),
        KATA.exercise(stage),
        KATA.suite(stage),
        KATA.mistakes(stage),
        KATA.solution(stage),
    ):
        assert path.is_file() and path.stat().st_size > 100, path


@pytest.mark.parametrize("stage", STAGES, ids=by_name)
def test_every_lesson_has_its_sections_and_three_hints(stage: Stage) -> None:
    hints = hints_of(KATA, stage)
    assert [title for title, _ in hints] == HINTS
    assert all(len(text) >= 40 for _, text in hints)
    text = KATA.lesson(stage).read_text(encoding="utf-8")
    assert text.startswith(f"# Stage {stage.number}: ")
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert [section for section in SECTIONS if section not in headings] == []


@pytest.mark.parametrize("stage", CODED, ids=by_name)
def test_no_hint_holds_a_whole_line_of_the_solution(stage: Stage) -> None:
    tree = ast.parse(KATA.solution(stage).read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    returns = [
        ast.unparse(node.value)
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and node.value is not None
    ]
    hints = " ".join(text for _, text in hints_of(KATA, stage))
    assert [line for line in returns if len(line) > 12 and line in hints] == []
