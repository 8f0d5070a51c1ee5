"""Make small downloads for tests, as folders and as zips, and take them apart."""

import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import pytest

from grader.classroom.downloads.recognize import recognize
from grader.classroom.hand_in import Download, HandIn
from grader.classroom.intake.choose_files import FoundStageFiles
from grader.classroom.intake.find_stage_files import find_stage_files

FIRST, NINTH = "s01_vocabulary.py", "s09_rms_norm.py"
ADA, GRACE = b"ada = 1\n", b"grace = 1\n"

Files = Mapping[str, bytes]
Given = Callable[..., Download]


def write_folder(folder: Path, files: Files) -> Path:
    """Write files by their paths; a path that ends in `/` is an empty folder."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith("/"):
            target.mkdir(exist_ok=True)
        else:
            target.write_bytes(text)
    return folder


def zipped(files: Files) -> bytes:
    """Return files as the bytes of a zip."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return made.getvalue()


@pytest.fixture(params=["folder", "zip"])
def given(request: pytest.FixtureRequest, tmp_path: Path) -> Given:
    """A function that recognizes files given as a folder, and as a zip that nobody unpacked."""

    def recognized(files: Files, name: str = "download") -> Download:
        if request.param == "folder":
            return recognize(write_folder(tmp_path / name, files))
        path = tmp_path / f"{name}.zip"
        path.write_bytes(zipped(files))
        return recognize(path)

    return recognized


def found_in(download: Download) -> dict[str, FoundStageFiles]:
    """Return what is found in each hand-in, by its name."""
    return {one.name: find_stage_files(one) for one in download.hand_ins}


def texts_in(download: Download) -> dict[str, dict[str, bytes]]:
    """Return the stage files of each hand-in, by its name."""
    return {name: found.files for name, found in found_in(download).items()}


def problems_of(hand_in: HandIn) -> list[str]:
    """Return what was wrong with a hand-in when it was listed, and when it was read."""
    return [*hand_in.problems, *find_stage_files(hand_in).problems]
