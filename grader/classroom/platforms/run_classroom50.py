"""Grade for Classroom 50: `autograder.py` starts this with the folders of bundle and checkout.

It writes `result.json` and `release-body.md` into the checkout, and exits with 0 after grading,
whatever the score. With any other code the runner records that grading itself has failed. GitHub
executes some lines of a log, so this log contains nothing that the student's code printed or
raised.
"""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from grader.classroom.exports.submission_results import as_classroom50, as_release_body
from grader.classroom.graded_submission import stage_line
from grader.classroom.platforms.bundle import settings_of
from grader.classroom.platforms.grade_one_submission import grade_one_submission
from grader.classroom.safe_copies import student_copy
from grader.errors import UsageError
from grader.write_files import write_whole


def main() -> int:
    """Grade the checkout, and return the exit code."""
    bundle, checkout = map(Path, sys.argv[1:])
    try:
        hand_in = hand_in_of(os.environ)
        graded = grade_one_submission(checkout, settings_of(bundle))
    except UsageError as error:
        print(f"::error::grader: {error}")
        return 1
    for_student = student_copy(graded)
    write_whole(checkout / "result.json", as_classroom50(for_student, hand_in))
    write_whole(checkout / "release-body.md", as_release_body(for_student))
    print(f"{graded.total}, seed {graded.seed}, {graded.level}")
    print("\n".join(map(stage_line, graded.verdicts)))
    return 0


def hand_in_of(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the runner knows about the submission, by the names of `result.json`."""

    def said(name: str) -> str:
        value = environment.get(name, "")
        if not value:
            raise UsageError(
                f"{name} is not set: only Classroom 50's runner, which sets it, can start this"
            )
        return value

    kind = environment.get("ASSIGNMENT_TYPE", "")
    # The runner replaces these by the time of the commit and the time of its own clock.
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "classroom": said("CLASSROOM"),
        "assignment": said("ASSIGNMENT"),
        "assignment_type": kind if kind in ("group", "team") else "individual",
        "owner": said("OWNER"),
        "submission": said("SUBMISSION_TAG"),
        "commit": said("COMMIT_URL"),
        "release": said("RELEASE_URL"),
        "review": environment.get("REVIEW_URL") or said("COMMIT_URL"),
        "datetime": now,
        "graded_at": now,
    }


if __name__ == "__main__":
    sys.exit(main())
