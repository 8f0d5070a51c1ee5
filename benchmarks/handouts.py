"""Compare a handout's verdicts with the whole kata's: `python benchmarks/handouts.py FOLDER`.

FOLDER is what `grader class handout --out FOLDER` has written. With every recorded seed, every
known mistake runs through the visible tests of its stage twice: judged by the recordings, and by
the live reference. A mistake counts as named under the same rule as in `benchmarks/suites.py`, and
every failing test is compared separately.
"""

import argparse
import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from grader.author.grade_variants import told
from grader.author.right_ways import right_ways_of
from grader.diagnosis.known_mistakes import mistakes_of
from grader.editions import find_kata, open_kata
from grader.handout.recorded_oracle import RecordedOracle
from grader.stages import stage_of
from grader.suite.oracle import LiveOracle
from grader.workers.warm_torch import warm_torch


@dataclass
class Row:
    """The results of one stage."""

    number: int
    runs: int = 0
    failed: int = 0
    named: int = 0
    tests: int = 0  # that fail, recorded or live
    same: int = 0  # of these, those with the same outcome and name in both
    right_runs: int = 0
    right_passed: int = 0
    differences: list[str] = field(default_factory=list)


def measure(folder: Path, number: int) -> Row:
    """Compare one stage."""
    warm_torch()
    whole, handout, stage = find_kata(), open_kata(folder.resolve()), stage_of(number)
    row = Row(number)
    for seed in handout.seeds:
        for mistake in mistakes_of(whole, stage):
            played = told(whole, stage, mistake.replaces, RecordedOracle(handout, stage, seed))
            live = told(whole, stage, mistake.replaces, LiveOracle(whole, stage, seed))
            failing = {name for outcome, name in played.values() if outcome == "failed"}
            row.runs += 1
            row.failed += bool(failing)
            row.named += mistake.name in failing and failing <= {mistake.name, None}
            wrong = [test for test in played if "failed" in (played[test][0], live[test][0])]
            apart = [test for test in wrong if played[test] != live[test]]
            row.tests += len(wrong)
            row.same += len(wrong) - len(apart)
            row.differences += [
                f"{mistake.name}, seed {seed}, {test}: {played[test]}, live {live[test]}"
                for test in apart
            ]
        for way in right_ways_of(whole, stage):
            outcomes = told(whole, stage, way.replaces, RecordedOracle(handout, stage, seed))
            row.right_runs += 1
            row.right_passed += set(outcomes.values()) == {("passed", None)}
    return row


def rows(folder: Path, jobs: int) -> Iterator[Row]:
    """Compare all stages of a handout."""
    numbers = [stage.number for stage in open_kata(folder).stages if stage.has_code]
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(partial(measure, folder), numbers)


def main() -> None:
    """Print one row per stage, the sums, and every difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the handout")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (default: 2)")
    options = parser.parse_args()
    total, differences = Row(0), []
    print("stage                       runs  failed   named   tests  as live  correct ways passed")
    for row in rows(options.folder, options.jobs):
        print(_line(stage_of(row.number).name, row), flush=True)
        differences += row.differences
        for name in ("runs", "failed", "named", "tests", "same", "right_runs", "right_passed"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
    print(_line("total", total))
    print("\n".join(differences))


def _line(name: str, row: Row) -> str:
    return (
        f"{name:<27}{row.runs:>5}{row.failed:>8}{row.named:>8}{row.tests:>8}{row.same:>9}"
        f"{row.right_passed:>15} of {row.right_runs}"
    )


if __name__ == "__main__":
    main()
