"""Submissions made to fill the disk or the memory, or to take forever, do no harm."""

import bz2
import gzip
import lzma
import os
import random
import struct
import tarfile
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest

from grader.tests.made_submissions import (
    ENTRY,
    FIRST,
    MINE,
    NINTH,
    Class,
    a_class,
    little_memory,
    texts,
)

__all__ = ["a_class"]

ZEROS = bytes(100_000_000)


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """Check that nothing takes longer than the time limit and the time to notice it."""
    start = time.monotonic()
    yield
    assert time.monotonic() - start < 20


def problem(a_class: Class) -> str:
    """Copy one submission with little memory, and return its one problem."""
    with little_memory():
        submission = a_class.take()
    (line,) = submission.problems
    return line


def test_a_large_file(a_class: Class) -> None:
    file = a_class.write(f"jane/{FIRST}")
    os.truncate(file, 2 << 30)
    a_class.write(f"jane/{NINTH}", bytes(200_000))
    assert problem(a_class) == f"{FIRST} was not used: it is larger than 200 kB"
    assert list(texts(a_class.take())) == [NINTH]


@pytest.mark.parametrize("size", [200_000, 200_001])
@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_the_largest_file_in_an_archive(a_class: Class, kind: str, size: int) -> None:
    make = a_class.zip if kind == "zip" else a_class.tar
    make(f"jane.{kind}", (FIRST, bytes(size)))
    assert len(a_class.take().files) == (size == 200_000)


def test_a_zip_bomb(a_class: Class) -> None:
    packed = a_class.zip("jane.zip", (ENTRY, ZEROS), (NINTH, MINE))
    assert packed.stat().st_size < 200_000
    assert problem(a_class) == f"{ENTRY} was not used: it is larger than 200 kB"
    assert texts(a_class.take()) == {NINTH: MINE}


def test_a_zip_bomb_that_says_it_is_small(a_class: Class) -> None:
    packed = a_class.zip("jane.zip", (ENTRY, ZEROS))
    true, false = struct.pack("<L", len(ZEROS)), struct.pack("<L", 1000)
    assert packed.read_bytes().count(true) == 2
    packed.write_bytes(packed.read_bytes().replace(true, false))
    assert problem(a_class) == f"{ENTRY} was not used: its part of the zip is broken"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_would_be_decompressed_without_bound(a_class: Class, method: int) -> None:
    zeros = ZEROS[:50_000_000]
    packed = a_class.zip("jane.zip", (ENTRY, zeros), method=method)
    true, false = struct.pack("<L", len(zeros)), struct.pack("<L", 1000)
    packed.write_bytes(packed.read_bytes().replace(true, false))
    assert "it is compressed in an unusual way" in problem(a_class)


def test_a_zip_with_a_password(a_class: Class) -> None:
    packed = a_class.zip("jane.zip", (FIRST, MINE))
    text = bytearray(packed.read_bytes())
    text[6] |= 1
    text[text.index(b"PK\1\2") + 8] |= 1
    packed.write_bytes(text)
    assert problem(a_class) == f"{FIRST} was not used: it is protected with a password"


def test_a_zip_with_very_many_entries(a_class: Class) -> None:
    a_class.zip(
        "jane.zip", *((f"{'x' * 1000}/{number}", b"") for number in range(4_000)), (FIRST, MINE)
    )
    line = "the archive has more data than stage files can need: the rest was ignored"
    assert problem(a_class) == line


def test_a_zip_with_very_many_stage_files(a_class: Class) -> None:
    zeros = bytes(200_000)
    a_class.zip("jane.zip", *((f"{number}/{FIRST}", zeros) for number in range(300)))
    with little_memory():
        assert texts(a_class.take()) == {FIRST: zeros}


def test_zips_in_zips_are_not_opened(a_class: Class) -> None:
    inner = MINE
    for _ in range(50):
        outer = BytesIO()
        with zipfile.ZipFile(outer, "w") as archive:
            archive.writestr("inner.zip", inner)
        inner = outer.getvalue()
    a_class.write("jane.zip", inner)
    assert problem(a_class).startswith("no stage file")


