"""Write the stubs in `exercises/`: `python -m grader.author.write_stubs`."""

import sys
from pathlib import Path

from grader.editions import find_kata
from grader.errors import UsageError
from grader.kata import Kata
from grader.stages import STAGES
from grader.stubs import is_stub, stub_for
from grader.write_files import write_whole


def write_stubs(kata: Kata, folder: Path) -> list[Path]:
    """Write the stubs into `folder`, none over a text that is no stub, and return their files."""
    written = []
    for stage in STAGES:
        path = folder / f"{stage.name}.py"
        if stage.has_code and (not path.exists() or is_stub(stage, _read(path))):
            write_whole(path, stub_for(kata, stage))  # as bytes: "\n" stays "\n" on Windows
            written.append(path)
    return written


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def main() -> None:
    """Write the stubs of the kata, and say which files were left alone."""
    kata = find_kata()
    written = write_stubs(kata, kata.exercises)
    for stage in STAGES:
        path = kata.exercise(stage)
        if path in written:
            print(kata.shown(path))
        elif stage.has_code:
            advice = f"`grader reset {stage.number}` puts the stub there and keeps it"
            print(f"{kata.shown(path)} holds a text of yours and is left alone: {advice}")


if __name__ == "__main__":
    try:
        main()
    except UsageError as error:
        sys.exit(f"grader: {error}")
