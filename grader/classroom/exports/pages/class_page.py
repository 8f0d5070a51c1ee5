"""The page of a class: how each stage went, and what to teach again."""

from collections.abc import Sequence
from statistics import mean, median
from urllib.parse import quote

from grader.classroom.exports.pages.class_statistics import (
    commonest_failures,
    commonest_mistakes,
    histogram,
    stage_bar,
)
from grader.classroom.exports.pages.render import render
from grader.classroom.exports.safe_text import TeacherCopy
from grader.classroom.graded_submission import STATUS_WORDS, stage_title
from grader.verdict import StageVerdict

MOST_SHOWN = 10  # of the mistakes, and of the tests that fail for reasons nobody has named


def class_page(graded: Sequence[TeacherCopy], pages: Sequence[str]) -> str:
    """Write the page of a class, for the teacher.

    Args:
        graded: the class, in the order in which it is listed.
        pages: where the page of each submission lies, as a path relative to this page.
    """
    done = [one for one in graded if one.was_graded]
    return render(
        "class.html",
        count=len(graded),
        ungraded=len(graded) - len(done),
        middle=_middle(done),
        levels=sorted({one.level for one in graded}),
        seeds=sorted({one.seed for one in graded}),
        totals=histogram(done),
        stages=_stages(done),
        status_words=STATUS_WORDS,
        mistakes=commonest_mistakes(done)[:MOST_SHOWN],
        unnamed=commonest_failures(done)[:MOST_SHOWN],
        submissions=[_row(one, page) for one, page in zip(graded, pages, strict=True)],
    )


def _middle(done: Sequence[TeacherCopy]) -> str:
    """Return the mean and the median of the points, in words."""
    if not done:
        return ""
    points = [one.points for one in done]
    possible = max(one.max_points for one in done)
    return f"Mean {mean(points):.1f}, median {median(points):g}, of {possible} points."


def _stages(done: Sequence[TeacherCopy]) -> list[dict[str, object]]:
    verdicts: dict[int, list[StageVerdict]] = {}
    for one in done:
        for verdict in one.verdicts:
            verdicts.setdefault(verdict.number, []).append(verdict)
    return [
        {
            "title": stage_title(number),
            "bar": stage_bar(verdicts[number]),
            "mean": f"{mean(verdict.points for verdict in verdicts[number]):.1f}",
            "of": max(verdict.max_points for verdict in verdicts[number]),
        }
        for number in sorted(verdicts)
    ]


def _row(one: TeacherCopy, page: str) -> dict[str, object]:
    passed = f"{one.stages_passed} of {len(one.verdicts)} stages passed"
    return {"one": one, "link": quote(page), "stages": passed if one.was_graded else ""}
