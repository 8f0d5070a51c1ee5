"""Grade a class made from a seed twice: `python -m benchmarks.generated_class`.

200 submissions: the reference with random subsets of stages replaced by known mistakes, some of
them unfinished, some of them attacks. Every stage of every one must earn what it is known to earn
(see benchmarks/made_class.py), and both runs must write the same files, byte for byte. Linux.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from os.path import commonprefix
from pathlib import Path

from rich.progress import track

from benchmarks.made_class import Made, Maker
from grader.home import find_kata
from grader.stages import STAGES
from grader.student.warm import warm_torch

# The journal's lines are in the order in which submissions were done, which two at once may change.
IN_ANY_ORDER = ("journal.jsonl",)
NOT_RESULTS = (".lock",)


def make(count: int, seed: int, folder: Path) -> list[Made]:
    """Make a class and hand it in."""
    warm_torch()
    maker = Maker(find_kata(), seed)
    made = []
    for number in track(range(count), "making the class", transient=True):
        made.append(maker.make(number))
        made[-1].write(folder)
    return made


def grade(folder: Path, out: Path, seed: int, title: str) -> float:
    """Grade the class with the program itself; give the seconds that it took."""
    command = [sys.executable, "-m", "grader", "class", "grade", str(folder), "--out", str(out)]
    begun = time.perf_counter()
    with subprocess.Popen(
        [*command, "--seed", str(seed)], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        count = len(list(folder.iterdir()))
        lines = (line for line in program.stdout if f"/{count}  " in line)
        for _ in track(lines, title, total=count, transient=True):
            pass
    if program.returncode:
        raise SystemExit(f"the grader ended with {program.returncode}")
    return time.perf_counter() - begun


def unexpected(made: Sequence[Made], out: Path) -> Iterator[str]:
    """Say of each stage that has not earned what it must, what it has earned."""
    for one in made:
        path = out / "submissions" / one.name / "result.json"
        stages = json.loads(path.read_text(encoding="utf-8"))["stages"]
        earned = {stage["stage"]: stage for stage in stages}
        for stage in STAGES:
            number = stage.number
            if earned[number]["points"] != one.points[number]:
                wrong = one.wrong.get(number) or "all right"
                yield (
                    f"{one.name} {stage.name} ({wrong}): "
                    f"{earned[number]['points']} points, not {one.points[number]}"
                )


def differing(one: Path, other: Path) -> list[str]:
    """Name the files that two runs have written differently."""
    names = {str(path.relative_to(out)) for out in (one, other) for path in _files(out)}
    return sorted(name for name in names if _content(one / name) != _content(other / name))


def _files(out: Path) -> list[Path]:
    return [path for path in out.rglob("*") if path.is_file() and path.name not in NOT_RESULTS]


def _content(path: Path) -> list[bytes]:
    lines = path.read_bytes().splitlines() if path.exists() else []
    return sorted(lines) if path.name in IN_ANY_ORDER else lines


def first_difference(one: Path, other: Path) -> str:
    """Show where two files part, a line of each."""
    pairs = zip_longest(_content(one), _content(other), fillvalue=b"(nothing)")
    lines = next(pair for pair in pairs if pair[0] != pair[1])
    at = len(commonprefix(lines))
    return "\n".join(f"    {line[max(0, at - 60) : at + 60]!r}" for line in lines)


def main() -> None:
    """Make, grade twice, compare, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200, help="submissions; 200 if not said")
    parser.add_argument("--seed", type=int, default=42, help="of the class and of its grading")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kata-") as name:
        folder, outs = Path(name) / "class", [Path(name) / "first", Path(name) / "second"]
        made = make(options.count, options.seed, folder)
        stages = len(made) * len(STAGES)
        wrong = [what for one in made for what in one.wrong.values()]
        attacks = sum(what.startswith("attack") for what in wrong)
        open_ = sum(what in ("a stub", "missing") for what in wrong)
        mistakes = sum(bool(what) for what in wrong) - attacks - open_
        print(
            f"seed {options.seed}: {len(made)} submissions, {mistakes} stages with a mistake, "
            f"{open_} stubs or missing, {attacks} attacks"
        )
        all_off = []
        for out in outs:
            seconds = grade(folder, out, options.seed, f"the {out.name} run")
            off = list(unexpected(made, out))
            print(
                f"{out.name} run: {seconds:.0f} s, {60 * len(made) / seconds:.0f} submissions a "
                f"minute, {stages - len(off)} of {stages} stages have the points they must have",
                flush=True,
            )
            all_off += off
            for line in off:
                print(f"  {line}")
        names = differing(*outs)
        print(f"files of the second run that differ from the first: {len(names)}")
        for line in names:
            print(f"  {line}\n{first_difference(*(out / line for out in outs))}")
    sys.exit(1 if all_off or names else 0)


if __name__ == "__main__":
    main()
