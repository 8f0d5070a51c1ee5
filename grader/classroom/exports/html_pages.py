"""Web pages to open from disk: one per submission, and one for the class. They use no scripts and
no network."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grader.classroom.exports.class_statistics import averages, commonest, histogram, stage_bar
from grader.classroom.exports.safe_copies import StudentCopy, TeacherCopy
from grader.classroom.graded_submission import STATUS_WORDS, stage_title
from grader.stages import part_of, stage_of
from grader.verdict import StageVerdict, TestOutcome

MOST_SHOWN = 10  # of the mistakes, and of the tests that fail for another reason
OUTCOME_WORDS: dict[TestOutcome, str] = {
    "passed": "passed",
    "failed": "failed",
    "error": "failed",
    "skipped": "not run",
}
_TEMPLATES = Path(__file__).parent / "templates"
_PAGES = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def submission_page(one: StudentCopy) -> str:
    """Return the page of one submission: the map of stages, and why each failing test failed."""
    stages = {"part_of": part_of, "stage_of": stage_of, "stage_title": stage_title}
    return render_page("submission.html", one=one, outcome_words=OUTCOME_WORDS, **stages)


def class_page(graded: Sequence[TeacherCopy], pages: Sequence[str], seed: int) -> str:
    """Return the page of a class: the most common mistakes, and how each stage went.

    Args:
        graded: its submissions.
        pages: the paths of their pages, relative to this one.
        seed: the class's seed.
    """
    done = [one for one in graded if one.was_graded]
    verdicts: dict[int, list[StageVerdict]] = {}
    for one in done:
        for verdict in one.verdicts:
            verdicts.setdefault(verdict.number, []).append(verdict)
    return render_page(
        "class.html",
        count=len(graded),
        ungraded=len(graded) - len(done),
        averages=averages(done) if done else "",
        levels=sorted({one.level for one in graded}),
        seed=seed,
        totals=histogram(done),
        stages=[(stage_title(number), verdicts[number]) for number in sorted(verdicts)],
        stage_bar=stage_bar,
        mistakes=commonest(done, known=True)[:MOST_SHOWN],
        unnamed=commonest(done, known=False)[:MOST_SHOWN],
        submissions=zip(graded, map(quote, pages), strict=True),
    )


def render_page(template: str, **values: object) -> str:
    """Fill a template, and escape every value in it.

    The page's policy allows its own style sheet, by its hash, and nothing else: no script, no
    picture, no font, no address to load from, even if something should slip through the escaping.
    """
    style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    values |= {"style": style, "digest": digest, "status_words": STATUS_WORDS}
    return _PAGES.get_template(template).render(values)
