"""What `run_autograder` starts: `python -m grader.classroom.platforms.run_gradescope ROOT`.

ROOT is Gradescope's `/autograder`: `source` is the unpacked bundle, `submission` what the student
has sent, and `results/results.json` what Gradescope reads.
"""

import os
import sys
import traceback
from pathlib import Path

from grader.classroom.exports.safe_copies import student_copy
from grader.classroom.exports.submission_results import as_gradescope
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.platforms.bundle import settings_of
from grader.classroom.platforms.grade_one_submission import grade_one_submission, teachers_lines
from grader.errors import UsageError
from grader.sandbox.privileges import SECRET
from grader.write_files import write_whole

_OURS = "The autograder could not grade this: that is not your code's fault. Tell your teacher."


def main() -> None:
    """Grade the submission; whatever happens, results are written."""
    root = Path(sys.argv[1])
    graded = GradedSubmission("submission", "submission", {}, 0, "", (), (_OURS,))
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
    """Keep other users from reading the kata, the settings, or anything of Gradescope's.

    What a submission is given to read stays open.
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
