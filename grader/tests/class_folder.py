"""A class with submissions of two stages, and its grading, for tests in a real shell."""

import csv
import subprocess
from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner, Result

from grader.cli import main
from grader.kata import Kata
from grader.tests.clone import run_grader

STAGES = "8,9"
POINTS = 8  # of these two stages
EMBEDDING, NORM = "s08_embedding.py", "s09_rms_norm.py"
OUTSIDE = "torch.rsqrt(mean_square + eps) -> 1 / (torch.sqrt(mean_square) + eps)"


class ClassFolder:
    """A folder of submissions, and a folder for the results."""

    def __init__(self, folder: Path, kata: Kata) -> None:
        self.submissions, self.out = folder / "submissions", folder / "results"
        self._solutions = kata.solutions
        self.submissions.mkdir()

    def add(self, name: str, changed: str = "", note: str = "") -> Path:
        """Write a submission: both solutions with a note at the end, the second with a change.

        `changed` has the form `old -> new`.
        """
        folder = self.submissions / name
        folder.mkdir()
        for file in (EMBEDDING, NORM):
            text = (self._solutions / file).read_text(encoding="utf-8")
            if changed and file == NORM:
                old, _, new = changed.partition(" -> ")
                assert old in text
                text = text.replace(old, new)
            (folder / file).write_text(f"{text}# {note}\n", encoding="utf-8")
        return folder

    def grade(self, *options: str) -> subprocess.CompletedProcess[str]:
        return run_grader(*self._command(options))

    def grade_here(self, *options: str) -> Result:
        """Grade in this process, for runs that grade nothing."""
        return CliRunner().invoke(main, self._command(options))

    def _command(self, options: Sequence[str]) -> list[str]:
        given = ("--out", str(self.out), "--stages", STAGES, *options)
        return ["class", "grade", str(self.submissions), *given]

    def rows(self) -> dict[str, dict[str, str]]:
        """Return the rows of the gradebook by the submission's key."""
        with (self.out / "gradebook.csv").open(encoding="utf-8-sig", newline="") as file:
            return {row["submission"]: row for row in csv.DictReader(file)}

    def files(self) -> dict[str, bytes]:
        return files_of(self.out)

    def journal(self) -> list[str]:
        return (self.out / "journal.jsonl").read_text(encoding="utf-8").splitlines()


def files_of(out: Path) -> dict[str, bytes]:
    """Return the contents of all result files except the lock and the journal."""
    paths = (path for path in out.rglob("*") if path.is_file())
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in paths
        if path.name not in (".lock", "journal.jsonl")
    }
