"""Stubs are solutions with the code taken out."""

import ast
from pathlib import Path

import pytest

from grader.author.write_stubs import write_stubs
from grader.editions import find_kata
from grader.stage import Stage
from grader.stages import STAGES
from grader.stubs import is_stub, stub_for, stub_of, unwritten_names
from grader.tests.clone import clone_into

KATA = find_kata(Path(__file__).parent)
CODED = [stage for stage in STAGES if stage.has_code]


@pytest.mark.parametrize("stage", CODED, ids=lambda stage: stage.name)
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
    # Only Python's line ends count as line ends, even in a comment.
    assert stub_of(stage, solution.replace("About it", "About\f\u2028it")) == stub


def test_unwritten_names_are_those_of_the_stage_table(tmp_path: Path) -> None:
    names = unwritten_names(write_stubs(KATA, tmp_path))
    assert sorted(names) == sorted(name for stage in CODED for name in stage.names)
    assert unwritten_names([KATA.solution(stage) for stage in CODED]) == []


@pytest.mark.parametrize("stage", CODED, ids=lambda stage: stage.name)
def test_a_stub_is_known_from_what_somebody_wrote(stage: Stage) -> None:
    stub = stub_for(KATA, stage)
    assert is_stub(stage, stub)
    assert is_stub(stage, stub.replace(f"Stage {stage.number}: ", "Another version: "))
    assert not is_stub(stage, KATA.solution(stage).read_text(encoding="utf-8"))
    raising = f'    raise NotImplementedError("{stage.functions[0].name} is not written yet")\n'
    for mine in (
        stub + "TABLE = {1: 2}\n",
        stub + "\n\ndef helper() -> int:\n    return 1\n",
        stub.replace(raising, f"    half = 1 / 2\n{raising}"),
        stub.replace(raising, f"{raising}    half =\n"),
        stub.replace("import", "import no_such, ", 1).replace(raising, "    return None\n"),
        "",
    ):
        assert not is_stub(stage, mine), mine


def test_stubs_are_written_over_stubs_and_never_over_a_text(tmp_path: Path) -> None:
    clone = clone_into(tmp_path)
    clone.write("s09_rms_norm", "mine = 1\n")
    stub = KATA.exercise(STAGES[9]).read_text(encoding="utf-8")
    clone.write("s10_freqs_cis", stub.replace("Stage 10: ", "Stage ten: "))  # an older version's
    (tmp_path / "exercises/s11_rotate.py").unlink()
    shown = clone.python("-m", "grader.author.write_stubs").stdout
    left = "exercises/s09_rms_norm.py has code of your own and is left alone: `grader reset 9`"
    assert left in shown and shown.count("left alone") == 1
    assert shown.count("is written") == 2
    assert (tmp_path / "exercises/s09_rms_norm.py").read_text(encoding="utf-8") == "mine = 1\n"
    for stage in (STAGES[9], STAGES[10]):
        assert clone.kata.exercise(stage).read_bytes() == KATA.exercise(stage).read_bytes()
