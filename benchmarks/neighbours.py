"""Grade honest submissions beside hostile ones, two at once: `python -m benchmarks.neighbours`.

The honest ones come from benchmarks/made_class.py, and their points are known. The hostile ones use
up whatever is shared: processors, threads, the disk, memory, the grader's time. The command itself
grades the class in two random orders. In both, every honest submission must get the points that it
gets alone. Linux only.
"""

import argparse
import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.progress import track

from benchmarks.generated_class import unexpected
from benchmarks.made_class import ALL_STAGES, Made, Maker
from grader.editions import find_kata
from grader.stages import STAGES, stage_of
from grader.tests.attacks import asking, starving
from grader.workers.warm_torch import warm_torch

# Names the file to which a line is added whenever a stage is graded again alone.
AGAIN = "KATA_JUDGED_AGAIN"
_SERVER = f"""
import os
from grader.classroom import class_server
begin = class_server.Dispatcher._begin
def noted(self, job, stages, alone=False):
    if alone:
        with open(os.environ["{AGAIN}"], "a") as file:
            file.write("a stage\\n")
    begin(self, job, stages, alone)
class_server.Dispatcher._begin = noted
class_server.main()
"""
# `grader`, with a grading process that records each stage that is graded again alone.
PROGRAM = f"""
from grader.classroom import local_grader
local_grader.PROGRAM = ["-P", "-c", {_SERVER!r}]
from grader.cli import main
main()
"""
_TAKING = {  # what a hostile stage does before its functions sleep
    "sleeper": "",
    "hog": starving.SPINNING.format(threads=12),
    "eater of threads": starving.SPINNING.format(threads=250),
}
_MOST_TAKEN = 3  # such stages per hostile submission, besides its attack


def make_honest(count: int, seed: int) -> list[Made]:
    """Make submissions without attacks, with their points."""
    warm_torch()
    maker = Maker(find_kata(), seed)
    honest = filter(_is_honest, map(maker.make, itertools.count()))
    return list(track(itertools.islice(honest, count), "making the class", count, transient=True))


def _is_honest(made: Made) -> bool:
    return not any(what.startswith("attack") for what in made.wrong.values())


def make_hostile(number: int, rng: random.Random) -> Made:
    """Make a submission of one attack and some stages that waste resources; it gets no points."""
    attack = rng.choice([*starving.ATTACKS, *asking.ATTACKS])
    made = Made(f"hostile{number:03}", points=dict.fromkeys((one.number for one in STAGES), 0))
    for stage in rng.sample([one for one in STAGES if one.has_code], _MOST_TAKEN):
        kind = rng.choice(list(_TAKING))
        sleeping = "".join(f"def {name}(*_): time.sleep(1000)\n" for name in stage.names)
        made.files[f"{stage.name}.py"] = f"import time\n{_TAKING[kind]}{sleeping}"
        made.wrong[stage.number] = kind
    made.files[f"{stage_of(attack.stage).name}.py"] = attack.source
    made.wrong[attack.stage] = attack.name
    return made


def hand_in(made: Sequence[Made], folder: Path) -> list[Made]:
    """Write the submissions of a class, named so that they are graded in this order."""
    named = [replace(one, name=f"{place:03}-{one.name}") for place, one in enumerate(made)]
    for one in named:
        one.write(folder)
    return named


def grade(folder: Path, out: Path, seed: int) -> tuple[float, int]:
    """Grade a class; return the seconds it took, and how many stages were graded again alone."""
    noted = out.with_suffix(".again")
    noted.touch()
    command = [sys.executable, "-c", PROGRAM, "class", "grade", str(folder), "--out", str(out)]
    command += ["--seed", str(seed), "--jobs", "2", "--stages", ALL_STAGES]
    begun = time.perf_counter()
    environment = {**os.environ, AGAIN: str(noted)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        print(done.stdout)
    return time.perf_counter() - begun, len(noted.read_text().splitlines())


def run(made: Sequence[Made], order: str, folder: Path, seed: int) -> bool:
    """Grade a class in one order, print the result, and return whether no points are wrong."""
    named = hand_in(made, folder / order)
    seconds, again = grade(folder / order, folder / f"{order}-results", seed)
    off = list(unexpected(named, folder / f"{order}-results"))
    honest = [one.name for one in named if "student" in one.name]
    paid = {line.split()[0] for line in off} & set(honest)
    print(
        f"{order} order: {len(honest) - len(paid)} of {len(honest)} honest submissions get the "
        f"points that they get alone, {again} stages were graded again alone, {seconds:.0f} s",
        flush=True,
    )
    for line in off:
        print(f"  {line}", flush=True)
    return not off


def main() -> None:
    """Make a class and grade it in two orders."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=300, help="submissions (default: 300)")
    parser.add_argument("--hostile", type=float, default=0.05, help="their share (default: 0.05)")
    parser.add_argument("--seed", type=int, default=42, help="for the class and its grading")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    hostile = [make_hostile(one, rng) for one in range(round(options.count * options.hostile))]
    made = make_honest(options.count - len(hostile), options.seed) + hostile
    print(f"seed {options.seed}: {len(made)} submissions, {len(hostile)} of them hostile")
    for one in hostile:
        print(f"  {one.name}: {', '.join(one.wrong.values())}", flush=True)
    well = True
    with tempfile.TemporaryDirectory(prefix="kata-") as name:
        for order in ("first", "second"):
            rng.shuffle(made)
            well &= run(made, order, Path(name), options.seed)
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
