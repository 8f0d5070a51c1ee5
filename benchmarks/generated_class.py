"""Generate a class from a seed and grade it twice: `python -m benchmarks.generated_class`.

There are 200 submissions. Each is the reference with a random subset of stages replaced by known
mistakes; some are unfinished, and some attack the grader. Every stage must get the points known in
advance (see benchmarks/made_class.py), and both runs must write the same bytes. Linux only.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.progress import track

from benchmarks.made_class import ALL_STAGES, Made, Maker
from benchmarks.results import differing, first_difference
from grader.editions import find_kata
from grader.stages import STAGES
from grader.workers.warm_torch import warm_torch


def make(count: int, seed: int, folder: Path) -> list[Made]:
    """Make a class and write its submissions to a folder."""
    warm_torch()
    maker = Maker(find_kata(), seed)
    made = []
    for number in track(range(count), "making the class", transient=True):
        made.append(maker.make(number))
        made[-1].write(folder)
    return made


def grade(folder: Path, out: Path, seed: int, title: str) -> float:
    """Grade the class with the command itself; return the seconds it took."""
    command = [sys.executable, "-m", "grader", "class", "grade", str(folder), "--out", str(out)]
    begun = time.perf_counter()
    with subprocess.Popen(
        [*command, "--seed", str(seed), "--stages", ALL_STAGES], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        count = len(list(folder.iterdir()))
        lines = (line for line in program.stdout if f"/{count}  " in line)
        for _ in track(lines, title, total=count, transient=True):
            pass
    if program.returncode:
        raise SystemExit(f"the grader exited with status {program.returncode}")
    return time.perf_counter() - begun


def unexpected(made: Sequence[Made], out: Path) -> Iterator[str]:
    """Yield a line about each stage whose points aren't what they must be."""
    for one in made:
        path = out / "submissions" / one.name / "result.json"
        stages = json.loads(path.read_text(encoding="utf-8"))["stages"]
        if not stages:
            yield f"{one.name}: not graded"
            continue
        earned = {stage["stage"]: stage for stage in stages}
        for stage in STAGES:
            number = stage.number
            if earned[number]["points"] != one.points[number]:
                wrong = one.wrong.get(number) or "all right"
                yield (
                    f"{one.name} {stage.name} ({wrong}): "
                    f"{earned[number]['points']} points, not {one.points[number]}"
                )


def summary(made: Sequence[Made]) -> str:
    """Return one line that counts what is in a class."""
    wrong = [what for one in made for what in one.wrong.values() if what]
    attacks = sum(what.startswith("attack") for what in wrong)
    unfinished = sum(what in ("a stub", "missing") for what in wrong)
    return (
        f"{len(made)} submissions, {len(wrong) - attacks - unfinished} stages with a mistake, "
        f"{unfinished} stubs or missing, {attacks} attacks"
    )


def graded(made: Sequence[Made], folder: Path, out: Path, seed: int) -> list[str]:
    """Grade a class and print a summary; return a line for each stage with wrong points."""
    seconds = grade(folder, out, seed, f"the {out.name} run")
    stages, off = len(made) * len(STAGES), list(unexpected(made, out))
    print(
        f"{out.name} run: {seconds:.0f} s, {60 * len(made) / seconds:.0f} submissions per minute, "
        f"{stages - len(off)} of {stages} stages get the points they should",
        flush=True,
    )
    for line in off:
        print(f"  {line}", flush=True)
    return off


def main() -> None:
    """Make a class, grade it twice, and compare the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200, help="submissions (default: 200)")
    parser.add_argument("--seed", type=int, default=42, help="for the class and its grading")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kata-") as name:
        folder, outs = Path(name) / "class", [Path(name) / "first", Path(name) / "second"]
        made = make(options.count, options.seed, folder)
        print(f"seed {options.seed}: {summary(made)}", flush=True)
        off = [line for out in outs for line in graded(made, folder, out, options.seed)]
        names = differing(*outs)
        print(f"files of the second run that differ from the first: {len(names)}")
        for file in names:
            print(f"  {file}\n{first_difference(outs[0], outs[1], file)}")
    sys.exit(1 if off or names else 0)


if __name__ == "__main__":
    main()
