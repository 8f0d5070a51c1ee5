"""The grade on each page of a person, and which page the class's page leads to."""

from dataclasses import replace
from pathlib import Path

from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.overrides import Override
from grader.classroom.grades.people import PersonLine
from grader.classroom.grades.rules import GradeRules
from grader.tests.graded_people import run_of, submission, verdict, write_results

ADA = submission("Ada Lovelace", verdict(9, 6, 6), id="17")
BOTH = replace(ADA, key="both", students=({"name": "Ada"}, {"name": "Eve"}))


def pages(folder: Path, one: GradedSubmission, **rules: object) -> dict[str, str]:
    """Return the contents of the pages in a folder of results."""
    run = run_of(one, rules=GradeRules(**rules))  # type: ignore[arg-type]
    write_results(folder, run, one)
    found = folder.rglob("*.html")
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in found}


def override(name: str) -> tuple[Override, ...]:
    return (Override(PersonLine("", (name,)), 4, "an oral exam", None),)


def test_every_page_of_a_person_has_the_grade_and_why(tmp_path: Path) -> None:
    found = pages(tmp_path, ADA, overrides=override("Ada Lovelace"))
    whose = "submissions/ada-lovelace"
    for name in (f"{whose}/index.html", f"{whose}/teacher.html", "feedback/Ada_Lovelace.html"):
        told = "<strong>4 of 6 points</strong>", 'class="total">Your grade: 4 of 6 points<'
        assert told["teacher" not in name] in found[name], name
        assert "overridden by the teacher: an oral exam" in found[name], name
    assert "The grade of Ada Lovelace" in found[f"{whose}/teacher.html"]
    assert 'href="feedback/Ada_Lovelace.html"' in found["class.html"]
    assert f'href="{whose}/index.html"' not in found["class.html"]
    again = pages(tmp_path, ADA)
    assert not [name for name, text in again.items() if "an oral exam" in text]


def test_without_a_roster_the_page_of_the_submission_is_the_persons(tmp_path: Path) -> None:
    nameless = replace(ADA, students=())
    found = pages(tmp_path, nameless, overrides=override("Ada Lovelace"))
    assert "an oral exam" in found["submissions/ada-lovelace/index.html"]
    assert 'href="submissions/ada-lovelace/index.html"' in found["class.html"]


def test_what_one_member_of_a_group_gets_is_not_shown_to_the_others(tmp_path: Path) -> None:
    found = pages(tmp_path, BOTH, overrides=override("Eve"))
    assert "an oral exam" in found["feedback/Eve.html"]
    assert "an oral exam" not in found["feedback/Ada.html"] + found["submissions/both/index.html"]
    page = found["submissions/both/teacher.html"]
    assert "The grade of Eve" in page and "The grade of Ada" not in page
    both = pages(tmp_path, BOTH, weights={9: 3})
    assert ">Your grade: 3 of 3 points<" in both["submissions/both/index.html"]
