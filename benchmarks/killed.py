"""Kill `grader class grade` with kill -9 at random moments: `python -m benchmarks.killed`.

The class has 40 submissions, most of them with known mistakes, and is graded in five short stages,
so that the kill often comes while results are being written. After each kill the same command is
started again. At the end every submission must have its result, exactly once in the journal, and
every file must have the bytes that an undisturbed run writes. After each kill, no process may go on
running, and nothing may be left in the system's temporary folder. Linux only.
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
    """Write the submissions of a class."""
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
    """A moment in a run: some seconds after `more` results have been added."""

    def __init__(self, out: Path, more: int, seconds: float) -> None:
        self._out, self._seconds = out, seconds
        self._results = len(whole_lines(out)) + more
        self._since: float | None = None

    def has_come(self) -> bool:
        if self._since is None and len(whole_lines(self._out)) >= self._results:
            self._since = time.monotonic()
        return self._since is not None and time.monotonic() - self._since > self._seconds


def print_kill(number: int, one: Killed) -> None:
    """Print one kill as a row of the table."""
    what = "already done" if one.was_done else f"{one.processes} processes"
    print(
        f"{number:>4}{one.seconds:>10.1f}  {what:<14}{one.left:>7}{one.graded:>9}"
        f"  {'yes' if one.kept else 'NO'}",
        flush=True,
    )


def never() -> bool:
    """Return False, so that a run is never killed."""
    return False


def is_whole(undisturbed: Path, disturbed: Path, count: int) -> bool:
    """Compare the final results with the undisturbed ones; return whether nothing is wrong."""
    keys = [json.dumps(json.loads(line)["key"]) for line in whole_lines(disturbed)]
    names = differing(undisturbed, disturbed)
    print(f"results in the journal: {len(keys)} of {count}, distinct: {len(set(keys))}")
    print(f"files: {len(results_of(undisturbed))}, different from undisturbed: {len(names)}")
    for name in names:
        print(f"  {name}\n{first_difference(undisturbed, disturbed, name)}")
    return len(keys) == len(set(keys)) == count and not names


def main() -> None:
    """Grade a class undisturbed, then with kills, and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=40, help="submissions (default: 40)")
    parser.add_argument("--kills", type=int, default=20, help="(default: 20)")
    parser.add_argument("--seed", type=int, default=42, help="for the class and the moments")
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
            # With no more results, it is a moment during startup; else the time of two results.
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
