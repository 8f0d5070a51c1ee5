"""Cells and files, pictures in messages, written notebooks: what needs no kernel."""

import ast
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.errors import UsageError
from grader.kata import Kata
from grader.learn.lesson import read_lesson
from grader.notebook import kata_folder
from grader.notebook.cell_text import cell_text, is_still_stub, stage_text
from grader.notebook.commands import in_notebook
from grader.notebook.elements import as_html, element
from grader.notebook.message_parts import Heat, Lines, Pair, parts_of
from grader.notebook.write_notebooks import PACKAGE, write_notebooks
from grader.stage import Stage
from grader.stages import STAGES, part_of, stage_of
from grader.stubs import stub_for
from grader.suite.difference import tensor_difference

CODED = [stage for stage in STAGES if stage.has_code]
IDS = [stage.name for stage in CODED]


def solution(kata: Kata, stage: Stage) -> str:
    return (
        kata.solution(stage)
        .read_text(encoding="utf-8")
        .replace("from solutions.", "from exercises.")
    )


def definitions(text: str) -> list[str]:
    """Return the names that a module's imports and definitions make, sorted."""
    names = []
    for node in ast.parse(text).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names += [alias.asname or alias.name for alias in node.names]
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
    return sorted(names)


@pytest.mark.parametrize("stage", CODED, ids=IDS)
def test_a_cell_gets_what_it_lacks_and_keeps_its_lines(kata: Kata, stage: Stage) -> None:
    whole, stub = solution(kata, stage), stub_for(kata, stage)
    without_docstring = cell_text(whole)
    without_imports = re.sub(r"(?m)^(?:import|from) .*\n", "", without_docstring).lstrip("\n")
    for cell in (whole, without_docstring, without_imports):
        text = stage_text(stub, cell)
        assert definitions(text) == definitions(whole)
        assert (ast.get_docstring(ast.parse(text)) or "").startswith(f"Stage {stage.number}: ")
        below = text.split("\n")[1:]
        for written, kept in zip(cell.rstrip().split("\n"), below, strict=False):
            assert kept.startswith(written), "a line has moved"
        assert cell_text(text).split("\n")[-1] == cell.rstrip().split("\n")[-1]


def test_imports_from_the_future_stay_first(kata: Kata) -> None:
    cell = "from __future__ import annotations\n\n\ndef rms_norm(x, weight, eps):\n    return x\n"
    text = stage_text(stub_for(kata, stage_of(9)), cell)
    compile(text, "cell", "exec")
    assert text.split("\n")[1] == "from __future__ import annotations; import torch"


def test_a_cell_with_a_syntax_error_keeps_its_lines(kata: Kata) -> None:
    text = stage_text(stub_for(kata, stage_of(9)), "import torch\ndef rms_norm(:\n")
    with pytest.raises(SyntaxError) as raised:
        ast.parse(text)
    assert raised.value.lineno == 3


@pytest.mark.parametrize("stage", CODED, ids=IDS)
def test_only_an_untouched_stub_counts_as_one(kata: Kata, stage: Stage) -> None:
    stub = stub_for(kata, stage)
    assert is_still_stub(kata, stage, stub) and is_still_stub(
        kata, stage, f"\n{cell_text(stub)}\n\n"
    )
    assert not is_still_stub(kata, stage, cell_text(stub) + "\n\nmine = 1\n")
    assert not is_still_stub(kata, stage, solution(kata, stage))


def found_in(got: torch.Tensor, expected: torch.Tensor) -> list[Pair | Heat]:
    message = tensor_difference(got, expected)
    assert message is not None
    parts = parts_of(message)
    assert isinstance(parts[0], Lines)
    return [part for part in parts if not isinstance(part, Lines)]


def test_small_tensors_are_found_side_by_side() -> None:
    expected = torch.tensor([[1.0, 2.5, -3.0], [0.0, float("inf"), 1e-3]])
    got = expected.clone()
    got[1, 2] = 7
    (pair,) = found_in(got, expected)
    assert isinstance(pair, Pair)
    assert pair.expected == [["1", "2.5", "-3"], ["0", "inf", "0.001"]]
    assert pair.got == [["1", "2.5", "-3"], ["0", "inf", "7"]]
    assert pair.wrong == [[False] * 3, [False, False, True]]
    (every,) = found_in(expected + 1e3, torch.zeros(2, 3) + 5)
    assert isinstance(every, Pair) and every.wrong == [[True] * 3, [True] * 3]


def test_wide_tensors_are_found_one_below_the_other() -> None:
    expected = torch.arange(16.0).view(2, 8) * 1.2345
    got = expected.clone()
    got[0, 0] = 9.0
    got = torch.view_as_complex(torch.stack([got, got], -1)).to(torch.complex64)
    right = torch.view_as_complex(torch.stack([expected, expected], -1)).to(torch.complex64)
    found = found_in(got[:, :4], right[:, :4])
    assert [type(one) for one in found] == [Pair]
    assert isinstance(found[0], Pair) and sum(map(sum, found[0].wrong)) == 1


