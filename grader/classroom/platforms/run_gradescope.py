"""Grade for Gradescope: `run_autograder` starts this.

It is started as `python -m grader.classroom.platforms.run_gradescope ROOT`.
ROOT is Gradescope's `/autograder`: `source` is the unpacked bundle, `submission` is what the
student handed in, and Gradescope reads `results/results.json`.
"""

import os
import sys
import traceback
from pathlib import Path

from grader.classroom.exports.submission_results import as_gradescope
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.platforms.bundle import settings_of
from grader.classroom.platforms.grade_one_submission import grade_one_submission, teachers_lines
from grader.classroom.safe_copies import student_copy
from grader.errors import UsageError
from grader.sandbox.privileges import SECRET
from grader.write_files import write_whole

_OURS = "The autograder could not grade this: that is not your code's fault. Tell your teacher."


def main() -> None:
    """Grade the submission, and write results whatever happens."""
    root = Path(sys.argv[1])
    graded = GradedSubmission("submission", "submission", (), 0, "", (), (_OURS,))
    os.umask(0o022)
    try:
        close_to_others(root)
        graded = grade_one_submission(root / "submission", settings_of(root / "source"))
        print("\n".join(teachers_lines(graded)))
    except UsageError as error:
        print(f"grader: {error}")
    except Exception:
        traceback.print_exc()
    write_whole(root / "results" / "results.json", as_gradescope(student_copy(graded)))


def close_to_others(root: Path) -> None:
    """Close the kata, the settings and Gradescope's files to other users.

    What a submission is given to read stays readable.
    """
    source = root / "source"
    for folder in (source, source / "kata"):
        folder.chmod(0o711)
    kata = (source / "kata" / name for name in SECRET)
    ours = (source / "settings.json", root / "submission", root / "results")
    for path in (*kata, *ours, root / "submission_metadata.json"):
        if path.exists():
            path.chmod(0o700)


if __name__ == "__main__":
    main()
