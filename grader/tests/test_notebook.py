"""The magics, in a real Jupyter kernel: what they show, and that it is what commands print."""

import ast
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from grader.learn.progress import Progress
from grader.notebook.message_parts import Pair, parts_of
from grader.stages import stage_of
from grader.tests.clone import clone_into
from grader.tests.notebook_kernel import Kernel, Shown, kernel_in
from grader.verdict import stage_as_dict

RIGHT = """def rms_norm(x, weight, eps):
    mean_square = x.float().pow(2).mean(-1, keepdim=True)
    return (x.float() * torch.rsqrt(mean_square + eps) * weight).to(x.dtype)
"""
EPS_OUTSIDE = RIGHT.replace("torch.rsqrt(mean_square + eps)", "1 / (mean_square.sqrt() + eps)")
MASK_SHIFTED = """def causal_mask(size):
    return torch.full((size, size), float("-inf")).triu(0)


def masked_attention(q, k, v):
    return unknown
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    clone = clone_into(tmp_path_factory.mktemp("kata"))
    with kernel_in(clone, "%load_ext grader") as started:
        yield started


def exercise(kernel: Kernel, name: str = "s09_rms_norm") -> str:
    return (kernel.clone.root / f"exercises/{name}.py").read_text(encoding="utf-8")


def graded(kernel: Kernel, number: int, code: str) -> Shown:
    shown = kernel.run(f"%%stage {number} --seed 5\n{code}")
    assert not shown.errors and not shown.raised, (shown.errors, shown.raised)
    return shown


def processes_about(root: Path) -> list[psutil.Process]:
    """Return the processes that grade for a kata."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = process.cmdline()
            found += (
                [process] if "grader.watch.watch_server" in words and str(root) in words else []
            )
    return found


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (9, EPS_OUTSIDE),
        (14, MASK_SHIFTED),
        (9, RIGHT.replace("return (", "return ((")),
        (9, "def rms_norm(x, weight, eps):\n    print('here')\n    return x.missing\n"),
        (9, "rms_norm = 9\n"),
    ],
)
def test_a_verdict_is_the_one_of_the_command_line(kernel: Kernel, number: int, code: str) -> None:
    shown = graded(kernel, number, code)
    assert kernel.checked(str(number), "--seed", "5") == shown.text


def test_what_is_saved_is_the_verdict_of_the_command_line(kernel: Kernel) -> None:
    graded(kernel, 9, EPS_OUTSIDE)
    saved = Progress(kernel.clone.kata).current(stage_of(9))
    assert saved is not None
    report = kernel.clone.run("check", "9", "--seed", "5", "--format", "json").stdout
    assert json.loads(report)["stages"] == json.loads(json.dumps([stage_as_dict(saved)]))


def test_a_wrong_stage_shows_values_mistake_and_the_way_to_a_hint(kernel: Kernel) -> None:
    heat = graded(kernel, 9, EPS_OUTSIDE).html
    for words in ("s09 RMS norm", "4 of 6 points", "rms_norm(x: float32 [6, 10]", "%hint 9"):
        assert words in heat, words
    assert "This is a known mistake: eps is added after the root, not before." in heat
    assert 'class="heat"' in heat and 'class="m3"' in heat
    pair = graded(kernel, 14, MASK_SHIFTED)
    (shown,) = [part for part in parts_of(pair.text) if isinstance(part, Pair)]
    wrong = sum(sum(row) for row in shown.wrong)
    assert wrong == pair.html.count('<td class="wrong">-inf*</td>') == 5
    line = MASK_SHIFTED.split("\n").index("    return unknown") + 2  # the cell's first is %%stage
    for form in (pair.text, pair.html):
        assert f"line {line}: return unknown" in form


def test_a_stage_that_passes_says_why_and_what_is_next(kernel: Kernel) -> None:
    shown = graded(kernel, 9, RIGHT)
    printed = kernel.checked("9", "--seed", "5")
    assert shown.text.startswith(printed.partition("\nWell done.")[0])
    for form in (shown.text, " ".join(shown.html.split())):
        assert "Next: s10 Rotations by position." in form and "%compare 9" in form
    assert "(as before)" in kernel.checked("9")


def test_the_cell_becomes_a_whole_file_and_the_version_before_is_kept(kernel: Kernel) -> None:
    before = "written = 'in an editor'\n"
    kernel.clone.write("s09_rms_norm", before)
    graded(kernel, 9, RIGHT)
    text = exercise(kernel)
    assert text.split("\n", 1)[1] == RIGHT
    assert (ast.get_docstring(ast.parse(text)) or "").startswith("Stage 9: RMS norm")
    kept = (kernel.clone.root / ".grader/kept/s09_rms_norm").glob("*.py")
    assert before in [path.read_text(encoding="utf-8") for path in kept]


