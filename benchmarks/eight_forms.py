"""Hold downloads of large classes against the truth: `python -m benchmarks.eight_forms`.

For each of the eight forms in which course systems hand out what students handed in, as a folder
and as an unopened zip, a class of 300 is invented and exported (see grader/tests/course_systems/).
The table says how many hand-ins were found whole, how many people were matched, how many were left
open with the right person among the nearest names (or rightly without one), and how many were left
open or matched wrongly. Nothing is graded.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from grader.errors import UsageError
from grader.tests.course_systems.forms import FORMS, Form
from grader.tests.course_systems.measure import Figures, measure
from grader.tests.course_systems.people import People, invent_people

_HEADINGS = ("found", "matched", "open, right", "open, wrong", "wrong", "absent, wrong", "seconds")


def figures_of(form: Form, people: People) -> tuple[Figures, float]:
    """Return the figures of one form, and the seconds that listing and reading took."""
    with tempfile.TemporaryDirectory(prefix="kata-") as folder:
        made, download, roster = form.write(people, Path(folder))
        begun = time.perf_counter()
        try:
            figures = measure(made, download, roster)
        except UsageError as error:
            figures = Figures(hand_ins=len(made.hand_ins), lines=[f"refused: {error}"])
        return figures, time.perf_counter() - begun


def row(form: Form, figures: Figures, seconds: float) -> str:
    """Return one row of the table."""
    total = figures.hand_ins
    shares = [figures.found, figures.matched, figures.open_rightly, figures.open_wrongly]
    cells = [f"{count / total:.1%}" for count in [*shares, figures.wrong]]
    cells += [str(figures.absent_wrongly), f"{seconds:.1f}"]
    aligned = zip(_HEADINGS, cells, strict=True)
    return f"{form.name:24}{total:>9}" + "".join(f"{cell:>{len(h) + 2}}" for h, cell in aligned)


def main() -> None:
    """Measure all forms and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=300, help="people (default: 300)")
    parser.add_argument("--seed", type=int, default=16, help="of the class (default: 16)")
    parser.add_argument("--lines", type=int, default=5, help="wrong lines a form (default: 5)")
    options = parser.parse_args()
    people = invent_people(options.count, options.seed)
    print(
        f"{'form':24}{'hand-ins':>9}"
        + "".join(f"{heading:>{len(heading) + 2}}" for heading in _HEADINGS)
    )
    wrong = []
    for form in FORMS:
        figures, seconds = figures_of(form, people)
        print(row(form, figures, seconds), flush=True)
        wrong += [f"{form.name}: {line}" for line in figures.lines[: options.lines]]
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
