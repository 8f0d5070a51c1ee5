"""`grader class grade` takes a download as it came, and says first what it has recognized."""

from pathlib import Path

import pytest

from grader.kata import Kata
from grader.sandbox import probe
from grader.tests.class_folder import EMBEDDING, NORM, ClassFolder
from grader.tests.clone import run_grader
from grader.tests.made_downloads import zipped

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)


def test_a_zip_from_canvas_is_graded_as_it_came(kata: Kata, tmp_path: Path) -> None:
    a_class = ClassFolder(tmp_path, kata)
    embedding, norm = (kata.solutions.joinpath(name).read_bytes() for name in (EMBEDDING, NORM))
    path = tmp_path / "submissions.zip"
    path.write_bytes(
        zipped(
            {
                f"hoppergrace_900114_5560000_{EMBEDDING}": embedding,
                "hoppergrace_900114_5560001_s09_rms_norm-1.py": norm,
                "lovelaceada_900115_5560002_kata.zip": zipped({f"exercises/{NORM}": norm}),
            }
        )
    )
    shown = run_grader("class", "grade", str(path), "--out", str(a_class.out), "--stages", "8,9")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.splitlines()[0] == "Canvas download, 2 students"
    totals = {key: row["total"] for key, row in a_class.rows().items()}
    assert totals == {"hoppergrace": "8", "lovelaceada": "6"}
    assert "hoppergrace: names close to those of stage files were accepted" in shown.stdout


def test_what_is_no_download_is_one_line(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("name,id\n", encoding="utf-8")
    shown = run_grader("class", "grade", str(roster), "--out", str(tmp_path / "results"))
    assert shown.returncode == 2
    assert shown.stderr.strip().endswith("roster.csv: it is neither a folder nor a zip")
