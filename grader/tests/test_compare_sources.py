"""Two sources, side by side or one below the other."""

import io

import pytest
from rich.console import Console

from grader.compare.sources import CHANGED, REFERENCE, SAME, YOURS, Pair, paired, print_sources
from grader.kata import Kata
from grader.stages import stage_of
from grader.tests.clone import Clone, clone_into

REFERENCE_TEXT = '''"""A module."""

import math


def area(r):
    """Give the area."""
    square = r * r  # r²
    return math.pi * square
'''


def marks(yours: str, name: str = "area") -> list[tuple[str, str, str]]:
    pairs = paired(yours, REFERENCE_TEXT)[name]
    return [(pair.mark, pair.yours.strip(), pair.reference.strip()) for pair in pairs]


def test_docstrings_imports_blank_lines_and_comments_are_not_compared() -> None:
    yours = (
        "from math import pi\nimport math\n\n# the area\ndef area(r):\n"
        "    square = r * r\n\n    # and now\n    return math.pi * square  # done\n"
    )
    pairs = marks(yours)
    assert {mark for mark, _, _ in pairs} == {SAME}
    assert ("", "# and now", "") not in pairs and (SAME, "# and now", "") in pairs
    assert (SAME, "square = r * r", "square = r * r  # r²") in pairs
    assert not any("import" in text or '"""' in text for pair in pairs for text in pair)


def test_lines_end_where_python_ends_them() -> None:
    yours = REFERENCE_TEXT.replace("# r²", "# a form feed: \f, and U+2028: \u2028")
    assert [mark for mark, _, _ in marks(yours)] == [SAME] * 3


def test_similar_lines_are_paired() -> None:
    yours = "def area(r):\n    x = 0\n    square = r * r * 1\n    return math.pi * square\n"
    assert marks(yours) == [
        (SAME, "def area(r):", "def area(r):"),
        (YOURS, "x = 0", ""),
        (CHANGED, "square = r * r * 1", "square = r * r  # r²"),
        (SAME, "return math.pi * square", "return math.pi * square"),
    ]


def test_lines_that_only_one_side_has() -> None:
    assert marks("def area(r):\n    return math.pi * square\n")[1] == (
        REFERENCE,
        "",
        "square = r * r  # r²",
    )
    helper = "def _double(x):\n    return x + x\n\n\nTWO = 2\n"
    found = paired(REFERENCE_TEXT + helper, REFERENCE_TEXT)
    assert list(found) == ["area", "_double", "TWO"]
    assert found["TWO"] == [Pair(YOURS, "TWO = 2", "")]
    assert {pair.mark for pair in found["_double"]} == {YOURS}


@pytest.fixture
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    clone = clone_into(tmp_path_factory.mktemp("kata"))
    clone.solve("s11_rotate")
    path = clone.root / "exercises/s11_rotate.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("turned = ", "y = ").replace("(turned)", "(y)"), encoding="utf-8")
    return clone


def shown(kata: Kata, width: int, terminal: bool) -> list[str]:
    file = io.StringIO()
    console = Console(
        file=file, width=width, force_terminal=terminal, color_system=None, soft_wrap=True
    )
    print_sources(console, kata, stage_of(11))
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [100, 120, 200])
def test_a_wide_terminal_shows_them_side_by_side(clone: Clone, width: int) -> None:
    lines = shown(clone.kata, width, terminal=True)
    assert max(map(len, lines)) <= width
    assert lines[0] == "Sources: | differs, < only yours, > only the reference's"
    (heading,) = (line for line in lines if line.startswith("yours"))
    (changed,) = (line for line in lines if line.strip().startswith("y = "))
    assert heading.index("the reference") == changed.index("    turned = ")
    assert changed[heading.index("the reference") - 2] == CHANGED


@pytest.mark.parametrize(("width", "terminal"), [(80, True), (99, True), (120, False)])
def test_elsewhere_one_comes_below_the_other(clone: Clone, width: int, terminal: bool) -> None:
    lines = shown(clone.kata, width, terminal)
    assert lines[0] == "Sources: - yours, + the reference"
    assert not terminal or max(map(len, lines)) <= width
    first = lines.index("-     y = torch.view_as_complex(pairs) * freqs_cis  # [..., T, d/2]")
    assert [line[:10] for line in lines[first : first + 4]] == [
        "-     y = ",
        "-     retu",
        "+     turn",
        "+     retu",
    ]
    assert "  def rotate(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:" in lines


def test_a_very_narrow_terminal_wraps_lines_after_their_marks(clone: Clone) -> None:
    lines = shown(clone.kata, 50, terminal=True)
    first = lines.index("-     y = torch.view_as_complex(pairs) * freqs_cis")
    assert lines[first + 1] == "-         # [..., T, d/2]"
    assert max(len(line) for line in lines[2:]) <= 50


def test_invalid_python_leaves_only_the_reference(clone: Clone) -> None:
    clone.write("s11_rotate", "def rotate(:\n")
    lines = shown(clone.kata, 80, terminal=False)
    assert (
        lines[0] == "exercises/s11_rotate.py is not valid Python, so here is the reference alone:"
    )
    assert "+     turned = torch.view_as_complex(pairs) * freqs_cis  # [..., T, d/2]" in lines


def test_a_byte_order_mark_is_not_part_of_the_code(clone: Clone) -> None:
    before = shown(clone.kata, 80, terminal=False)
    path = clone.kata.exercise(stage_of(11))
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert shown(clone.kata, 80, terminal=False) == before
