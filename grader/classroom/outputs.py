"""The files that a graded class becomes, each written whole or not at all.

gradebook.csv canvas.csv moodle.csv   points, for teachers and for course systems
class.html                            the class at a glance
submissions/KEY/                      index.html, result.json, gradescope.json, junit.xml
graded.jsonl                          everything, for `grader class merge`
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from grader.classroom.exports.canvas import as_canvas
from grader.classroom.exports.gradebook import as_gradebook
from grader.classroom.exports.gradescope import as_gradescope
from grader.classroom.exports.junit_xml import as_submission_junit
from grader.classroom.exports.moodle import as_moodle
from grader.classroom.exports.pages.overview import class_page
from grader.classroom.exports.pages.submission import submission_page
from grader.classroom.exports.whole import as_whole_json
from grader.classroom.graded_submission import GradedSubmission
from grader.files import write_whole
from grader.verdict import whole_stage_from_dict

CLASS_PAGE, GRADEBOOK = "class.html", "gradebook.csv"
_GRADED = "graded.jsonl"
_PAGES = "submissions"


def write_submission(out: Path, one: GradedSubmission) -> None:
    """Write the files of one submission."""
    folder = out / _PAGES / one.key
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "index.html", submission_page(one))
    write_whole(folder / "result.json", as_whole_json(one) + "\n")
    write_whole(folder / "gradescope.json", as_gradescope(one) + "\n")
    write_whole(folder / "junit.xml", as_submission_junit(one) + "\n")


def forget_class(out: Path) -> None:
    """Take away what would pass an earlier run's results for those of one that was ended."""
    (out / _GRADED).unlink(missing_ok=True)


def write_class(out: Path, graded: Sequence[GradedSubmission], assignment: str) -> None:
    """Write the files of the class; those of its submissions are there already.

    Args:
        graded: in the order in which the class is listed.
        assignment: what the gradebooks of course systems call it.
    """
    pages = {one.key: f"{_PAGES}/{one.key}/index.html" for one in graded}
    write_whole(out / _GRADED, "".join(json.dumps(asdict(one)) + "\n" for one in graded))
    write_whole(out / GRADEBOOK, as_gradebook(graded))
    write_whole(out / "canvas.csv", as_canvas(graded, assignment))
    write_whole(out / "moodle.csv", as_moodle(graded, assignment))
    write_whole(out / CLASS_PAGE, class_page(graded, pages))


def read_graded(out: Path) -> list[GradedSubmission]:
    """Read the results that `write_class` has kept.

    Raises:
        OSError, ValueError: when they are not there, or not whole.
    """
    lines = (out / _GRADED).read_text(encoding="utf-8").splitlines()
    return [_graded_from(json.loads(line)) for line in lines]


def _graded_from(kept: dict[str, object]) -> GradedSubmission:
    verdicts, problems = kept["verdicts"], kept["problems"]
    assert isinstance(verdicts, list) and isinstance(problems, list)
    plain = {**kept, "verdicts": tuple(map(whole_stage_from_dict, verdicts))}
    return GradedSubmission(**{**plain, "problems": tuple(problems)})  # type: ignore[arg-type]
