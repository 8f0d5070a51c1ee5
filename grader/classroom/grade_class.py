"""`grader class grade`: grade a folder of submissions, and write a folder of results."""

from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.classroom.exports.changes import Change
from grader.classroom.grades.members import members_of
from grader.classroom.grades.rules import (
    NO_RULES,
    NONE,
    AbsentAs,
    GradeRules,
    changed_rules,
    check_rules,
)
from grader.classroom.journal import JOURNAL, Journal
from grader.classroom.journaled_grader import GradingResult, JournaledGrader
from grader.classroom.list_submissions import Listing, list_submissions
from grader.classroom.local_grader import Grader, LocalGrader, sandbox_here
from grader.classroom.results_folder import (
    begin_class,
    earlier_times,
    results_folder,
    write_changes,
    write_class,
    write_submission,
)
from grader.classroom.roster import NO_ROSTER, read_roster
from grader.classroom.run_settings import ASSIGNMENT, Run, Shard, earlier_run
from grader.classroom.submission_names import printable
from grader.classroom.terminal_report import ProgressTable, print_changes, print_summary
from grader.errors import UsageError
from grader.kata import Kata
from grader.seeds import secret_seed
from grader.stage import Stage
from grader.stage_names import CORE, parse_stages
from grader.stages import stage_of
from grader.targets import require_reference
from grader.verdict_key import CLASS_JUDGE, verdict_key
from grader.write_files import naming_out, reason_of


@dataclass(frozen=True)
class GradeOptions:
    """The options of `grader class grade`."""

    submissions: Path
    out: Path
    roster: Path | None  # `none` forgets that an earlier run in `out` used one
    stages: tuple[Stage, ...]  # none named: as in an earlier run in `out`, or s01 to s20
    seed: int | None  # of the class; None: the seed of an earlier run in `out`, or a new one
    at_once: int  # how many submissions are graded at the same time on this machine
    scheduler: str | None  # the address of the cluster that grades instead of this machine
    trusted: bool  # whether to grade code that this machine can't sandbox
    shard: Shard
    assignment: str | None  # its title in course systems; None: as in an earlier run in `out`
    map_file: Path | None = None  # whose a submission is where a machine can't decide, or `none`
    absent: AbsentAs | None = None  # None: as in an earlier run in `out`, or empty
    rules: Mapping[str, str] = field(default_factory=dict)  # about grades, by option


def run_grade(kata: Kata, console: Console, options: GradeOptions) -> int:
    """Grade a class, print a summary, and return the exit code: 0, or 1 if something on this
    machine prevented some results.

    Raises:
        UsageError: if the kata is a handout, an option can't be used, or nothing can be graded.
        ServerLost: if the grading process on this machine has ended unexpectedly.
    """
    require_reference(kata, "`grader class grade`")
    out, earlier = options.out, earlier_run(options.out)
    options = _with_tables(options, earlier)
    options = replace(options, stages=options.stages or _earlier_stages(earlier))
    listing = _list(options, earlier)
    rules = _rules(options, listing, earlier)
    seed = earlier.seed if earlier and options.seed is None else options.seed
    if options.scheduler is None:
        sandbox_here(options.trusted)  # refuses before anything is written
    with ExitStack() as stack:
        work = stack.enter_context(results_folder(out))
        console.print(Text(str(listing), style="bold"))
        with naming_out(out):
            journal = stack.enter_context(closing(Journal(out / JOURNAL)))
        run = Run(
            seed=secret_seed(seed),
            stages=tuple(stage.number for stage in options.stages),
            suites=verdict_key(kata, options.stages, CLASS_JUDGE),
            shard=options.shard,
            listed=tuple(one.key for one in listing.entries),
            absent=listing.absent,
            problems=listing.problems,
            open=listing.open,
            pending=listing.pending,
            absent_as=options.absent or (earlier.absent_as if earlier else "empty"),
            rules=rules,
            assignment=options.assignment or (earlier.assignment if earlier else ASSIGNMENT),
            roster=options.roster is not None,
            map_file=options.map_file is not None,
        )
        graders = _graders(stack, console, kata, options, run, work)
        times = earlier_times(out)
        begin_class(out, run)
        submissions = run.shard.take(listing.entries)
        results: dict[str, GradingResult] = {}
        with ProgressTable(console, len(submissions)) as table:
            grader = JournaledGrader(journal, run, work / "taken")
            for result in grader.results(submissions, graders):
                results[result.graded.key] = _written(_with_time(result, times), out)
                table.show(result.graded)
        return _finish(console, options, run, [results[one.key] for one in submissions])


