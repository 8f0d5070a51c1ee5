"""Lessons hold together: links lead somewhere, and nothing is forgotten."""

import re
from pathlib import Path

import pytest

from grader.home import find_kata
from grader.stages import STAGES

KATA = find_kata(Path(__file__).parent)
PAGES = sorted([*(KATA.root / "lessons").glob("*.md"), *KATA.root.glob("*.md")])
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    targets = _LINK.findall(page.read_text(encoding="utf-8"))
    files = [target for target in targets if not target.startswith(("http://", "https://"))]
    assert [target for target in files if not (page.parent / target).exists()] == []


def test_coverage_names_every_stage() -> None:
    text = (KATA.root / "lessons/coverage.md").read_text(encoding="utf-8")
    assert [stage.name for stage in STAGES if f"({stage.name}.md)" not in text] == []


def test_lessons_and_the_table_agree_on_minutes() -> None:
    for stage in STAGES:
        text = KATA.lesson(stage).read_text(encoding="utf-8")
        assert f"{stage.minutes} minutes, " in " ".join(text.split()), stage.name


def test_hints_fold_on_github() -> None:
    for stage in STAGES:
        text = KATA.lesson(stage).read_text(encoding="utf-8")
        assert text.count("<details>") == text.count("</details>") == 3, stage.name
        # GitHub renders Markdown inside the fold only after a blank line.
        assert len(re.findall(r"</summary>\n\n", text)) == 3, stage.name
