"""Downloads that were made to do harm do none: nothing is unpacked, and all reading is bounded."""

import os
import stat
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.classroom.downloads.recognize import recognize
from grader.errors import UsageError
from grader.tests.made_downloads import (
    ADA,
    FIRST,
    GRACE,
    NINTH,
    Files,
    found_in,
    texts_in,
    write_folder,
    zipped,
)
from grader.tests.made_submissions import little_memory

ADAS, GRACES = "Ada_1_assignsubmission_file", "Grace_2_assignsubmission_file"


@pytest.fixture(autouse=True)
def nothing_is_unpacked(tmp_path: Path) -> Iterator[None]:
    yield
    assert {path.name for path in tmp_path.iterdir()} <= {"class.zip", "class", "outside"}
    assert not Path("/elsewhere").exists()


def as_zip(folder: Path, files: Files) -> Path:
    path = folder / "class.zip"
    path.write_bytes(zipped(files))
    return path


def test_paths_that_lead_out_of_the_zip(tmp_path: Path) -> None:
    bad = (f"../outside/{FIRST}", f"/elsewhere/{FIRST}", f"{ADAS}/../../{FIRST}", f"C:/x/{FIRST}")
    good = {f"{ADAS}/{FIRST}": ADA, f"{GRACES}\\exercises\\{NINTH}": GRACE}
    download = recognize(as_zip(tmp_path, {**dict.fromkeys(bad, b"bad"), **good}))
    assert texts_in(download) == {"Ada": {FIRST: ADA}, "Grace": {NINTH: GRACE}}
    assert download.problems == ("paths that lead out of the zip were ignored: 4",)


def test_links_in_the_zip(tmp_path: Path) -> None:
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in (FIRST, "kata.zip"):
            info = zipfile.ZipInfo(f"{ADAS}/{name}")
            info.external_attr = (stat.S_IFLNK | 0o644) << 16
            archive.writestr(info, "/etc/hostname")
    found = found_in(recognize(path))["Ada"]
    assert found.files == {}
    assert found.problems[-1] == f"{FIRST} was not used: it is a link"


def test_a_bomb_hits_only_its_own_student(tmp_path: Path) -> None:
    zeros = bytes(100_000_000)
    files = {
        f"{ADAS}/{FIRST}": zeros,
        f"{GRACES}/kata.zip": zipped({NINTH: zeros}),
        f"{ADAS}/{NINTH}": ADA,
    }
    path = as_zip(tmp_path, {**files, f"Alan_3_assignsubmission_file/{FIRST}": GRACE})
    with little_memory():
        found = found_in(recognize(path))
    assert found["Ada"].files == {NINTH: ADA} and found["Alan"].files == {FIRST: GRACE}
    assert found["Ada"].problems == [f"{FIRST} was not used: it is larger than 200 kB"]
    assert found["Grace"].problems == [f"{NINTH} was not used: it is larger than 200 kB"]


def test_a_students_archive_that_is_huge_or_broken(tmp_path: Path) -> None:
    bombs = {"kata.tar.gz": b"\x1f\x8b no gzip", "kata.zip": b"PK no zip"}
    files = {f"{ADAS}/{name}": text for name, text in bombs.items()}
    path = as_zip(tmp_path, {**files, f"{GRACES}/kata.zip": bytes(128_000_001)})
    with little_memory():
        found = found_in(recognize(path))
    assert found["Grace"].problems == ["kata.zip was not used: it is larger than 128 MB"]
    assert len(found["Ada"].problems) == 2 and "is broken" in found["Ada"].problems[0]


def test_an_archive_in_a_students_archive_is_not_opened(tmp_path: Path) -> None:
    inner = zipped({"kata.zip": zipped({FIRST: ADA})})
    found = found_in(recognize(as_zip(tmp_path, {f"{ADAS}/kata.zip": inner})))
    assert found["Ada"].problems[0].startswith("no stage file")


def test_a_person_with_very_many_files(tmp_path: Path) -> None:
    many = {f"{ADAS}/x/{number}": b"" for number in range(20_100)}
    path = as_zip(tmp_path, {**many, f"{GRACES}/{FIRST}": GRACE})
    start = time.monotonic()
    found = found_in(recognize(path))
    assert time.monotonic() - start < 20
    assert "has more than 20,000 files" in found["Ada"].problems[0]
    assert found["Grace"].files == {FIRST: GRACE}


def test_a_list_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.classroom.intake.class_zip._LARGEST_LIST", 10_000)
    path = as_zip(tmp_path, {f"{number}/{FIRST}": ADA for number in range(500)})
    with pytest.raises(UsageError, match="has more data than stage files can need"):
        recognize(path)


@pytest.mark.parametrize("text", [b"", b"PK", b"no zip at all" * 1000])
def test_a_broken_download(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "class.zip"
    path.write_bytes(text)
    with pytest.raises(UsageError, match="the zip can't be used, because it is broken"):
        recognize(path)


def test_a_file_that_is_no_download(tmp_path: Path) -> None:
    path = tmp_path / "outside"
    path.write_bytes(b"name,id\n")
    with pytest.raises(UsageError, match="neither a folder nor a zip"):
        recognize(path)


@pytest.mark.skipif(sys.platform == "win32", reason="makes links and pipes")
def test_links_and_pipes_in_a_folder(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "class", {f"hoppergrace_2_9_{NINTH}": GRACE})
    (tmp_path / "outside").write_bytes(b"secret")
    (folder / f"lovelaceada_1_7_{FIRST}").symlink_to(tmp_path / "outside")
    os.mkfifo(folder / f"lovelaceada_1_8_{NINTH}")
    (folder / "submission_metadata.yml").symlink_to(tmp_path / "outside")
    with pytest.raises(UsageError, match="submission_metadata.yml can't be used: it is a link"):
        recognize(folder)
    (folder / "submission_metadata.yml").unlink()
    found = found_in(recognize(folder))
    assert found["lovelaceada"].files == {} and found["hoppergrace"].files == {NINTH: GRACE}
    assert found["lovelaceada"].problems == [
        "it is a link, not a folder or an archive: not opened",
        f"{NINTH} was not used: it is not a regular file",
    ]


def test_names_made_to_do_harm(tmp_path: Path) -> None:
    names = ("\x1b[31mred", "a" * 5000, "\u202egnp", "two\nlines", "=1+1")
    files = {
        f"{name}_{place}_assignsubmission_file/{FIRST}": ADA for place, name in enumerate(names)
    }
    files |= {f"_{'1' * 5000}_assignsubmission_file/{FIRST}": ADA, "\x1b[2J.txt": b""}
    download = recognize(as_zip(tmp_path, files))
    assert len(download.hand_ins) == 6
    assert all(line.isprintable() for line in download.problems)
    assert all(found.files == {FIRST: ADA} for found in found_in(download).values())
