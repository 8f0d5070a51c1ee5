"""What `grader author` says about files: each check fails on a clone broken in that way."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.author import kata_problems
from grader.author.colab_badges import address_of_notebooks, with_badge
from grader.author.file_problems import missing_files, row_problems, stub_problems
from grader.author.kata_problems import coverage_problems, readme_problems, table_problems
from grader.author.lesson_problems import anchors_of, hint_problems, lesson_problems, link_problems
from grader.calls.stage_modules import reference_modules
from grader.kata import Kata
from grader.learn.lesson import read_lesson
from grader.stages import CORE_STAGES, STAGES, stage_of
from grader.tests.clone import clone_into

LESSON = "lessons/s09_rms_norm.md"
SOLUTION = "solutions/s09_rms_norm.py"
HINT_3 = "`torch.rsqrt(t)` is `1 / sqrt(t)`."
Edit = Callable[[str], str]


@pytest.fixture
def kata(tmp_path: Path) -> Kata:
    return clone_into(tmp_path).kata


def swap(old: str, new: str) -> Edit:
    """Return an edit that fails if it finds nothing to replace."""

    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return edit


def edit(kata: Kata, name: str, change: Edit) -> None:
    path = kata.root / name
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def the_one(problems: list[str], *words: str) -> None:
    """Check that there is one problem, and that it contains these words."""
    assert len(problems) == 1, problems
    assert [word for word in words if word not in problems[0]] == [], problems[0]


@pytest.mark.parametrize(
    "name", [LESSON, SOLUTION, "exercises/s09_rms_norm.py", "tests/test_s09_rms_norm.py"]
)
def test_a_missing_or_empty_file_is_named(kata: Kata, name: str) -> None:
    assert missing_files(kata, stage_of(9)) == []
    edit(kata, name, lambda text: "\n")
    the_one(missing_files(kata, stage_of(9)), f"{name} is missing or only started: ")
    (kata.root / name).unlink()
    the_one(missing_files(kata, stage_of(9)), f"{name} is missing or only started: ")


def test_stage_20_needs_only_a_lesson_and_a_suite(kata: Kata) -> None:
    assert missing_files(kata, stage_of(20)) == []
    kata.suite(stage_of(20)).unlink()
    the_one(missing_files(kata, stage_of(20)), "tests/test_s20_the_answer.py is missing")


def test_a_stub_that_has_drifted_is_named(kata: Kata) -> None:
    edit(kata, "exercises/s09_rms_norm.py", swap("eps: float", "eps"))
    the_one(
        stub_problems(kata, stage_of(9)),
        "exercises/s09_rms_norm.py is not solutions/s09_rms_norm.py without its code",
        "`python -m grader.author.write_stubs`",
    )
    edit(kata, "exercises/s09_rms_norm.py", lambda text: text + "mine = 1\n")
    the_one(stub_problems(kata, stage_of(9)), "`grader reset 9` puts the stub there and keeps")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (swap("def rms_norm", "def norm"), "has the functions norm, but the row of stage 9"),
        (
            swap("import torch\n", "import torch\nfrom solutions.s08_embedding import embed\n"),
            "s08",
        ),
        (lambda text: re.sub(r'    """Scale.*?"""\n', "", text, flags=re.DOTALL), "no docstring"),
    ],
)
def test_a_solution_that_disagrees_with_the_table_is_named(
    kata: Kata, change: Edit, words: str
) -> None:
    edit(kata, SOLUTION, change)
    the_one(row_problems(kata, stage_of(9)), SOLUTION, words)


def test_a_stage_that_uses_what_it_does_not_import_is_named(kata: Kata) -> None:
    row = replace(stage_of(9), uses=(8,))
    the_one(row_problems(kata, row), "imports from nothing, but `uses`", "has s08")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (swap("# Stage 9: ", "# "), "does not start with '# Stage 9: '"),
        (swap("## By hand", "## Numbers"), "has no section 'By hand'"),
        (swap("## Why the reference is written this way", "## Why"), "has no section 'Why the ref"),
        (swap("(pictures/s09", "(pictures/s10"), "not show pictures/s09_rms_norm.svg"),
        (
            lambda text: re.sub(r"!\[[^]]*\]\(pictures/s09", "![A norm.](pictures/s09", text),
            "s09_rms_norm.svg in 2 words",
        ),
        (swap("About 10 minutes", "About 11 minutes"), "does not say 'About 10 minutes, "),
        (lambda text: text.replace("</details>", "", 1), "a <details> is not closed"),
        (swap("where to look</summary>\n\n", "where to look</summary>\n"), "no empty line"),
    ],
)
def test_what_a_lesson_is_missing_is_named(kata: Kata, change: Edit, words: str) -> None:
    edit(kata, LESSON, change)
    the_one(lesson_problems(kata, stage_of(9)), LESSON, words)


def test_a_lesson_has_a_badge_where_the_notebooks_are_published(kata: Kata) -> None:
    before = (kata.root / LESSON).read_text(encoding="utf-8")
    edit(kata, "pyproject.toml", swap('colab = ""', 'colab = "https://example.org/kata/"'))
    the_one(lesson_problems(kata, stage_of(9)), LESSON, "`python -m grader.author.colab_badges`")
    edit(kata, LESSON, lambda text: with_badge(text, stage_of(9), address_of_notebooks(kata)))
    badge = (kata.root / LESSON).read_text(encoding="utf-8").splitlines()[2]
    assert badge.endswith("](https://example.org/kata/3-one-layer.ipynb)")
    assert lesson_problems(kata, stage_of(9)) == []
    assert read_lesson(kata, stage_of(9)) == before  # in a terminal and a notebook, there is none
    edit(kata, "pyproject.toml", swap("https://example.org/kata/", ""))
    the_one(lesson_problems(kata, stage_of(9)), LESSON, "`python -m grader.author.colab_badges`")


@pytest.mark.parametrize(
    ("line", "width"),
    [("x" * 77, 77), ("─" * 77, 77), ("四" * 39, 78)],
    ids=["letters", "a drawing", "wide letters"],
)
def test_code_that_80_columns_would_break_is_named(kata: Kata, line: str, width: int) -> None:
    fine = f"{'prose ' * 20}\n\n```text\n{'─' * 76}\n"
    edit(kata, LESSON, lambda lesson: f"{lesson}\n{fine}{line}\n```\n")
    number = (kata.root / LESSON).read_text(encoding="utf-8").splitlines().index(line) + 1
    problems = lesson_problems(kata, stage_of(9))
    the_one(problems, f"{LESSON}:{number} is a line of code {width} columns wide: break it so")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (swap("Hint 2: what to do", "Hint 2: more"), "it needs ['Hint 1: where to look', "),
        (lambda text: re.sub(r"(?s)Take the mean.*?in one step\.", "", text), "is empty"),
        (swap(HINT_3, "`x32 = x.float( )`, and so on."), "away, `x32 = x.float()`: say it in"),
        (swap(HINT_3, "Back: `(normalized\n* weight).to(x.dtype)`."), "gives the answer away"),
    ],
)
def test_a_hint_that_is_missing_empty_or_the_answer_is_named(
    kata: Kata, change: Edit, words: str
) -> None:
    edit(kata, LESSON, change)
    the_one(hint_problems(kata, stage_of(9)), LESSON, words)


def test_a_hint_that_contains_a_graded_constant_is_named(kata: Kata) -> None:
    stage = stage_of(2)
    assert hint_problems(kata, stage) == []
    pattern = reference_modules(kata.solutions).module(2).PATTERN
    change = swap("to look</summary>\n\n", f"to look</summary>\n\n`{pattern}`: ")
    edit(kata, f"lessons/{stage.name}.md", change)
    the_one(hint_problems(kata, stage), "'Hint 1: where to look' gives the answer away, `(?i:'s|")


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("[x](nowhere.md)", "links to nowhere.md, which does not exist"),
        ("![x](pictures/nowhere.svg)", "links to pictures/nowhere.svg, which does not exist"),
        ("[x](#by-foot)", "links to #by-foot, but s09_rms_norm.md has no such heading"),
        ("[x](coverage.md#third)", "but coverage.md has no such heading"),
        ("[x](https://nowhere)", "which is not a web address"),
        ("[x](htp://example.org/x)", "which is not a web address"),
    ],
)
def test_a_broken_link_is_named(kata: Kata, link: str, why: str) -> None:
    edit(kata, LESSON, lambda text: f"{text}\n{link}\n")
    the_one(link_problems(kata, kata.root / LESSON), f"{LESSON} links to ", why)


def test_working_links_are_no_problem(kata: Kata) -> None:
    links = "[a](#by-hand) [b](coverage.md#the-first-walk-through) [c](https://example.org/a#b)"
    code = "```text\n[d](nowhere.md)\n```\n`[e](nowhere.md)` [`f`](coverage.md)"
    edit(kata, LESSON, lambda text: f"{text}\n{links}\n\n{code}\n")
    assert link_problems(kata, kata.root / LESSON) == []


def test_anchors_are_those_of_github(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# `grader plot`, finally\n\n## Common errors\n## Common errors\n",
        encoding="utf-8",
    )
    assert anchors_of(page) == {"grader-plot-finally", "common-errors", "common-errors-1"}


def test_a_stage_missing_from_the_coverage_is_named(kata: Kata) -> None:
    edit(kata, "lessons/coverage.md", swap("(s09_rms_norm.md)", "(s08_embedding.md)"))
    the_one(coverage_problems(kata), "lessons/coverage.md does not link to s09_rms_norm")


def test_a_bonus_stage_may_be_missing_from_the_coverage(
    kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    bonus = replace(STAGES[8], number=22, slug="other", bonus=True)
    monkeypatch.setattr(kata_problems, "STAGES", (*STAGES, bonus))
    assert coverage_problems(kata) == []


def test_a_readme_without_its_test_command_is_named(kata: Kata) -> None:
    page = kata.root / "README.md"
    command = "<!-- test command -->\n```bash\npython -m pytest\n```\n<!-- end -->\n"
    page.write_text(command, encoding="utf-8")
    assert readme_problems(kata) == []
    page.write_text(command + command, encoding="utf-8")
    the_one(readme_problems(kata), "README.md has 2 commands between its marks")
    page.write_text(command.replace("test command", "tests"), encoding="utf-8")
    the_one(readme_problems(kata), "README.md has 0 commands between its marks")


def test_a_table_out_of_order_or_with_other_points_is_named() -> None:
    assert table_problems(STAGES) == []
    first, *rest = CORE_STAGES
    poorer = [replace(first, points=first.points - 1), *rest]
    the_one(table_problems(poorer), "gives 99 points for s01 to s20")
    swapped = [rest[0], first, *rest[1:]]
    the_one(table_problems(swapped), "does not number its stages 1, 2, 3, ..., 20")
    gap, points = table_problems(rest)
    assert "does not number its stages" in gap and "for s01 to s20" in points


def test_bonus_stages_ascend_with_gaps_and_their_points_do_not_count() -> None:
    bonus = replace(CORE_STAGES[-1], number=21, points=3, bonus=True)
    later = replace(bonus, number=29)
    assert table_problems([*CORE_STAGES, bonus, later]) == []
    for wrong in ([later, bonus], [bonus, bonus]):
        the_one(table_problems([*CORE_STAGES, *wrong]), "its bonus stages in the order")
    unmarked = replace(bonus, bonus=False)
    the_one(table_problems([*CORE_STAGES, unmarked]), "bonus=False for s21_the_answer")
    marked = replace(CORE_STAGES[0], bonus=True)
    told = table_problems([marked, *CORE_STAGES[1:]])
    the_one(told, "bonus=True for s01_vocabulary: only stages after s20 are a bonus")
