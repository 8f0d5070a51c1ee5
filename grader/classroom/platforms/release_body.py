"""What a student reads on the release of a submission, as Markdown that GitHub shows."""

import re
from collections import defaultdict

from grader.classroom.exports.clean import cleaned
from grader.classroom.exports.redact import redacted
from grader.classroom.exports.words import STATUS_WORDS, stage_title, total
from grader.classroom.graded_submission import GradedSubmission
from grader.verdict import StageVerdict

_LONGEST = 100_000  # characters; GitHub takes 125,000
_LONGEST_MESSAGE = 3_000


def as_release_body(graded: GradedSubmission) -> str:
    """Write a table of the stages, and below it each failing test with what it says."""
    one = redacted(cleaned(graded))
    lines = [f"### {total(one)}", "", *(f"- {_quoted(problem)}" for problem in one.problems)]
    lines += ["", "| stage | | points |", "|---|---|---|"]
    for verdict in one.verdicts:
        points = f"{verdict.points} / {verdict.max_points}"
        lines.append(
            f"| {stage_title(verdict.number)} | {STATUS_WORDS[verdict.status]} | {points} |"
        )
    text = "\n".join(lines) + "\n"
    for section in filter(None, map(_section, one.verdicts)):
        if len(text) + len(section) > _LONGEST:
            return text + "\n(There is more in result.json.)\n"
        text += section
    return text


def _section(verdict: StageVerdict) -> str:
    """Write what the failing tests of a stage say, once each; '' when none has failed."""
    names: dict[str, list[str]] = defaultdict(list)
    for test in verdict.tests:
        if test.outcome in ("failed", "error"):
            said = "\n\n".join(filter(None, (test.message, test.explanation)))
            names[said].append(test.name)
    if not names:
        return ""
    tests = (f"\n{', '.join(told)}\n\n{_fenced(said)}\n" for said, told in names.items())
    return f"\n#### {stage_title(verdict.number)}\n{''.join(tests)}"


def _fenced(text: str) -> str:
    """Write strangers' text as it is, below a fence that is nowhere in it."""
    shown = _cut(text)
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}text\n{shown}\n{fence}"


def _quoted(text: str) -> str:
    """Write strangers' text on one line, as code."""
    shown = _cut(text)
    fence = "`" * (_longest_run(shown) + 1)
    return f"{fence} {shown} {fence}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + " ..."


def _longest_run(text: str) -> int:
    """Count the backticks of the longest run of them."""
    return max(map(len, re.findall("`+", text)), default=0)
