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
from pathlib import Path

from benchmarks.written_mistakes import with_mistake
from grader.diagnosis.catalogue import mistakes_of
from grader.home import Kata, find_kata
from grader.stage_ranges import parse_stages
from grader.tests.class_folder import files_of
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
        whole = run_and_kill([*command, str(undisturbed)], undisturbed, temporary, lambda: False)
        print(f"undisturbed: {whole.graded} submissions in {whole.seconds:.0f} s")
        print("kill after, s  of            left   graded  results kept")
        results, good = [], True
        for number in range(options.kills):
            more = rng.randint(0, 3 * options.count // (2 * options.kills))
            # Without more results it is a moment of starting up; else two results take this long.
            seconds = 6.0 if more == 0 else 2 * whole.seconds / options.count
            moment = Moment(disturbed, more, rng.uniform(0.0, seconds))
            results.append(
                run_and_kill([*command, str(disturbed)], disturbed, temporary, moment.has_come)
            )
            print_kill(number + 1, results[-1])
            good &= results[-1].kept and not results[-1].left and not list(temporary.iterdir())
        last = run_and_kill([*command, str(disturbed)], disturbed, temporary, lambda: False)
        print_kill(options.kills + 1, last)
        keys = [json.dumps(json.loads(line)["key"]) for line in whole_lines(disturbed)]
        same_journal = sorted(whole_lines(undisturbed)) == sorted(whole_lines(disturbed))
        differing = {
            name
            for one, other in ((undisturbed, disturbed), (disturbed, undisturbed))
            for name, content in files_of(one).items()
            if files_of(other).get(name) != content
        }
        print(f"results in the journal: {len(keys)}, distinct: {len(set(keys))}")
        print(f"the journal's lines are those of the undisturbed run: {same_journal}")
        print(f"files of results: {len(files_of(undisturbed))}, that differ: {sorted(differing)}")
        print(f"processes left: {sum(one.left for one in results)}")
        print(f"left in temporary folders: {[path.name for path in temporary.iterdir()]}")
        good &= len(keys) == len(set(keys)) == options.count and same_journal and not differing
    sys.exit(0 if good and last.kept else 1)


if __name__ == "__main__":
    main()