def test_a_folder_with_very_many_files(a_class: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.classroom.intake.find_stage_files.MOST_ENTRIES", 100)
    for number in range(101):
        a_class.write(f"jane/{number}")
    assert problem(a_class) == "the folder has more than 100 files: the rest was ignored"


def test_a_tar_with_very_many_entries(a_class: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.classroom.intake.archives.MOST_ENTRIES", 100)
    a_class.tar("jane.tar", *((str(number), b"") for number in range(100)), (FIRST, MINE))
    line = "the archive has more than 100 files: the rest was ignored"
    assert problem(a_class) == line


def test_a_very_deep_folder(a_class: Class) -> None:
    (a_class.collected / "jane").mkdir()
    here = os.open(a_class.collected / "jane", os.O_RDONLY)
    for _ in range(50):  # a path that is too long to use in one call
        os.mkdir("deeper" * 20, dir_fd=here)
        inner = os.open("deeper" * 20, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    assert problem(a_class).startswith("no stage file")


def test_a_large_tar_costs_nothing_to_skip(a_class: Class) -> None:
    path = a_class.collected / "jane.tar"
    with tarfile.open(path, "w") as archive:
        archive.addfile(tarfile.TarInfo("before"))
    large, small = tarfile.TarInfo("weights"), tarfile.TarInfo(FIRST)
    large.size, small.size = 2 << 30, len(MINE)
    with path.open("r+b") as file:
        file.write(large.tobuf())
        file.seek(large.size, os.SEEK_CUR)
        file.write(small.tobuf() + MINE.ljust(512, b"\0") + bytes(1024))
    with little_memory():
        assert texts(a_class.take()) == {FIRST: MINE}


@pytest.mark.parametrize(("ending", "packer"), [("gz", gzip), ("bz2", bz2), ("xz", lzma)])
def test_a_compressed_tar_bomb(a_class: Class, ending: str, packer: object) -> None:
    zeros = ZEROS[:65_000_000]  # two of them are too much
    a_class.tar(f"jane.tar.{ending}", (FIRST, MINE), ("a", zeros), ("b", zeros), (NINTH, MINE))
    with little_memory(90_000_000):
        jane = a_class.take()
    assert texts(jane) == {FIRST: MINE}
    line = "the archive has more data than stage files can need: the rest was ignored"
    assert jane.problems == (line,)


def extra_header(size: int, text: bytes = b"") -> bytes:
    """Return a tar header that gives the length of, for example, the next entry's name."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, size
    return info.tobuf(tarfile.GNU_FORMAT) + text + bytes(-len(text) % 512)


@pytest.mark.parametrize(
    "tar",
    [
        extra_header(1 << 32),
        extra_header(-(1 << 20)),
        extra_header(16_384, b"1" * 16_384) * 5,
        extra_header(5, b"5 a=\n") * 20_000,
        b"",
        b"no tar at all",
        gzip.compress(b"no tar either", mtime=0),
        b"\x1f\x8b no gzip",
        b"BZh no bzip2",
        b"\xfd7zXZ\0 no xz",
    ],
)
def test_a_broken_tar(a_class: Class, tar: bytes) -> None:
    a_class.write("jane.tar", tar)
    assert problem(a_class) == "the archive is broken: the rest was ignored"


@pytest.mark.parametrize("text", [b"", b"PK", b"PK\5\6" + b"\xff" * 18, b"no zip at all" * 1000])
def test_a_broken_zip(a_class: Class, text: bytes) -> None:
    a_class.write("jane.zip", text)
    assert problem(a_class) == "the archive is broken: the rest was ignored"


def test_what_takes_too_long(a_class: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.classroom.intake.archives.SECONDS", -1)
    a_class.tar("jane.tar", (FIRST, MINE))
    a_class.zip("joe.zip", (FIRST, MINE))
    line = "the archive takes too long to read: the rest was ignored"
    assert [one.problems for one in a_class.take_all()] == [(line,), (line,)]


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_a_few_hundred_damaged_archives(a_class: Class, kind: str) -> None:
    make = a_class.zip if kind == "zip" else a_class.tar
    whole = make(f"whole.{kind}", (ENTRY, MINE), (f"{'long' * 40}/{NINTH}", MINE * 50)).read_bytes()
    rng = random.Random(42)
    for number in range(300):
        text = bytearray(whole[: rng.choice([len(whole), rng.randrange(len(whole))])])
        for _ in range(rng.randint(0, 4)):
            text[rng.randrange(len(text) or 1) : rng.randrange(len(text) or 1)] = rng.randbytes(3)
        a_class.write(f"{number}.{kind}", bytes(text))
    submissions = a_class.take_all()
    assert len(submissions) == 301 and all(one.obstacle is None for one in submissions)
    assert all(one.files or one.problems for one in submissions)
    assert submissions[-1].files == (FIRST, NINTH)
