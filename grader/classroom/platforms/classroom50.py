"""The folder that a teacher puts into the `classroom50` repository, as
`CLASSROOM/autograders/ASSIGNMENT/`.

Contract: the page Advanced Autograding of github.com/foundation50/classroom50's wiki, and its
`runner.py`: the folder is published as one archive, which the runner fetches for each submission,
and which anybody can fetch who knows its address.
"""

from pathlib import Path

from grader.classroom.platforms.bundle import bundle
from grader.classroom.platforms.settings import Settings
from grader.errors import UsageError
from grader.kata import Kata

_SCRIPTS = ("autograder.py",)


def write_classroom50(kata: Kata, settings: Settings, out: Path) -> int:
    """Write the folder, which must be new or empty, and give its size in bytes.

    Raises:
        UsageError: when it holds something, or cannot be written.
    """
    files = bundle(kata, settings, _SCRIPTS, published=True)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise UsageError(f"--out {out}: it is not empty: remove it first, or choose another")
        for name, contents in files.items():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents)
    except OSError as error:
        raise UsageError(f"--out {out}: {error.strerror}") from None
    return sum(map(len, files.values()))
