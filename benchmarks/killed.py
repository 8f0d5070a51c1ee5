"""Kill `grader class grade` with kill -9 at random moments: `python -m benchmarks.killed`.

A class of 40 submissions, most of them with some known mistakes, and five short stages, so that
results are often being written when the kill comes. The same command is started again after each.
At the end every submission must have its result, the journal each of them once, and every file
must be as an undisturbed run writes it, byte for byte. After each kill nothing may run on, and
nothing may lie in the system's temporary folder. Linux.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.results import differing, first_difference, results_of
from benchmarks.written_mistakes import with_mistake
from grader.diagnosis.known_mistakes import mistakes_of
from grader.editions import find_kata
from grader.kata import Kata
from grader.stage_names import parse_stages
from grader.tests.killing import Killed, run_and_kill, whole_lines

CHOSEN = "8-12"
MOST_WRONG = 3  # stages of a submission with a mistake


def make(kata: Kata, count: int, rng: random.Random, folder: Path) -> None:
    """Hand in a class."""
    stages = parse_stages(CHOSEN)
    for number in range(count):
        own = folder / f"student{number:02}"
        own.mkdir(parents=True)
        wrong = rng.sample(stages, rng.randint(0, MOST_WRONG))
        for stage in stages:
            text = kata.solution(stage).read_text(encoding="utf-8")
            if stage in wrong:
                text = with_mistake(kata, stage, rng.choice(mistakes_of(kata, stage)))
            (own / f"{stage.name}.py").write_text(f"{text}# {own.name}\n", encoding="utf-8")


class Moment:
    """A moment of a run: some seconds after so many more results than before."""

    def __init__(self, out: Path, more: int, seconds: float) -> None:
        self._out, self._seconds = out, seconds
        self._results = len(whole_lines(out)) + more
        self._since: float | None = None

    def has_come(self) -> bool:
        if self._since is None and len(whole_lines(self._out)) >= self._results:
            self._since = time.monotonic()
        return self._since is not None and time.monotonic() - self._since > self._seconds


def print_kill(number: int, one: Killed) -> None:
    """Print a line."""
    what = "it had ended" if one.was_done else f"{one.processes} processes"
    print(
        f"{number:>4}{one.seconds:>10.1f}  {what:<14}{one.left:>7}{one.graded:>9}"
        f"  {'yes' if one.kept else 'NO'}",
        flush=True,
    )


def never() -> bool:
    """Let a run go on to its end."""
    return False


def is_whole(undisturbed: Path, disturbed: Path, count: int) -> bool:
    """Print what the results are like after all; tell whether they are as they must be."""
    keys = [json.dumps(json.loads(line)["key"]) for line in whole_lines(disturbed)]
    names = differing(undisturbed, disturbed)
    print(f"results in the journal: {len(keys)} of {count}, distinct: {len(set(keys))}")
    print(f"files: {len(results_of(undisturbed))}, not as in the undisturbed run: {len(names)}")
    for name in names:
        print(f"  {name}\n{first_difference(undisturbed, disturbed, name)}")
    return len(keys) == len(set(keys)) == count and not names


def main() -> None:
    """Grade undisturbed, then with kills, and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=40, help="submissions; 40 if not said")
    parser.add_argument("--kills", type=int, default=20, help="20 if not said")
    parser.add_argument("--seed", type=int, default=42, help="of the class and of the moments")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="kata-") as name:
        folder, temporary = Path(name) / "class", Path(name) / "tmp"
        undisturbed, disturbed = Path(name) / "undisturbed", Path(name) / "killed"
        temporary.mkdir()
        make(find_kata(), options.count, rng, folder)
        command = [sys.executable, "-m", "grader", "class", "grade", str(folder)]
        command += ["--stages", CHOSEN, "--seed", str(options.seed), "--out"]
        run = partial(run_and_kill, [*command, str(disturbed)], disturbed, temporary)
        whole = run_and_kill([*command, str(undisturbed)], undisturbed, temporary, never)
        print(f"undisturbed: {whole.graded} submissions in {whole.seconds:.0f} s")
        print("kill after, s  of            left   graded  results kept", flush=True)
        good = True
        for number in range(options.kills):
            more = rng.randint(0, options.count // options.kills)
            # Without more results it is a moment of starting up; else two results take this long.
            seconds = 6.0 if more == 0 else 2 * whole.seconds / options.count
            killed = run(Moment(disturbed, more, rng.uniform(0.0, seconds)).has_come)
            print_kill(number + 1, killed)
            good &= killed.kept and not killed.left and not any(temporary.iterdir())
        last = run(never)
        print_kill(options.kills + 1, last)
        good &= last.kept and is_whole(undisturbed, disturbed, options.count)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
