"""`grader class grade`: a folder of submissions becomes a folder of results."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.classroom.class_summary import print_summary
from grader.classroom.grade_once import Grading, Result
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.intake import Listing, list_submissions
from grader.classroom.journal import Journal
from grader.classroom.local_grader import Graders, Room, below_the_floor
from grader.classroom.out_folder import out_folder, told_of
from grader.classroom.outputs import forget_class, write_class, write_submission
from grader.classroom.progress_table import ProgressTable
from grader.classroom.roster import read_roster
from grader.classroom.run_file import Run, seed_of_earlier_run
from grader.classroom.shard import Shard
from grader.classroom.submission_names import printable
from grader.errors import UsageError
from grader.kata import Kata
from grader.sandbox import probe
from grader.seeds import fresh_seed
from grader.stage import Stage
from grader.verdict_key import CLASS_JUDGE, verdict_key


@dataclass(frozen=True)
class Order:
    """What is to be graded, and how.

    Attributes:
        seed: of everybody's random inputs; with None that of an earlier run in `out`.
        at_once: how many submissions are graded at the same time here.
        scheduler: the address of the cluster that grades instead of this machine.
        trusted: whether code is graded that this machine cannot lock up.
        assignment: what the gradebooks of course systems call it.
    """

    submissions: Path
    out: Path
    roster: Path | None
    stages: Sequence[Stage]
    seed: int | None
    at_once: int
    scheduler: str | None
    trusted: bool
    shard: Shard
    assignment: str


def run_grade(kata: Kata, console: Console, order: Order) -> int:
    """Grade a class, and say what came of it.

    Returns:
        the exit code: 0, or 2 when something on this machine has kept results from being there.

    Raises:
        UsageError: when what is given cannot be used at all.
    """
    listing = _list(order)
    if order.scheduler is None and not order.trusted and not probe().is_enough:
        raise below_the_floor(str(probe()))
    with ExitStack() as stack:
        work = stack.enter_context(out_folder(order.out))
        with told_of(order.out):
            journal = stack.enter_context(closing(Journal(order.out / "journal.jsonl")))
        seed = fresh_seed(order.seed if order.seed is not None else seed_of_earlier_run(order.out))
        numbers = tuple(stage.number for stage in order.stages)
        suites = verdict_key(kata, order.stages, CLASS_JUDGE)
        listed = tuple(entry.key for entry in listing.entries)
        run = Run(seed, numbers, suites, order.shard, listed, listing.problems)
        entries = order.shard.take(listing.entries)
        grading = Grading(journal, suites, seed, numbers, work / "taken")
        graders = _graders(stack, console, kata, order, run, work)
        with told_of(order.out):
            forget_class(order.out)
            run.write(order.out)
        results: dict[str, Result] = {}
        with ProgressTable(console, len(entries)) as show:
            for result in grading.results(entries, graders):
                results[result.graded.key] = _written(result, order.out)
                show.finished(result.graded)
        return _finish(console, order, run, [results[entry.key] for entry in entries])


def _list(order: Order) -> Listing:
    if order.shard.of > 1 and order.seed is None:
        raise UsageError("--shard needs --seed: all parts of a class are graded with the same one")
    if order.out.resolve().is_relative_to(order.submissions.resolve()):
        raise UsageError(f"--out {order.out} lies among the submissions: choose another folder")
    roster = read_roster(order.roster) if order.roster else None
    return list_submissions(order.submissions, roster)


def _graders(
    stack: ExitStack, console: Console, kata: Kata, order: Order, run: Run, work: Path
) -> Graders:
    """Make ready who is to grade, and say how well strangers' code is locked down there."""
    locked = "How code of strangers is locked down"
    if order.scheduler is None:
        room = stack.enter_context(Room(kata, order.at_once, order.trusted, work))
        console.print(Text(f"{locked}: {room.level}"))
        return room
    if find_spec("distributed") is None:
        raise UsageError(
            "--scheduler needs dask.distributed, here and on the nodes: "
            'python -m pip install -c constraints.txt -e ".[cluster]"'
        )
    from grader.classroom.dask_cluster import Cluster

    cluster = Cluster(order.scheduler, run.suites, run.stages, order.trusted)
    stack.enter_context(cluster)
    console.print(Text(f"{locked} on each node:"))
    for name, level in cluster.nodes.items():
        console.print(Text(f"  {name}: {level}"))
    return cluster


def _written(result: Result, out: Path) -> Result:
    """Write the files of a submission; say why when that fails."""
    try:
        write_submission(out, result.graded)
    except OSError as error:
        reason = result.obstacle or f"its files could not be written: {error.strerror}"
        return Result(result.graded, reason)
    return result


def _finish(console: Console, order: Order, run: Run, results: Sequence[Result]) -> int:
    graded: list[GradedSubmission] = [result.graded for result in results]
    obstacles = [
        f"{printable(result.graded.name)}: {result.obstacle}"
        for result in results
        if result.obstacle
    ]
    try:
        write_class(order.out, graded, order.assignment)
    except OSError as error:
        obstacles.append(f"the files of the class could not be written: {error.strerror}")
    print_summary(console, order.out, run, graded, obstacles)
    return 2 if obstacles else 0
