"""Find copies in generated classes: `python -m benchmarks.likeness`.

In a class of 60, five have copied all of somebody's files and changed names, comments, layout and
the order of statements. For classes whose honest members differ much, less and hardly at all, this
prints how many of the five pairs stand on top, and the weights of the last of them and of the
first honest pair. At the end it times a class of 300: all pairs, in all stages.
"""

import argparse
import io
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from grader.classroom.likeness.compare_stage import compare_stage
from grader.classroom.likeness.kept_files import KeptFiles
from grader.classroom.likeness.rank_pairs import rank_pairs
from grader.classroom.likeness.run_likeness import given_to_all, run_likeness
from grader.editions import find_kata
from grader.tests.copied_class import CODED, Files, Habits, class_with_copies, write_results

PEOPLE, COPIES = 60, 5
CLASSES = {
    "much": Habits(0.3, 3),
    "less": Habits(0.1, 3),
    "only by the way they take": Habits(0.0, 3),
    "much, and most take the reference's way": Habits(0.3, 15),
    "less, and most take the reference's way": Habits(0.1, 15),
}


def print_rank(words: str, habits: Habits, seed: int) -> None:
    """Print where the copies of one class stand."""
    class_, copies = class_with_copies(seed, PEOPLE - COPIES, COPIES, habits)
    weights = weights_of(class_)
    order = list(weights)
    on_top = sum(pair in copies for pair in order[:COPIES])
    last = min(weights[pair] for pair in copies)
    honest = next(weight for pair, weight in weights.items() if pair not in copies)
    print(f"{words:42} {on_top} of {COPIES} {last:14.0f} {honest:14.0f}", flush=True)


def weights_of(class_: Mapping[str, Files]) -> dict[frozenset[str], float]:
    """Return the weight of each pair that is alike in a stage, the greatest first."""
    kata = find_kata()
    kept = [
        KeptFiles(name, {stage.number: files[f"{stage.name}.py"] for stage in CODED})
        for name, files in class_.items()
    ]
    comparisons = {
        stage.number: compare_stage(
            [one.texts[stage.number] for one in kept], given_to_all(kata, stage)
        )
        for stage in CODED
    }
    pairs = rank_pairs(kept, comparisons, most=len(kept) ** 2).pairs
    return {frozenset((pair.first.name, pair.second.name)): pair.weight for pair in pairs}


def print_time(people: int) -> None:
    """Print how long the whole command takes for a class."""
    class_, _ = class_with_copies(1, people - COPIES, COPIES)
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder)
        write_results(class_, results)
        begun = time.perf_counter()
        run_likeness(find_kata(), Console(file=io.StringIO()), results, None)
        seconds = time.perf_counter() - begun
    pairs = people * (people - 1) // 2
    print(f"{people} people, {pairs:,} pairs, {len(CODED)} stages: {seconds:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="classes of each kind")
    parser.add_argument("--people", type=int, default=300, help="of the class that is timed")
    options = parser.parse_args()
    print(f"{'the honest differ':42} on top  the last copy  first honest")
    for words, habits in CLASSES.items():
        for seed in range(1, options.seeds + 1):
            print_rank(words, habits, seed)
    print_time(options.people)


if __name__ == "__main__":
    main()
