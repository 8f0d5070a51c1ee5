"""Stage files are taken from the cells of notebooks, which are parsed and never run."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from grader.classroom.hand_in import HandIn, Source
from grader.classroom.intake.choose_files import FoundStageFiles
from grader.classroom.intake.find_stage_files import find_stage_files
from grader.kata import Kata
from grader.notebook.write_notebooks import notebook_of
from grader.stages import STAGES, part_of
from grader.tests.made_downloads import FIRST, NINTH, write_folder, zipped

NORM = "def rms_norm(x, weight, eps):\n    return x"


def notebook(*cells: str | list[str], kind: str = "code") -> bytes:
    """Return a notebook as Jupyter and Colab write it."""
    made: list[dict[str, Any]] = [{"cell_type": "markdown", "metadata": {}, "source": ["# Kata"]}]
    made += [
        {"cell_type": kind, "metadata": {}, "outputs": [], "execution_count": 1, "source": cell}
        for cell in cells
    ]
    metadata: dict[str, Any] = {"colab": {"provenance": []}}
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4}).encode()


def found(folder: Path, *cells: str | list[str], **more: bytes) -> FoundStageFiles:
    """Return what is found in a folder with `kata.ipynb` and other files."""
    write_folder(folder, {"kata.ipynb": notebook(*cells), **more})
    return find_stage_files(HandIn("ada", (Source(folder),), ()))


def text(found_files: FoundStageFiles, name: str = NINTH) -> str:
    return found_files.files[name].decode()


def test_a_cell_that_is_a_stage(tmp_path: Path) -> None:
    ada = found(tmp_path, "%load_ext grader", f"%%stage 9\nimport torch\n\n{NORM}\n", "print(1)")
    assert text(ada) == f"import torch\n\n{NORM}\n"
    assert ada.problems == ["taken from the notebook kata.ipynb: stage 9 from cell 3"]


def test_imports_that_the_magic_would_have_added(tmp_path: Path) -> None:
    code = "def attention(x):\n    return rotate(x) + torch.zeros(1) + F.relu(x)"
    ada = found(tmp_path, "import torch.nn.functional as F", f"%%stage 15\n{code}")
    assert text(ada, "s15_grouped_query_attention.py") == (
        "from exercises.s11_rotate import rotate\nimport torch\nimport torch.nn.functional as F\n"
        f"\n\n{code}"
    )


def test_the_last_of_two_cells_counts(tmp_path: Path) -> None:
    ada = found(tmp_path, "%%stage 9\nfirst = 1", "%%stage s09\nsecond = 2")
    assert text(ada) == "second = 2"
    assert ada.problems[1] == "earlier versions in kata.ipynb were ignored: stage 9 in cell 2"


def test_a_cell_that_writes_a_stages_file(tmp_path: Path) -> None:
    ada = found(
        tmp_path, "%%writefile exercises/s09_rms_norm.py\nx = 9\n", "%%file notes.py\ny = 1"
    )
    assert ada.files == {NINTH: b"x = 9\n"}


def test_cells_that_define_a_stages_functions(tmp_path: Path) -> None:
    ada = found(
        tmp_path,
        ["!pip install torch\n", "import torch, math\n", "from typing import Any as Thing\n"],
        "x = torch.load('weights')\nEPS = 1e-6\nUNUSED = 2\n",
        "# mine\ndef square(x):\n    return x * x  # kept\n\nprint(square(3))",
        "def rms_norm(x, weight, eps=EPS):\n    return square(x) * math.pi\nrms_norm(x, 1)",
    )
    assert text(ada) == (
        "import math\n\n\nEPS = 1e-6\n\n\n# mine\ndef square(x):\n    return x * x  # kept\n\n\n"
        "def rms_norm(x, weight, eps=EPS):\n    return square(x) * math.pi\n"
    )
    assert ada.problems == ["taken from the notebook kata.ipynb: stage 9 from cell 5"]


def test_the_last_definition_counts_and_the_others_are_said(tmp_path: Path) -> None:
    ada = found(tmp_path, NORM, NORM.replace("return x", "return 2 * x"))
    assert "return 2 * x" in text(ada)
    assert ada.problems[1] == "earlier versions in kata.ipynb were ignored: stage 9 in cell 2"


def test_functions_of_earlier_stages_are_imported(tmp_path: Path) -> None:
    rotate = "def rotate(x, freqs_cis):\n    return x"
    ada = found(tmp_path, rotate, "def attention(x):\n    return rotate(x, 1)")
    assert text(ada, "s11_rotate.py") == rotate + "\n"
    later = text(ada, "s15_grouped_query_attention.py")
    assert later.startswith("from exercises.s11_rotate import rotate\n")
    assert "def rotate" not in later


def test_a_constant_and_two_functions_from_several_cells(tmp_path: Path) -> None:
    ada = found(tmp_path, "PATTERN = r'a'", "def split_text(text):\n    return [PATTERN]")
    assert text(ada, "s02_regex_split.py") == (
        "PATTERN = r'a'\n\n\ndef split_text(text):\n    return [PATTERN]\n"
    )
    assert "stage 2 from cells 2 and 3" in ada.problems[0]


def test_lines_that_only_ipython_understands(tmp_path: Path) -> None:
    shell = "files = !ls\n%matplotlib inline\nif True:\n    !nvidia-smi\n"
    assert "def rms_norm" in text(found(tmp_path, shell + NORM))


def test_a_cell_with_a_syntax_error_is_taken_for_the_verdict_to_explain(tmp_path: Path) -> None:
    broken = "def rms_norm(x, weight, eps)\n    return x"
    assert text(found(tmp_path, broken)) == broken


def test_files_win_over_notebooks(tmp_path: Path) -> None:
    ada = found(tmp_path, "%%stage 9\nx = 9", "%%stage 1\nx = 1", **{NINTH: b"file"})
    assert ada.files == {FIRST: b"x = 1", NINTH: b"file"}


def test_a_notebook_in_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "kata.zip"
    path.write_bytes(zipped({"kata/Copy of 1.ipynb": notebook("%%stage 9\nx = 9")}))
    ada = find_stage_files(HandIn("ada", (Source(path),), ()))
    assert ada.files == {NINTH: b"x = 9"}
    assert ada.problems == ["taken from the notebook kata/Copy of 1.ipynb: stage 9 from cell 2"]


def test_checkpoints_of_jupyter_are_no_notebooks(tmp_path: Path) -> None:
    old = {".ipynb_checkpoints/kata-checkpoint.ipynb": notebook("%%stage 1\nold = 1")}
    assert found(tmp_path, "%%stage 9\nx = 9", **old).files == {NINTH: b"x = 9"}


def test_a_notebook_without_a_stage(tmp_path: Path) -> None:
    ada = found(tmp_path, "print('hello')")
    assert ada.problems == ["kata.ipynb has no cell that defines a stage's function"]


@pytest.mark.parametrize("part", sorted(set(map(part_of, STAGES))))
def test_the_katas_own_notebooks_come_back_as_they_were_written(
    kata: Kata, tmp_path: Path, part: str
) -> None:
    stages = [one for one in STAGES if part_of(one) == part]
    made = json.dumps(notebook_of(kata, part, stages, "llama3-kata")).encode()
    write_folder(tmp_path, {"kata.ipynb": made})
    files = find_stage_files(HandIn("ada", (Source(tmp_path),), ())).files
    assert sorted(files) == sorted(f"{one.name}.py" for one in stages if one.has_code)
    for name, contents in files.items():
        ours, theirs = (
            ast.parse(one).body for one in (contents, kata.exercises.joinpath(name).read_bytes())
        )
        assert [ast.dump(node) for node in ours] == [ast.dump(node) for node in theirs[1:]]


NASTY = [
    b"",
    b"[]",
    b"{}",
    b"\xff\xfe",
    b"[" * 1_000_000,
    b'{"cells": [1]}',
    b'{"cells": [{"cell_type": "code", "source": 3}]}',
    b'{"cells": ' + b"[" * 100_000,
    b'{"cells": [], "x": ' + b'{"a":' * 100_000,
    bytes(10_000_001),
    notebook("\ud800"),
    notebook("x" * 500_001),
    notebook(*["x"] * 2_001),
]


@pytest.mark.parametrize("contents", NASTY, ids=range(len(NASTY)))
def test_what_is_not_a_notebook(tmp_path: Path, contents: bytes) -> None:
    write_folder(tmp_path, {"kata.ipynb": contents})
    ada = find_stage_files(HandIn("ada", (Source(tmp_path),), ()))
    (line,) = ada.problems
    assert ada.files == {} and line.startswith("kata.ipynb ") and len(line) < 200


DEEP = [
    "x = " + "(" * 50_000,
    "x = " + "-" * 50_000 + "1",
    "x = " + "+".join("1" * 50_000),
    "x = " + ".a" * 50_000,
    "x = f" + ".a" * 50_000,
    "x = f" + "()" * 50_000,
    "x = " + "[" * 90 + "]" * 90,
    "x = " + "lambda: " * 20_000 + "1",
    "\n".join("if 1:\n" + " " * (place + 1) for place in range(99)),
    "x = 1\x00",
    "%%writefile " + " " * 100_000,
    "%%stage 99\nx = 1",
    "%%stage 20\nx = 1",
    "x\r" * 10_000 + "def f(): pass",
    "import *\nfrom . import *\n",
    "from x import *",
    "y" * 100_000,
]


@pytest.mark.parametrize("cell", DEEP, ids=range(len(DEEP)))
def test_cells_made_to_do_harm(tmp_path: Path, cell: str) -> None:
    ada = found(tmp_path, cell, f"{cell}\n{NORM}", "%%stage 1\n" + cell, "%%stage 2\nx = 2")
    assert ada.files["s02_regex_split.py"] == b"x = 2"
    assert NINTH in ada.files
