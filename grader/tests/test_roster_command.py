"""`grader class roster`: whose each submission would be, and what a teacher has to decide."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from grader.classroom.grades.class_rows import class_rows
from grader.classroom.list_submissions import list_submissions
from grader.classroom.roster import read_roster
from grader.classroom.roster_dry_run import run_roster
from grader.errors import UsageError
from grader.tests.clone import run_grader
from grader.tests.rosters import written

ROSTER = (
    "Nachname;Vorname;Matrikelnummer;Rolle\nLovelace;Ada;1;\nHopper;Grace;2;\nDoe;Jane;3;\n"
    "Doe;Jane;4;\nIngalls;Dan;5;\nProf;Pia;6;Teacher\n"
)


@pytest.fixture
def download(tmp_path: Path) -> Path:
    for name in ("Lovelace, Ada", "Grce Hopper", "Jane Doe", "\x1b[31mred"):
        (tmp_path / "week 3" / name).mkdir(parents=True)
    return tmp_path / "week 3"


def shown(download: Path, roster: str, lines: str = "", width: int | None = None) -> str:
    """Return what is printed, on a terminal of this width or else into a pipe."""
    console = Console(
        file=io.StringIO(), width=width, force_terminal=bool(width), color_system=None
    )
    console.soft_wrap = not width
    map_file = written(download.parent, lines, "map.csv") if lines else None
    run_roster(console, download, written(download.parent, roster), map_file)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_everything_is_on_lines_of_its_own_in_a_pipe(download: Path) -> None:
    lines = shown(download, ROSTER).splitlines()
    assert lines[0] == "Folder of submissions, 4 students"
    assert lines[1].endswith("roster.csv: 5 people (UTF-8, separated by semicolons)")
    reason = "no student in the roster matches this submission's name"
    assert lines[2:] == [
        "Left out: 1",
        "  Pia Prof (teacher)",
        "Lovelace, Ada: Ada Lovelace (name)",
        "Open: 3",
        f"  \\x1b[31mred: {reason}",
        f"  Grce Hopper: {reason}; nearest: Grace Hopper",
        "  Jane Doe: 2 students in the roster match this submission; "
        "nearest: Jane Doe (3), Jane Doe (4)",
        "Without a submission: 4",
        "  Grace Hopper",
        "  Jane Doe (3)",
        "  Jane Doe (4)",
        "  Dan Ingalls",
        "1 of 4 submissions matched, 3 open, 4 people without a submission",
        "Save these lines as map.csv, correct them, and add `--map map.csv`:",
        "submission,person",
        "31mred,",
        "Grce Hopper,Grace Hopper",
        "Jane Doe,",
    ]


def test_on_a_terminal_nothing_is_wider_than_it(download: Path) -> None:
    (download / ("a very long name of a folder " * 6)).mkdir()
    text = shown(download, ROSTER, width=80)
    before_the_map = text.partition("Save these lines")[0].splitlines()
    assert max(map(len, before_the_map)) <= 80
    assert "submission     person        found by" in text


def test_the_lines_that_are_printed_work_as_a_map(download: Path) -> None:
    text = shown(download, ROSTER, "Grce Hopper,Grace Hopper\nJane Doe,3\n31mred,4\n")
    assert "4 of 4 submissions matched, 0 open, 1 person without a submission" in text
    assert "Grce Hopper: Grace Hopper (map file)" in text
    assert "Jane Doe: Jane Doe (3) (map file)" in text
    assert "map.csv" not in text.splitlines()[-1]


def test_a_submission_of_a_guest_is_nobodys(download: Path) -> None:
    lines = "Grce Hopper,Nobody\nJane Doe,3\n31mred,4\n"
    text = shown(download, ROSTER, lines)
    assert "4 of 4 submissions matched, 0 open, 2 people without a submission" in text
    assert "Grce Hopper: nobody (map file)" in text
    listing = list_submissions(
        download, read_roster(download.parent / "roster.csv"), download.parent / "map.csv"
    )
    assert len(listing.absent) == 2 and listing.pending == () and listing.open == ()


def test_the_command_grades_nothing_and_refuses_what_it_cannot_use(download: Path) -> None:
    given = "class", "roster", str(download), "--roster"
    done = run_grader(*given, str(written(download.parent, ROSTER)))
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 of 4 submissions matched, 3 open" in done.stdout
    assert {path.name for path in download.parent.iterdir()} == {"week 3", "roster.csv"}
    bad = written(download.parent, "points,of\n1,2\n", "bad.csv")
    done = run_grader(*given, str(bad))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "its titles are: points, of" in done.stderr


def test_a_roster_that_cannot_be_used_stops_the_grading_before_it_begins(download: Path) -> None:
    out = download.parent / "results"
    bad = written(download.parent, "points,of\n1,2\n", "bad.csv")
    done = run_grader("class", "grade", str(download), "--out", str(out), "--roster", str(bad))
    assert (done.returncode, done.stdout) == (2, "")
    assert "a column for names or ids is missing" in done.stderr and not out.exists()
    done = run_grader("class", "grade", str(download), "--out", str(out), "--map", str(bad))
    assert done.returncode == 2 and "--map needs --roster" in done.stderr and not out.exists()


def test_a_map_line_that_fits_nothing_is_named(download: Path) -> None:
    text = shown(download, ROSTER, "Jane Doe,3\nx,4\n")
    assert "map.csv: 1 line names a submission not in this download: x\n" in text
    with pytest.raises(UsageError, match="map.csv, line 2: no .* did you mean Grce Hopper?"):
        shown(download, ROSTER, "Jane Doe,3\nGrace Hoper,4\n")


def test_rows_of_the_absent() -> None:
    dan, grace = {"name": "Dan\x1b[31m", "id": "5"}, {"name": "Grace", "id": "2"}
    empty = class_rows([], [dan, grace])
    assert [(one.name, one.points, one.is_absent) for one in empty] == [
        ("Dan", None, True),
        ("Grace", None, True),
    ]
    zero = class_rows([], [dan, grace], "zero", [grace])
    assert [(one.points, one.remarks) for one in zero] == [
        (0, ()),
        (None, ("An open submission may be this person's",)),
    ]


def test_somebody_who_is_matched_already_is_not_filled_in(download: Path) -> None:
    (download / "Ada Lovelac").mkdir()
    lines = shown(download, ROSTER).splitlines()
    assert "Ada Lovelac," in lines
    assert any(line.endswith("; nearest: Ada Lovelace") for line in lines)
