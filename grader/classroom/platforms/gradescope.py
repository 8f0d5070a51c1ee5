"""The zip that a teacher uploads to Gradescope.

Specification: gradescope-autograders.readthedocs.io/en/latest/specs. `setup.sh` runs once, as root,
when Gradescope builds its image; `run_autograder` once for each submission.
"""

import zipfile
from io import BytesIO
from pathlib import Path

from grader.classroom.platforms.bundle import bundle, is_script
from grader.classroom.platforms.settings import Settings
from grader.errors import UsageError
from grader.files import write_whole
from grader.kata import Kata

_SCRIPTS = ("setup.sh", "run_autograder")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: the same files, the same zip
_UNIX = 3  # a zip made on such a system may say that a file is to be run


def write_gradescope(kata: Kata, settings: Settings, out: Path) -> int:
    """Write the zip, in the place of an older one, and give its size in bytes.

    Raises:
        UsageError: when it cannot be written there.
    """
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, contents in bundle(kata, settings, _SCRIPTS, published=False).items():
            archive.writestr(_entry(name), contents, zipfile.ZIP_DEFLATED, compresslevel=9)
    try:
        write_whole(out, made.getvalue())
    except OSError as error:
        raise UsageError(f"--out {out}: {error.strerror}") from None
    return len(made.getvalue())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.create_system = _UNIX
    entry.external_attr = (0o100755 if is_script(name) else 0o100644) << 16
    return entry
