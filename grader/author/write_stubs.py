"""Write the stubs in `exercises/`: `python -m grader.author.write_stubs`."""

from pathlib import Path

from grader.editions import find_kata
from grader.kata import Kata
from grader.stages import STAGES
from grader.stubs import is_stub, stub_for


def write_stubs(kata: Kata, folder: Path) -> list[Path]:
    """Write the stubs into `folder`, none over a text that is no stub, and give their files."""
    written = []
    for stage in STAGES:
        path = folder / f"{stage.name}.py"
        if stage.has_code and (not path.exists() or is_stub(stage, _read(path))):
            path.write_text(stub_for(kata, stage), encoding="utf-8")
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
    main()