def test_a_stub_is_graded_but_never_replaces_code(kernel: Kernel) -> None:
    stub = exercise(kernel, "s08_embedding")
    shown = graded(kernel, 8, stub)
    assert "not started" in shown.text and "%lesson 8" in shown.html
    assert exercise(kernel, "s08_embedding") == stub
    kernel.clone.write("s08_embedding", "mine = 1\n")
    refused = kernel.run(f"%%stage 8\n{stub}")
    assert "%code 8" in refused.errors and not refused.forms
    assert exercise(kernel, "s08_embedding") == "mine = 1\n"


def test_the_kernel_never_imports_torch_or_the_learners_code(kernel: Kernel) -> None:
    graded(kernel, 9, RIGHT)
    names = "[name for name in sys.modules if name.startswith(('torch', 'exercises', 'solutions'))]"
    assert kernel.run(f"import sys\nprint({names})").printed == "[]\n"


def test_hints_lesson_and_map(kernel: Kernel) -> None:
    first = kernel.run("%hint 10").forms["text/markdown"]
    assert "Hint 1 of 3" in first and "`%hint 10` shows the next one" in first
    assert "Hint 2 of 3" in kernel.run("%hint").text
    assert kernel.run("%hint 10 1").text.startswith(first.split("\n")[0])
    assert "haven't seen" in kernel.run("%hint 11 2").errors
    assert "# After 42" in kernel.run("%lesson after").text
    lesson = kernel.run("%lesson 9").forms
    assert lesson["text/markdown"].count("](data:image/svg+xml;base64,") == 2
    assert "mean(x²) + eps" in lesson["text/plain"] and "base64" not in lesson["text/plain"]
    assert "Hint 1" not in lesson["text/markdown"] and "%plot norm" in lesson["text/markdown"]
    shown = kernel.run("%map")
    for words in ("Text to tokens", "One layer", "of 20 stages done"):
        assert words in shown.text and words in shown.html


def test_programs_print_and_draw(kernel: Kernel) -> None:
    graded(kernel, 9, RIGHT)
    drawn = kernel.run("%plot norm")
    assert "data:image/png;base64," in drawn.html and "Your stages: 9." in drawn.printed
    assert "did you mean norm?" in kernel.run("%plot nrm").errors
    assert kernel.run("%grader hint 9 7").printed.strip().endswith("its hints are 1 to 3")
    same = [kernel.run(f"{cell} --seed 5").text for cell in ("%stage 9", "%check")]
    assert "passed" in same[0] and same[0] == same[1]


def test_what_users_get_wrong_is_said_in_one_line(kernel: Kernel) -> None:
    for cell, words in (
        ("%%stage\nx = 1", "which stage?"),
        ("%%stage 9\n\n", "the cell is empty"),
        ("%%stage 90\nx = 1", "no stage is called '90'"),
        ("%%stage 20\nx = 1", "%check 20"),
        ("%%stage 9 10\nx = 1", "is not a stage"),
    ):
        shown = kernel.run(cell)
        assert words in shown.errors and shown.errors.count("\n") == 1, cell
        assert not shown.raised


def test_an_interrupt_ends_the_grading_and_the_next_cell_is_graded(kernel: Kernel) -> None:
    graded(kernel, 9, RIGHT)
    stopping = threading.Thread(target=kernel.interrupt_after, args=(1.5,))
    stopping.start()
    shown = kernel.run("%%stage 9\ndef rms_norm(x, weight, eps):\n    while True:\n        pass")
    stopping.join()
    assert shown.errors == "Interrupted.\n" and not shown.forms
    assert "Still grading" in shown.printed
    interrupted = time.monotonic()
    assert "passed" in graded(kernel, 9, RIGHT).text
    assert time.monotonic() - interrupted < 8  # the loop alone would end after 10


def test_a_cell_with_the_learners_code_is_made(kernel: Kernel) -> None:
    graded(kernel, 9, RIGHT)
    shown = kernel.run("%code 9")
    assert not shown.errors and not shown.raised


def test_a_lost_grading_process_is_replaced_and_the_last_ends_with_the_kernel(
    tmp_path: Path,
) -> None:
    clone = clone_into(tmp_path)
    with kernel_in(clone, "%load_ext grader", warm=False) as kernel:
        first = kernel.run(f"%%stage 9 --seed 5\n{RIGHT}")
        assert "passed" in first.text and "Loading torch" not in first.printed
        for process in processes_about(clone.root):
            process.kill()
        lost = kernel.run(f"%%stage 9\n{EPS_OUTSIDE}")
        # If it was lost before the first grading had ended, another one has already started.
        assert "the grading process stopped" in lost.errors or "failed" in lost.text
        assert "failed" in graded(kernel, 9, EPS_OUTSIDE).text
        servers = processes_about(clone.root)
        assert servers
    _, alive = psutil.wait_procs(servers, timeout=20)
    assert not alive
