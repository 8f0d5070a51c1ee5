"""Check every suite with many seeds, and time it: `python benchmarks/suites.py --seeds 20`.

A mistake counts as named when a failing test names it, or the one that it is another form of, and
no test names any other. It counts as uneven when its points depend on the seed, so that two
students could get different points for it. What is not as it should be is listed by name.
"""

import argparse
import multiprocessing
import statistics
import time
from dataclasses import dataclass, field

from grader.author.grade_variants import (
    grade_solutions,
    grade_variant,
    named,
    points_of_idle_code,
)
from grader.author.right_ways import right_ways_of
from grader.diagnosis.known_mistakes import Mistake, mistakes_of
from grader.editions import find_kata
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES, stage_of
from grader.verdict import StageVerdict
from grader.workers.warm_torch import warm_torch


@dataclass
class Row:
    """The figures of one stage, and what is not as it should be."""

    number: int
    mistakes: int
    right_ways: int
    seeds: int
    milliseconds: float = 0.0
    failed: int = 0
    named: int = 0
    uneven: int = 0
    right_passed: int = 0
    idle_points: int = 0
    remarks: list[str] = field(default_factory=list)

    @property
    def runs(self) -> int:
        return self.mistakes * self.seeds

    @property
    def right_runs(self) -> int:
        return self.right_ways * self.seeds


def measure(job: tuple[int, int]) -> Row:
    """Measure one stage over `seeds` seeds."""
    number, seeds = job
    warm_torch()
    kata, stage = find_kata(), stage_of(number)
    mistakes, ways = mistakes_of(kata, stage), right_ways_of(kata, stage)
    row = Row(number, len(mistakes), len(ways), seeds, suite_time(number))
    for mistake in mistakes:
        measure_mistake(kata, stage, mistake, row)
    for way in ways:
        verdicts = [grade_variant(kata, stage, way.replaces, seed) for seed in range(seeds)]
        refused = [seed for seed, one in enumerate(verdicts) if one.status != "passed"]
        row.right_passed += seeds - len(refused)
        if refused:
            row.remarks.append(f"{way.name}: refused with seeds {refused}")
    idle = points_of_idle_code(kata, stage, 1) if stage.has_code else {}
    row.idle_points = max((sum(earned.values()) for earned in idle.values()), default=0)
    return row


def measure_mistake(kata: Kata, stage: Stage, mistake: Mistake, row: Row) -> None:
    """Grade a known mistake with every seed."""
    verdicts = [grade_variant(kata, stage, mistake.replaces, seed) for seed in range(row.seeds)]
    passed = [seed for seed, one in enumerate(verdicts) if one.status != "failed"]
    unnamed = [seed for seed, one in enumerate(verdicts) if not is_named(mistake, one)]
    points = {verdict.points for verdict in verdicts}
    row.failed += row.seeds - len(passed)
    row.named += row.seeds - len(unnamed)
    row.uneven += len(points) > 1
    for seeds, words in ((passed, "not failed"), (unnamed, "not named")):
        if seeds:
            row.remarks.append(f"{mistake.name}: {words} with seeds {seeds}")
    if len(points) > 1:
        row.remarks.append(f"{mistake.name}: uneven, {sorted(points)} points")


def is_named(mistake: Mistake, verdict: StageVerdict) -> bool:
    """Return whether a verdict names a mistake, or the one that it is another form of, and no
    other."""
    names, right = named(verdict), {mistake.name, mistake.like}
    return bool(names & right - {None}) and names <= {*right, None}


def suite_time(number: int) -> float:
    """Return a suite's median time on the solutions, in this process, in milliseconds."""
    kata, stage = find_kata(), stage_of(number)
    times = []
    for seed in range(6):
        start = time.perf_counter()
        grade_solutions(kata, stage, seed)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[1:])  # the first one loads the modules


def main() -> None:
    """Print one row per stage, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="(default: 20)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (default: 2)")
    options = parser.parse_args()
    numbers = [stage.number for stage in STAGES]
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        jobs = [(number, options.seeds) for number in numbers]
        heads = "mistakes  failed   named  uneven  ways  passed  idle"
        print(f"stage                         ms  {heads}")
        rows = []
        for row in pool.imap(measure, jobs):
            rows.append(row)
            print(
                f"{stage_of(row.number).name:<27}{row.milliseconds:>5.0f}{row.mistakes:>10}"
                f"{share(row.failed, row.runs):>8}{share(row.named, row.runs):>8}{row.uneven:>8}"
                f"{row.right_ways:>6}{share(row.right_passed, row.right_runs):>8}"
                f"{row.idle_points:>6}",
                *row.remarks,
                sep="\n    ",
                flush=True,
            )
    alone = [suite_time(number) for number in numbers]  # one by one, now that nothing else runs
    runs = sum(row.runs for row in rows)
    right_runs = sum(row.right_runs for row in rows)
    print(f"seeds: {options.seeds}")
    print(
        f"mistakes: {sum(row.mistakes for row in rows)}, "
        f"failed {share(sum(row.failed for row in rows), runs)}, "
        f"named {share(sum(row.named for row in rows), runs)}, "
        f"with points that depend on the seed {sum(row.uneven for row in rows)}"
    )
    print(
        f"correct ways: {sum(row.right_ways for row in rows)}, "
        f"passed {share(sum(row.right_passed for row in rows), right_runs)}"
    )
    print(f"points for idle code: {sum(row.idle_points for row in rows)}")
    print(
        f"suites' own computing: median {statistics.median(alone):.0f} ms, "
        f"slowest {max(alone):.0f} ms, total {sum(alone) / 1000:.2f} s"
    )


def share(count: int, total: int) -> str:
    """Return a share as a percentage that is never rounded up to 100."""
    if not total:
        return "-"
    return f"{int(1000 * count / total) / 10:.1f}%"


if __name__ == "__main__":
    main()
