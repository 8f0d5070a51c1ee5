"""What Classroom 50's `autograder.py` starts, with the folders of the bundle and of the checkout.

It writes `result.json` and `release-body.md` into the checkout, and exits with 0 once it has
graded, whatever the score; with another code the runner records that grading itself has failed.
GitHub obeys some lines of a log, so nothing that code has printed or raised is in this one.
"""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from grader.classroom.exports.classroom50 import HandIn, as_classroom50
from grader.classroom.exports.words import stage_line, total
from grader.classroom.platforms.grading import grade_submission, settings_of
from grader.classroom.platforms.release_body import as_release_body
from grader.errors import UsageError
from grader.files import write_whole

_TYPES: dict[str, Literal["individual", "group", "team"]] = {
    "individual": "individual",
    "group": "group",
    "team": "team",
}


def main() -> int:
    """Grade the checkout, and give the exit code."""
    bundle, checkout = map(Path, sys.argv[1:])
    try:
        hand_in = hand_in_of(os.environ)
        graded = grade_submission(checkout, settings_of(bundle))
    except UsageError as error:
        print(f"::error::grader: {error}")
        return 1
    write_whole(checkout / "result.json", as_classroom50(graded, hand_in))
    write_whole(checkout / "release-body.md", as_release_body(graded))
    print(f"{total(graded)}, seed {graded.seed}, {graded.level}")
    print("\n".join(map(stage_line, graded.verdicts)))
    return 0


def hand_in_of(environment: Mapping[str, str]) -> HandIn:
    """Read what the runner knows of the submission.

    Raises:
        UsageError: when the runner has not said it.
    """

    def said(name: str) -> str:
        value = environment.get(name, "")
        if not value:
            raise UsageError(f"{name} is not set: Classroom 50's runner sets it and starts this")
        return value

    # The runner puts the time of the commit, and of its own clock, in the place of these.
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return HandIn(
        classroom=said("CLASSROOM"),
        assignment=said("ASSIGNMENT"),
        assignment_type=_TYPES.get(environment.get("ASSIGNMENT_TYPE", ""), "individual"),
        owner=said("OWNER"),
        submission=said("SUBMISSION_TAG"),
        commit=said("COMMIT_URL"),
        release=said("RELEASE_URL"),
        review=environment.get("REVIEW_URL") or said("COMMIT_URL"),
        datetime=now,
        graded_at=now,
    )


if __name__ == "__main__":
    sys.exit(main())
