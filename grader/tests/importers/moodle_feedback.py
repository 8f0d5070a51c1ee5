"""Moodle's "Upload multiple feedback files in a zip", as its source has it.

Source: `is_valid_filename_for_import` and `import_zip_files` in
mod/assign/feedback/file/importziplib.php of github.com/moodle/moodle, in commit 0203d8f26027 (from
4.1); up to 4.0, five parts were needed instead of four.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Literal

PLUGINS = {("assignfeedback", "file"), ("assignsubmission", "file")}
Version = Literal["from 4.1", "to 4.0"]
VERSIONS: tuple[Version, ...] = ("from 4.1", "to 4.0")


def import_feedback(
    contents: bytes, participants: Mapping[int, str], version: Version
) -> dict[str, dict[str, bytes]]:
    """Return the files that each user gets, by their paths.

    Args:
        contents: the zip.
        participants: the users of the assignment by their numbers in it.
        version: of Moodle.
    """
    given: dict[str, dict[str, bytes]] = {}
    with zipfile.ZipFile(io.BytesIO(contents)) as archive:
        for entry in archive.infolist():
            found = _owner(entry.filename, participants, 4 if version == "from 4.1" else 5)
            if found and not entry.is_dir():
                user, name = found
                given.setdefault(user, {})[name] = archive.read(entry)
    return given


def _owner(path: str, participants: Mapping[int, str], least: int) -> tuple[str, str] | None:
    parts = f"/import/{path}".split("/")
    if parts[-1].startswith((".", "~")):
        return None
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) < least or not info[1].strip().isdecimal():
            continue
        user = participants.get(int(info[1]))
        if user is None or (info[2], info[3]) not in PLUGINS:
            continue
        return user, "/".join([*(info[4:] or [""]), *parts])
    return None