def _with_tables(options: GradeOptions, earlier: Run | None) -> GradeOptions:
    """Return options without the files that the teacher no longer wants to be used.

    Raises:
        UsageError: if an earlier run used a file that isn't given again: without a word, its
            results would be taken away from the people of the roster.
    """
    wanted = {"roster": options.roster, "map_file": options.map_file}
    used = {"roster": earlier.roster, "map_file": earlier.map_file} if earlier else {}
    if str(options.roster) == NONE and options.map_file is None:
        wanted["map_file"] = Path(NONE)
    for name, path in wanted.items():
        if used.get(name) and path is None:
            option, what = ("--roster", "roster") if name == "roster" else ("--map", "map file")
            raise UsageError(
                f"the earlier run in {options.out} used a {what}: give {option} again, or "
                f"{option} {NONE}"
            )
    files = {name: None if str(path) == NONE else path for name, path in wanted.items()}
    return replace(options, roster=files["roster"], map_file=files["map_file"])


def _earlier_stages(earlier: Run | None) -> tuple[Stage, ...]:
    return tuple(map(stage_of, earlier.stages)) if earlier else parse_stages(CORE)


def _list(options: GradeOptions, earlier: Run | None) -> Listing:
    if options.shard.of > 1 and options.seed is None:
        raise UsageError("--shard needs --seed: all parts of a class must have the same seed")
    if earlier and earlier.shard != options.shard:
        there, asked = (
            "the whole class" if one.of == 1 else f"part {one}"
            for one in (earlier.shard, options.shard)
        )
        raise UsageError(f"{options.out} has {there}: choose another --out for {asked}")
    if options.out.resolve().is_relative_to(options.submissions.resolve()):
        raise UsageError(
            f"--out {options.out} is inside the folder of submissions: choose another folder"
        )
    if options.map_file and not options.roster:
        raise UsageError("--map needs --roster: it says who in the roster a submission belongs to")
    roster = read_roster(options.roster) if options.roster else NO_ROSTER
    return list_submissions(options.submissions, roster, options.map_file)


def _rules(options: GradeOptions, listing: Listing, earlier: Run | None) -> GradeRules:
    """Return the rules of grades, those of an earlier run where no option says anything."""
    rules = changed_rules(earlier.rules if earlier else NO_RULES, options.rules)
    check_rules(rules, [stage.number for stage in options.stages], members_of(listing))
    return rules


def _graders(
    stack: ExitStack, console: Console, kata: Kata, options: GradeOptions, run: Run, work: Path
) -> Grader:
    """Start the local grader or the cluster, and print how it sandboxes untrusted code."""
    sandbox = "How untrusted code is sandboxed"
    if options.scheduler is None:
        local = stack.enter_context(LocalGrader(kata, options.at_once, options.trusted, work))
        console.print(Text(f"{sandbox}: {local.level}"))
        return local
    if find_spec("distributed") is None:
        raise UsageError(
            "--scheduler needs dask.distributed, here and on the nodes: "
            'python -m pip install -c constraints.txt -e ".[cluster]"'
        )
    from grader.classroom.dask_cluster import Cluster

    asked = run.suites, run.stages, options.trusted
    cluster = stack.enter_context(Cluster(options.scheduler, *asked))
    console.print(Text(f"{sandbox} on each node:"))
    for name, level in cluster.nodes.items():
        console.print(Text(f"  {name}: {level}"))
    return cluster


def _with_time(result: GradingResult, times: Mapping[tuple[str, str], str]) -> GradingResult:
    """Return a result with the time of an earlier run, if the download no longer says it."""
    one = result.graded
    known = one.handed_in or times.get((one.key, one.files), "")
    return replace(result, graded=replace(one, handed_in=known))


def _written(result: GradingResult, out: Path) -> GradingResult:
    """Write the files of a submission; if that fails, add the reason to the result."""
    try:
        write_submission(out, result.graded, result.files)
    except OSError as error:
        trouble = f"its files could not be written: {reason_of(error)}"
        return replace(result, obstacle=result.obstacle or trouble)
    return result


def _finish(console: Console, options: GradeOptions, run: Run, results: list[GradingResult]) -> int:
    graded = [result.graded for result in results]
    troubled = [result for result in results if result.obstacle]
    obstacles = [f"{printable(one.graded.name)}: {one.obstacle}" for one in troubled]
    written = True
    missing: tuple[str, ...] = ()
    changes: list[Change] = []
    try:
        missing = write_class(options.out, run, graded, run.assignment)
        changes = write_changes(options.out, run, graded)
    except OSError as error:
        written = False
        obstacles.append(f"the files of the class could not be written: {reason_of(error)}")
    print_summary(console, options.out, run, graded, obstacles, missing, written)
    print_changes(console, options.out, changes)
    return 1 if obstacles else 0
