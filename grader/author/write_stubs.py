"""Write the stubs in `exercises/`: `python -m grader.author.write_stubs`."""

import sys
from pathlib import Path

from grader.editions import find_kata
from grader.errors import UsageError
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES
from grader.stubs import is_stub, stub_for
from grader.write_files import write_whole


def write_stubs(kata: Kata, folder: Path) -> list[Path]:
    """Write the stubs that are missing or outdated in `folder`, and return their files.

    A file that is not a stub is left alone.
    """
    written = []
    for stage in STAGES:
        path = folder / f"{stage.name}.py"
        if stage.has_code and not _has_own_code(path, stage):
            stub = stub_for(kata, stage).encode()  # as bytes: "\n" stays "\n" on Windows
            if not path.exists() or path.read_bytes() != stub:
                write_whole(path, stub)
                written.append(path)
    return written


def _has_own_code(path: Path, stage: Stage) -> bool:
    """Return whether a file exists that is not a stub."""
    return path.exists() and not is_stub(
        stage, path.read_text(encoding="utf-8-sig", errors="replace")
    )


def main() -> None:
    kata = find_kata()
    for path in write_stubs(kata, kata.exercises):
        print(f"wrote {kata.shown(path)}")
    for stage in STAGES:
        path = kata.exercise(stage)
        if stage.has_code and _has_own_code(path, stage):
            advice = f"`grader reset {stage.number}` puts the stub there and keeps your code"
            print(f"left {kata.shown(path)} alone, because it has code of yours: {advice}")


if __name__ == "__main__":
    try:
        main()
    except UsageError as error:
        sys.exit(f"grader: {error}")
