"""One submission as JUnit XML, hidden tests without their messages."""

from grader.classroom.exports.clean import cleaned
from grader.classroom.exports.redact import redacted
from grader.classroom.graded_submission import GradedSubmission
from grader.report.junit import as_junit
from grader.verdict import Report


def as_submission_junit(graded: GradedSubmission) -> str:
    """Write the verdicts on one submission as `grader check --format junit` writes a report."""
    one = redacted(cleaned(graded))
    return as_junit(Report(one.seed, one.key, one.verdicts), locked_down=one.level)
