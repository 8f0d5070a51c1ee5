"""Web pages to open from disk: two per submission, and one for the class. They use no scripts and
no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from grader.classroom.exports.class_statistics import averages, commonest, histogram, stage_bar
from grader.classroom.exports.shown_names import with_distinct_names
from grader.classroom.graded_submission import STATUS_WORDS, GradedSubmission, stage_title
from grader.classroom.grades.class_rows import ClassRow, grades_of
from grader.classroom.safe_copies import StudentCopy, TeacherCopy
from grader.classroom.submission_names import listed
from grader.report.html_page import HtmlPages
from grader.report.plain_text import one_line
from grader.stages import part_of, stage_of
from grader.verdict import StageVerdict, TestOutcome

MOST_SHOWN = 10  # of the mistakes, and of the tests that fail for another reason
OUTCOME_WORDS: dict[TestOutcome, str] = {
    "passed": "passed",
    "failed": "failed",
    "error": "failed",
    "skipped": "not run",
}
_PAGES = HtmlPages(Path(__file__).parent / "templates", "style.css")


@dataclass(frozen=True)
class Links:
    """The paths of a row's two pages, relative to the page of the class."""

    student: str
    teacher: str


def submission_page(one: StudentCopy, grade: str = "", remarks: Sequence[str] = ()) -> str:
    """Return the page of one submission: the map of stages, and why each failing test failed.

    Args:
        one: the submission.
        grade: what one person gets for it, in words; shown if something else than the tests counts.
        remarks: what it depends on, a sentence each.
    """
    said = grade != one.total or remarks
    grades = [("Your grade", grade, remarks)] if grade and said else []
    return _page_of(one, grades=grades, repeat=None)


def teacher_page(one: TeacherCopy, repeat: str, rows: Sequence[ClassRow] = ()) -> str:
    """Return the page of one submission with hidden tests and everything that the code printed.

    Args:
        one: the submission.
        repeat: the command that grades it again, '' if there is nothing to grade.
        rows: whose it is; their grades are shown if something else than the tests counts.
    """
    told = [row for row in rows if has_own_grade(row)]
    return _page_of(
        one,
        grades=[(f"The grade of {row.name}", row.total, row.remarks) for row in told],
        repeat=repeat,
    )


def has_own_grade(row: ClassRow) -> bool:
    """Return whether something else than the tests counts for somebody who handed in."""
    return row.result is not None and (row.total != row.result.total or bool(row.remarks))


def _page_of(one: GradedSubmission, **values: object) -> str:
    stages = {"part_of": part_of, "stage_of": stage_of, "stage_title": stage_title}
    return render_page("submission.html", one=one, outcome_words=OUTCOME_WORDS, **stages, **values)


def class_page(
    people: Sequence[ClassRow],
    links: Sequence[Links | None],
    seed: int,
    nearest: Mapping[str, Sequence[str]],
) -> str:
    """Return the page of a class: its people, the most common mistakes, how each stage went.

    Args:
        people: its rows.
        links: the pages of each row; None if nothing was handed in.
        seed: the class's seed.
        nearest: the names in the roster that look most like a submission's, by its key.
    """
    graded = list({row.result.key: row.result for row in people if row.result}.values())
    done = [one for one in graded if one.was_graded]
    grades = grades_of(people)
    verdicts: dict[int, list[StageVerdict]] = {}
    for one in done:
        for verdict in one.verdicts:
            verdicts.setdefault(verdict.number, []).append(verdict)
    has_roster = any(row.columns for row in people)
    quoted = [one and Links(quote(one.student), quote(one.teacher)) for one in links]
    people = with_distinct_names(people)
    linked = list(zip(people, quoted, strict=True))
    return render_page(
        "class.html",
        count=len(graded),
        ungraded=len(graded) - len(done),
        averages=averages(grades) if grades else "",
        levels=sorted({one.level for one in graded}),
        seed=seed,
        totals=histogram(grades),
        stages=[(stage_title(number), verdicts[number]) for number in sorted(verdicts)],
        stage_bar=stage_bar,
        mistakes=commonest(done, known=True)[:MOST_SHOWN],
        unnamed=commonest(done, known=False)[:MOST_SHOWN],
        unmatched=[(row, link) for row, link in linked if has_roster and not row.columns],
        known=[
            (row, link) for row, link in linked if row.result and (row.columns or not has_roster)
        ],
        nearest={key: listed(map(one_line, names)) for key, names in nearest.items()},
        absent=[(row, None) for row in people if row.is_absent and not row.is_pending],
        pending=[(row, None) for row in people if row.is_pending],
    )


def render_page(template: str, **values: object) -> str:
    """Fill a template, and escape every value in it.

    The page's policy allows its own style sheet, by its hash, and nothing else: no script, no
    picture, no font, no address to load from, even if something should slip through the escaping.
    """
    return _PAGES.page(template, status_words=STATUS_WORDS, **values)
