"""One submission, taken in: the plain data that grading starts from."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Submission:
    """The stage files of one submission, copied to a folder that holds nothing else.

    Attributes:
        key: what the submission is called in files; no other of its class is called so, in
            whatever case or form of Unicode.
        name: what it is called by whoever collected it, as it was: not safe to print.
        student: the columns of the roster for this student; empty when none was found.
        folder: where the files were copied to.
        files: the names of the files there, in the order of the stages.
        sha256: of the files' names and contents, in hexadecimal.
        problems: what was wrong with the submission, a sentence each.
        obstacle: what on this machine kept the submission from being taken in (a full disk, say);
            such a submission is not to be graded now. None when all went well.
    """

    key: str
    name: str
    student: dict[str, str]
    folder: Path
    files: tuple[str, ...]
    sha256: str
    problems: tuple[str, ...]
    obstacle: str | None = None