def test_large_tensors_are_found_as_a_map() -> None:
    expected = torch.ones(20, 100)
    got = expected.clone()
    got[:, 60:] = 2
    got[0, 0] = 1.01
    (heat,) = found_in(got, expected)
    assert isinstance(heat, Heat) and "block of 2 x 2 values" in heat.legend
    assert len(heat.rows) == 10 and heat.rows[0].startswith("-") and heat.rows[1].endswith("#" * 20)


def test_other_text_that_begins_alike_stays_text() -> None:
    message = "expected [1, 2]\n     got [1, 3]\n  expected    got\n  one\n"
    assert parts_of(message) == [Lines(message)]


def test_html_is_escaped() -> None:
    made = element("p", "<b>", element("code", '"&'), " & ", class_='"')
    assert as_html(made) == '<p class="&quot;">&lt;b&gt;<code>"&amp;</code> &amp; </p>'


def test_commands_become_magics() -> None:
    text = "`grader` `grader hint 9` `grader reset 9` `grader plot attention --head 0` grader"
    assert in_notebook(text) == (
        "`%map` `%hint 9` `%grader reset 9` `%plot attention --head 0` grader"
    )


def test_without_a_kata_it_says_how_to_make_one_or_makes_one_on_colab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing() -> Kata:
        raise UsageError("nothing")

    monkeypatch.setattr(kata_folder, "find_kata", nothing)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="%grader init"):
        kata_folder.open_kata_here()
    assert not list(tmp_path.iterdir())
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    kata, remark = kata_folder.open_kata_here()
    assert kata.exercises == tmp_path / "exercises" and "Colab deletes this folder" in remark
    assert len(list(kata.exercises.iterdir())) == len(CODED)


@pytest.fixture(scope="module")
def notebooks(kata: Kata, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("nbformat", reason="nbformat is missing: install the extra `notebook`")
    out = tmp_path_factory.mktemp("out") / "notebooks"
    write_notebooks(kata, kata.stages, out, "https://example.org/kata.whl")
    return out


def read(path: Path) -> Any:
    """Return a notebook with the text of each cell as one string."""
    import nbformat

    return nbformat.read(path, as_version=4)


def test_there_is_a_notebook_for_each_part_with_a_cell_for_each_stage(
    kata: Kata, notebooks: Path
) -> None:
    written = [read(path) for path in sorted(notebooks.iterdir())]
    titles = [notebook["cells"][0]["source"].split("\n")[0] for notebook in written]
    assert titles == [f"# {part}" for part in dict.fromkeys(map(part_of, kata.stages))]
    for notebook in written:
        setup = notebook["cells"][1]["source"]
        assert "%load_ext grader" in setup and "%pip install --quiet https://example.org" in setup
    cells = {cell["id"]: cell["source"] for notebook in written for cell in notebook["cells"]}
    for stage in CODED:
        first, _, code = cells[f"{stage.name}-code"].partition("\n")
        assert first == f"%%stage {stage.number}" and is_still_stub(kata, stage, code)
    assert cells["s20_the_answer-check"] == "%check 20"
    assert (
        cells["after_42"].startswith("# After 42\n")
        and "`%grader certificate`" in cells["after_42"]
    )
    ends = [notebook["cells"][-1]["id"] for notebook in written]
    assert ends.count("after_42") == 1  # in the notebook that ends with stage 20


def test_lessons_in_notebooks_are_whole_and_work_offline(kata: Kata, notebooks: Path) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in notebooks.iterdir())
    assert "](pictures/" not in text and ".md)" not in text and "`grader " not in text
    cells = [cell for path in notebooks.iterdir() for cell in read(path)["cells"]]
    for stage in kata.stages:
        (lesson,) = [one["source"] for one in cells if one["id"] == f"{stage.name}-lesson"]
        written = read_lesson(kata, stage)
        assert lesson.count("data:image/svg+xml;base64,") == written.count("](pictures/")
        assert lesson.count("```") == written.count("```") - 2  # without "Check it"
        assert "Hint 1" not in lesson and "\n## Hints" not in lesson


def test_a_notebook_that_is_there_is_left_as_it_is(kata: Kata, tmp_path: Path) -> None:
    pytest.importorskip("nbformat", reason="nbformat is missing: install the extra `notebook`")
    (first,) = write_notebooks(kata, [stage_of(9)], tmp_path, PACKAGE)
    assert first == (tmp_path / "3-one-layer.ipynb", True)
    first[0].write_text("mine", encoding="utf-8")
    assert write_notebooks(kata, [stage_of(9)], tmp_path, PACKAGE) == [(first[0], False)]
    assert first[0].read_text(encoding="utf-8") == "mine"


def test_without_nbformat_it_says_what_to_install(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nbformat", None)
    with pytest.raises(UsageError, match="pip install nbformat"):
        write_notebooks(kata, [stage_of(9)], tmp_path / "out", PACKAGE)
    assert not (tmp_path / "out").exists()
