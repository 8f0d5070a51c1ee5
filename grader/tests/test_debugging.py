"""A debugger opens where a learner wants to look: real sessions, driven through standard input."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from grader.editions import find_kata
from grader.tests.clone import Clone, clone_into

NORM = "exercises/s09_rms_norm.py"
SUITE = "tests/test_s09_rms_norm.py"
RAISING = '    raise NotImplementedError("rms_norm is not written yet")\n'
RIGHT = (
    "    return torch.nn.functional.rms_norm(x.float(), x.shape[-1:], weight, eps).to(x.dtype)\n"
)
ROOT = find_kata(Path(__file__).parent).root


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path)


def write_norm(clone: Clone, body: str) -> None:
    path = clone.root / NORM
    text = path.read_text(encoding="utf-8")
    assert RAISING in text
    path.write_text(text.replace(RAISING, body), encoding="utf-8")


def session(clone: Clone, commands: list[str], *args: str, fresh: bool = False) -> str:
    """Run pytest with commands for the debugger, and return its output."""
    typed = "\n".join([*commands, "q", ""])
    run = clone.shell if fresh else clone.python
    done = run("-m", "pytest", *args, typed=typed)
    assert "INTERNALERROR" not in done.stdout + done.stderr
    return done.stdout


def line_of(clone: Clone, name: str, text: str) -> int:
    lines = (clone.root / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def first_place(shown: str) -> str:
    """Return where the debugger opens, such as `s09_rms_norm.py(25)rms_norm()`."""
    found = re.search(r"^> .*/(\S+)$", shown, re.MULTILINE)
    assert found is not None, shown
    return found[1]


def test_code_that_raises_opens_at_the_learners_line(clone: Clone) -> None:
    write_norm(clone, "    half = x / 2\n    return torch.einsum('abc->a', half)\n")
    shown = session(clone, ["p half.shape, eps", "up", "p dim"], "--pdb", SUITE)
    assert first_place(shown) == f"s09_rms_norm.py({line_of(clone, NORM, 'einsum')})rms_norm()"
    assert "(Pdb) (torch.Size([5, 12]), 1e-05)" in shown
    assert "test_vectors_of_ordinary_size()" in shown and "(Pdb) 12\n" in shown


def test_a_wrong_value_opens_in_the_test_with_its_variables(clone: Clone) -> None:
    write_norm(clone, "    return x\n")
    shown = session(clone, ["p x.shape, dim", "p yours.rms_norm"], "--pdb", SUITE)
    line = line_of(clone, SUITE, "same(yours.rms_norm")
    assert first_place(shown) == f"test_s09_rms_norm.py({line})test_vectors_of_ordinary_size()"
    assert "(Pdb) (torch.Size([5, 12]), 12)" in shown and "Called object" in shown


def test_what_no_mistake_explains_says_where_it_goes_wrong_and_opens_in_the_test(
    clone: Clone,
) -> None:
    clone.solve("s15_grouped_query_attention")
    path = clone.root / "exercises/s15_grouped_query_attention.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("(q, k, v)", "(q, k, v * v.abs().sqrt())"), encoding="utf-8")
    suite = "tests/test_s15_grouped_query_attention.py"
    shown = session(clone, ["p calls[0][0].shape"], "--pdb", "-x", suite, "--seed=3")
    assert "test_groups_of_two_and_three()" in first_place(shown)
    assert "(Pdb) torch.Size([7, 48])" in shown
    checked = json.loads(clone.run("check", "15", "--seed=3", "--format=json").stdout)
    (located,) = [test["located"] for test in checked["stages"][0]["tests"] if test["located"]]
    line = line_of(clone, str(path.relative_to(clone.root)), "sqrt())")
    assert located["line"] == line and re.search(rf"^In line {line}, ", shown, re.MULTILINE)
    assert located["first_wrong"] or located["relation"]


def test_a_value_that_makes_the_test_raise_opens_in_the_test(clone: Clone) -> None:
    write_norm(clone, "    return (x * 0)[:, :0] if x.shape == (3, 8) else x\n")
    shown = session(clone, ["p x.shape"], "--pdb", "-k", "zeros_stays", SUITE)
    assert "test_a_vector_of_zeros_stays_zero()" in first_place(shown)
    assert "(Pdb) torch.Size([3, 8])" in shown


def test_the_wrong_error_opens_where_it_was_raised_and_none_at_all_in_the_test(
    clone: Clone,
) -> None:
    clone.solve("s01_vocabulary")
    path = clone.root / "exercises/s01_vocabulary.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("{number}", "{number - 1}"), encoding="utf-8")
    shown = session(clone, ["p number"], "--pdb", "tests/test_s01_vocabulary.py")
    assert first_place(shown).startswith("s01_vocabulary.py(") and "(Pdb) 12\n" in shown

    path.write_text(text.replace("raise ValueError", "return {}  # "), encoding="utf-8")
    shown = session(clone, ["p rng"], "--pdb", "tests/test_s01_vocabulary.py")
    assert first_place(shown).startswith("test_s01_vocabulary.py(")


def test_a_file_that_cannot_be_imported_opens_at_its_line(clone: Clone) -> None:
    path = clone.root / NORM
    path.write_text("value = 6\nvalue.seven\n", encoding="utf-8")
    shown = session(clone, ["p value"], "--pdb", "-x", SUITE)
    assert first_place(shown) == "s09_rms_norm.py(2)<module>()"
    assert "(Pdb) 6" in shown
    path.write_text("def rms_norm(:\n", encoding="utf-8")
    assert "s09_rms_norm.py cannot be imported: SyntaxError" in session(clone, [], "--pdb", SUITE)


def test_breakpoint_opens_the_debugger_under_plain_pytest(clone: Clone) -> None:
    write_norm(clone, f"    breakpoint()\n{RIGHT}")
    shown = session(clone, ["p x.shape", "n", "up", "c"], SUITE, fresh=True)
    assert "s09_rms_norm.py(" in first_place(shown) and "(Pdb) torch.Size([5, 12])" in shown


def test_what_breakpoint_says_in_grader_check_works(clone: Clone) -> None:
    write_norm(clone, f"    breakpoint()\n{RIGHT}")
    shown = " ".join(clone.run("check", "9").stdout.split())
    found = re.search(r"To debug, run `pytest (--pdb tests/\S+)`", shown)
    assert found is not None, shown
    assert "(Pdb) 1e-05" in session(clone, ["p eps"], *found[1].split())


def test_the_outcome_is_the_same_with_and_without_pdb(clone: Clone) -> None:
    write_norm(clone, "    return x\n")
    plain = session(clone, [], SUITE, "--seed=3")
    assert "Pdb" not in plain and "5 failed, 2 passed" in plain
    assert "5 failed, 2 passed" in session(clone, ["c"] * 5, "--pdb", SUITE, "--seed=3")


def settings(name: str) -> Any:
    return json.loads((ROOT / ".vscode" / name).read_text(encoding="utf-8"))


def test_the_editor_finds_the_suites_and_nothing_else() -> None:
    found = settings("settings.json")
    assert found["python.testing.pytestEnabled"] is True
    assert found["python.testing.unittestEnabled"] is False
    assert found["python.testing.pytestArgs"] == ["tests"]


@pytest.mark.parametrize(
    "entry", settings("launch.json")["configurations"], ids=lambda e: e["name"]
)
def test_what_the_editor_starts_runs(clone: Clone, entry: dict[str, Any]) -> None:
    """Fill in a launch entry as the editor does, and run it without the editor."""
    write_norm(clone, "    return x\n")
    opened = clone.root / (SUITE if "${file}" in entry.get("args", []) else NORM)
    if entry.get("purpose") == ["debug-test"]:
        return  # the editor's test explorer adds what to run
    known = {"${file}": str(opened), "${fileBasenameNoExtension}": opened.stem}
    args = entry["args"]
    for variable, value in {**known, "${workspaceFolder}": str(clone.root)}.items():
        args = [arg.replace(variable, value) for arg in args]
    assert entry["module"] == "pytest" and not any("$" in arg for arg in args)
    assert "5 failed, 2 passed" in session(clone, [], *args)
