"""Canvas's "Re-Upload Submissions", as its source has it.

Source: `infer_comment_context_from_filename` and `generate_comments_from_files` in
app/models/abstract_assignment.rb of github.com/instructure/canvas-lms, in commit 028f76bb2b8c: a
file reaches a person if its name has the numbers of the person and of a file that they handed in.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class CanvasHandIn:
    """What somebody has handed in: the names of the files by their numbers."""

    user: str
    files: Mapping[int, str]


def import_feedback(
    contents: bytes, hand_ins: Mapping[str, CanvasHandIn]
) -> tuple[dict[str, dict[str, bytes]], list[str]]:
    """Return the files that each user gets, by the names shown to them, and the ignored files.

    Args:
        contents: the zip.
        hand_ins: by the person's number, or by the anonymous id.
    """
    given: dict[str, dict[str, bytes]] = {}
    ignored = []
    with zipfile.ZipFile(io.BytesIO(contents)) as archive:
        for path in archive.namelist():
            found = _context(path.rpartition("/")[2], hand_ins)
            if found is None:
                ignored.append(path)
            else:
                hand_in, shown = found
                given.setdefault(hand_in.user, {})[shown] = archive.read(path)
    return given, ignored


def _context(name: str, hand_ins: Mapping[str, CanvasHandIn]) -> tuple[CanvasHandIn, str] | None:
    parts = [part for part in name.split("_") if part != "LATE"]
    numbers = [part for part in parts if re.fullmatch(r"\d+", part)]
    user, file = (*(parts[1:3] if parts[0] == "anon" else numbers[:2]), "", "")[:2]
    if parts[-1].startswith("link") or name.startswith("._") or not file.isdecimal():
        return None
    hand_in = hand_ins.get(user)
    shown = hand_in.files.get(int(file)) if hand_in else None
    return (hand_in, shown) if hand_in and shown else None
