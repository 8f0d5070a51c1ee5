"""The page of a class: how each stage went, and what to teach again."""

from collections.abc import Mapping, Sequence
from statistics import mean, median
from urllib.parse import quote

from grader.classroom.exports.clean import cleaned
from grader.classroom.exports.pages.bars import histogram, stage_bar
from grader.classroom.exports.pages.counts import commonest_mistakes, commonest_unnamed
from grader.classroom.exports.pages.render import render
from grader.classroom.exports.words import STATUS_WORDS, stage_title, total
from grader.classroom.graded_submission import GradedSubmission
from grader.verdict import StageVerdict

MOST_SHOWN = 10  # of the mistakes, and of the tests that fail for reasons nobody has named


def class_page(graded: Sequence[GradedSubmission], pages: Mapping[str, str]) -> str:
    """Write the page of a class, for the teacher.

    Args:
        graded: the class, in the order in which it is listed.
        pages: where the page of a submission lies, by its key: a path relative to this page.
    """
    clean = [cleaned(one) for one in graded]
    links = [_address(pages.get(one.key, "")) for one in graded]
    done = [one for one in clean if one.was_graded]
    return render(
        "class.html",
        count=len(clean),
        ungraded=len(clean) - len(done),
        middle=_middle(done),
        levels=sorted({one.level for one in clean}),
        seeds=sorted({one.seed for one in clean}),
        totals=histogram(done),
        stages=_stages(done),
        status_words=STATUS_WORDS,
        mistakes=commonest_mistakes(done)[:MOST_SHOWN],
        unnamed=commonest_unnamed(done)[:MOST_SHOWN],
        submissions=[_submission(one, link) for one, link in zip(clean, links, strict=True)],
    )


def _address(path: str) -> str:
    """Write a path as an address; bytes of a file name that are no text stay those bytes."""
    return quote(path, errors="surrogateescape")


def _middle(done: Sequence[GradedSubmission]) -> str:
    """Say the mean and the median of the points."""
    if not done:
        return ""
    points = [one.points for one in done]
    possible = max(one.max_points for one in done)
    return f"Mean {mean(points):.1f}, median {median(points):g}, of {possible} points."


def _stages(done: Sequence[GradedSubmission]) -> list[dict[str, object]]:
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


def _submission(one: GradedSubmission, link: str) -> dict[str, object]:
    passed = sum(verdict.status == "passed" for verdict in one.verdicts)
    stages = f"{passed} of {len(one.verdicts)} stages passed" if one.was_graded else ""
    return {"one": one, "link": link, "total": total(one), "stages": stages}
