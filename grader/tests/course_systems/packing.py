"""Pack files as students and course systems do, and write them where a teacher finds them."""

import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

from grader.tests.course_systems.hand_ins import Files


def as_zip(files: Files, *, from_a_mac: bool = False) -> bytes:
    """Return a zip of files; a Mac's has hidden copies of their names beside them."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, text)
            if from_a_mac:
                parent, _, name = path.rpartition("/")
                hidden = "/".join(filter(None, ["__MACOSX", parent, f"._{name}"]))
                archive.writestr(hidden, b"\x00\x05\x16\x07" + bytes(40))
        if from_a_mac:
            archive.writestr(".DS_Store", bytes(64))
    return made.getvalue()


def as_tar_gz(files: Files) -> bytes:
    """Return a compressed tar of files."""
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", compresslevel=1) as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text)
            archive.addfile(entry, BytesIO(text))
    return made.getvalue()


def write_files(folder: Path, files: Files) -> Path:
    """Write files below a folder, and return the folder."""
    folder.mkdir(parents=True)
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
    return folder


def write_file(path: Path, contents: bytes) -> Path:
    """Write one file, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents)
    return path
