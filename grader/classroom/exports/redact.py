"""What the author of a submission may see of its verdict."""

from dataclasses import replace

from grader.classroom.graded_submission import GradedSubmission
from grader.verdict import StageVerdict, TestVerdict

HIDDEN = "This test is hidden."


def redacted(graded: GradedSubmission) -> GradedSubmission:
    """Give a graded submission whose hidden tests have kept their names, outcomes and points."""
    return replace(graded, verdicts=tuple(_redact_stage(verdict) for verdict in graded.verdicts))


def _redact_stage(verdict: StageVerdict) -> StageVerdict:
    if not any(test.hidden for test in verdict.tests):
        return verdict
    tests = tuple(_redact_test(test) if test.hidden else test for test in verdict.tests)
    # Code can print the inputs that it is called with, and nobody knows which test they are of.
    return replace(verdict, tests=tests, printed="")


def _redact_test(test: TestVerdict) -> TestVerdict:
    message = "" if test.outcome == "passed" else HIDDEN
    return replace(test, message=message, mistake=None, explanation="")
