"""Grade code by people who never saw the suites; count what is caught and how it is explained.

    python benchmarks/strangers.py

The cases are in grader/tests/strangers/. Their authors knew only what the stages ask for. Every
wrong one must fail with every seed, and every right one must pass.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track

from grader.editions import find_kata
from grader.stage_names import parse_stages
from grader.stages import stage_of
from grader.tests.strangers_code import Case, cases_of
from grader.verdict import Located, StageVerdict
from grader.workers.pool import start_pool

SEEDS = 5
ONE, TWO, LOCATED, UNEXPLAINED = "named by one", "named by two", "located", "unexplained"
HOW = {
    ONE: "one known mistake explains it",
    TWO: "two known mistakes explain it together",
    LOCATED: "no name, but the first wrong line or the relation to the right value",
    UNEXPLAINED: "none of these",
}


@dataclass(frozen=True)
class Row:
    """The result of a case with one seed."""

    case: Case
    seed: int
    passed: bool
    how: str  # one of the keys of HOW
    names: frozenset[str]  # of the known mistakes that explain it

    @property
    def shown(self) -> str:
        return f"s{self.case.stage.number:02d} {self.case.name}, seed {self.seed}"


def grade(number: int, seed: int) -> list[Row]:
    """Grade the cases of a stage; called in a fresh process."""
    kata, stage = find_kata(), stage_of(number)
    with closing(start_pool()) as pool:
        # Imported after the pool has started, so that the workers don't have what this loads.
        from grader.suite.grade_stage import grade_stage

        rows = []
        for case in cases_of(stage):
            with tempfile.TemporaryDirectory(prefix="kata-") as name:
                case.write(kata, Path(name))
                verdict = grade_stage(kata, stage, Path(name), seed, pool.worker)
            names = frozenset(name for test in verdict.tests for name in test.names)
            rows.append(Row(case, seed, verdict.status == "passed", explained(verdict), names))
        return rows


def explained(verdict: StageVerdict) -> str:
    """Return how the failures of a stage are explained, by the best explanation of any test."""
    wrong = [test for test in verdict.tests if test.outcome in ("failed", "error")]
    paying: dict[str, set[str]] = {}  # by function, the names in its tests that have points
    for test in wrong:
        if test.max_points and test.mistake:
            paying.setdefault(test.function, set()).add(test.mistake)
    if any(test.mistakes for test in wrong) or any(len(names) > 1 for names in paying.values()):
        return TWO
    if any(test.mistake for test in wrong):
        return ONE
    return LOCATED if any(_is_located(test.located) for test in wrong) else UNEXPLAINED


def _is_located(located: Located | None) -> bool:
    """Return whether it tells the first wrong line, or how the value relates to the right one."""
    if located is None:
        return False
    return bool(located.relation or (located.first_wrong and located.right_until))


def measure(numbers: list[int], seeds: int) -> Iterator[Row]:
    """Grade the cases of some stages on all processors, showing the progress."""
    jobs = [(number, seed) for seed in range(seeds) for number in numbers]
    with ProcessPoolExecutor(max_tasks_per_child=1) as workers:
        under_way = [workers.submit(grade, *job) for job in jobs]
        for job in track(under_way, "grading", transient=True):
            yield from job.result()


def main() -> None:
    """Print each wrong case that passed and each right one that failed, and the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stages", default="1-19", help="such as 8-12 (default: 1-19)")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"(default: {SEEDS})")
    parser.add_argument("--unexplained", action="store_true", help="list unexplained failures")
    options = parser.parse_args()
    rows = list(measure([one.number for one in parse_stages(options.stages)], options.seeds))
    wrong = [row for row in rows if not row.case.is_right]
    right = [row for row in rows if row.case.is_right]
    caught = [row for row in wrong if not row.passed]
    for row in rows:
        if row.passed != row.case.is_right:
            why = f" ({row.case.escapes})" if row.case.escapes else ""
            print(f"{'refused' if row.case.is_right else 'escaped'}: {row.shown}{why}")
        elif options.unexplained and not row.passed and row.how == UNEXPLAINED:
            print(f"unexplained: {row.shown}")
        if not row.passed and row.names != row.case.named:
            told, wanted = (", ".join(sorted(one)) or "none" for one in (row.names, row.case.named))
            print(f"named differently: {row.shown}: {told}; the case expects {wanted}")
    print(f"{options.seeds} seeds, {len({row.case for row in rows})} cases")
    print(f"caught {share(len(caught), len(wrong))} of wrong code; of that")
    counts = Counter(row.how for row in caught)
    for how, words in HOW.items():
        print(f"  {how:<13} {share(counts[how], len(caught))}: {words}")
    refused = sum(not row.passed for row in right)
    print(f"refused {share(refused, len(right))} of right code")


def share(part: int, whole: int) -> str:
    """Return a share as text: `434 of 445 (97.5 %)`."""
    return f"{part} of {whole} ({100 * part / max(1, whole):.1f} %)"


if __name__ == "__main__":
    main()
