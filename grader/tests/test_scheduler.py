"""`--scheduler`: a class graded by a dask cluster on loopback, whatever happens to its workers."""

import csv
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console

from grader.classroom.grade_class import GradeOptions, run_grade
from grader.classroom.journal import Journal
from grader.classroom.journaled_grader import JournaledGrader
from grader.classroom.list_submissions import list_submissions
from grader.classroom.local_grader import Job, JobResult
from grader.classroom.run_settings import WHOLE, Run
from grader.errors import UsageError
from grader.kata import Kata
from grader.sandbox import probe
from grader.tests.class_folder import NORM, OUTSIDE, STAGES, ClassFolder
from grader.tests.clone import clone_into, run_grader
from grader.tests.old_kernel import lose_landlock
from grader.tests.processes import descendants, is_running, wait_until
from grader.tests.programs import environment_with

pytest.importorskip("distributed")
from grader.classroom import dask_cluster as scheduler  # noqa: E402
from grader.tests.started_cluster import DaskCluster  # noqa: E402

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)
COUNT, MANY = 9, 14  # submissions; with many, some are always left when a run is interrupted
SEED = 2**127 + 7  # more than 64 bits


@pytest.fixture(scope="module")
def scheduler_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with closing(DaskCluster(tmp_path_factory.mktemp("cluster"))) as made:
        yield made


@pytest.fixture
def cluster(scheduler_alone: DaskCluster) -> Iterator[DaskCluster]:
    """A scheduler without workers; those that a test adds end with the test."""
    yield scheduler_alone
    scheduler_alone.stop_workers()


@pytest.fixture
def a_class(tmp_path: Path, kata: Kata) -> ClassFolder:
    made = ClassFolder(tmp_path, kata)
    for number in range(COUNT):
        made.add(f"s{number:02d}", OUTSIDE if number % 3 else "", note=str(number))
    return made


def arguments(a_class: ClassFolder, cluster: DaskCluster) -> list[str]:
    """Return the command that grades a class on a cluster."""
    chosen = ["--out", str(a_class.out), "--stages", STAGES, "--seed", str(SEED)]
    given = [str(a_class.submissions), *chosen, "--scheduler", cluster.address]
    return ["class", "grade", *given]


def begin(a_class: ClassFolder, cluster: DaskCluster) -> subprocess.Popen[str]:
    """Start grading a class on a cluster."""
    return subprocess.Popen(
        [sys.executable, "-m", "grader", *arguments(a_class, cluster)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment_with(),
        text=True,
    )


def grade(a_class: ClassFolder, cluster: DaskCluster, *options: str) -> tuple[int, str, str]:
    """Grade a class on a cluster; return the exit code and the output."""
    done = run_grader(*arguments(a_class, cluster), *options)
    return done.returncode, done.stdout, done.stderr


def wait_for_results(a_class: ClassFolder, count: int) -> None:
    journal = a_class.out / "journal.jsonl"
    wait_until(lambda: journal.exists() and len(a_class.journal()) >= count)


def test_a_worker_is_killed_and_every_submission_has_its_one_result(
    a_class: ClassFolder, cluster: DaskCluster
) -> None:
    a_class.out = a_class.out.with_name("here")
    assert a_class.grade("--seed", str(SEED)).returncode == 0
    files, journal = a_class.files(), sorted(a_class.journal())
    assert len(journal) == len(set(journal)) == COUNT
    one, _ = cluster.add_worker(warm=False), cluster.add_worker(warm=False)

    a_class.out = a_class.out.with_name("there")
    with begin(a_class, cluster) as run:
        wait_for_results(a_class, 3)
        below = descendants(one.pid)
        one.kill()
        assert below and len(a_class.journal()) < COUNT - 2  # it was grading
        wait_until(lambda: not any(map(is_running, below)))
        said, errors = run.communicate(timeout=120)
    assert (run.returncode, errors) == (0, "")
    assert said.count("Landlock") == 2 and said.count("(tcp://127.0.0.1:") == 2
    assert f"{COUNT} of {COUNT} submissions graded, seed {SEED}" in said
    assert sorted(a_class.journal()) == journal
    assert a_class.files() == files
    assert cluster.grading() == []  # the other node has closed its local grader


def test_ctrl_c_ends_what_is_under_way_and_the_same_command_continues(
    a_class: ClassFolder, cluster: DaskCluster
) -> None:
    for number in range(COUNT, MANY):
        a_class.add(f"s{number:02d}", note=f"{number}\nimport time\n\ntime.sleep(0.1)")
    cluster.add_worker()
    with begin(a_class, cluster) as run:
        wait_for_results(a_class, 2)
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=30)
    assert run.returncode == 130, errors
    kept = "what has been graded is kept, and the same command continues from there"
    assert errors == f"interrupted; {kept}\n"
    assert cluster.grading() == []
    graded = a_class.journal()
    assert 2 <= len(graded) < MANY
    code, said, _ = grade(a_class, cluster)
    assert code == 0 and f"{MANY} of {MANY} submissions graded" in said
    assert a_class.journal()[: len(graded)] == graded and len(set(a_class.journal())) == MANY


def test_a_node_that_cannot_take_part_is_named(
    a_class: ClassFolder, cluster: DaskCluster, tmp_path: Path
) -> None:
    code, said, errors = grade(a_class, cluster)
    recognized = "Folder of submissions, 9 students\n"
    assert (code, said) == (
        2,
        recognized,
    ) and "no node has joined it yet: start some with" in errors

    clone = clone_into(tmp_path / "other")
    with (clone.root / "mistakes" / NORM).open("a") as file:
        file.write("# changed\n")
    other = cluster.add_worker(folder=clone.root)
    code, said, errors = grade(a_class, cluster)
    assert (code, said) == (
        2,
        recognized,
    ) and f"the kata in {clone.root} is not the same as here" in errors
    assert errors.startswith("grader: node ") and errors.count("\n") == 1
    cluster.stop(other)

    for path in sorted(a_class.submissions.iterdir())[3:]:
        shutil.rmtree(path)
    cluster.add_worker()
    cluster.add_worker(at_start=lose_landlock)
    code, said, errors = grade(a_class, cluster)
    assert (
        code == 2 and said.count("\n") == 1 and "can't sandbox it" in errors and "node " in errors
    )
    assert cluster.grading() == []  # nor does the node that could
    code, said, errors = grade(a_class, cluster, "--trust-submissions")
    assert (code, errors) == (0, "") and said.count("--trust-submissions") == 2
    assert said.count("Landlock (ABI") == 1
    journal = a_class.journal()
    assert len(journal) == 3
    assert grade(a_class, cluster, "--trust-submissions")[0] == 0
    assert a_class.journal() == journal  # whichever node graded each


def test_a_submission_whose_nodes_all_die_does_not_end_the_class(
    a_class: ClassFolder, tmp_path: Path
) -> None:
    folder = tmp_path / "cluster"
    folder.mkdir()
    with closing(DaskCluster(folder, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")) as cluster:
        only = cluster.add_worker()
        with begin(a_class, cluster) as run:
            wait_for_results(a_class, 2)
            only.kill()
            cluster.add_worker()
            said, errors = run.communicate(timeout=120)
        died = "could not be graded: the nodes that were grading it died, one after another"
        assert (run.returncode, errors) == (1, "") and died in said
        assert "Not done yet. Fix this and run the same command again:" in said
        with (a_class.out / "gradebook.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        left = [row for row in rows if not row["total"]]
        assert len(rows) == COUNT and len(left) + len(a_class.journal()) == COUNT
        assert 1 <= len(left) <= 3 and all(died in str(row) for row in left)
        code, said, _ = grade(a_class, cluster)
        assert code == 0 and len(set(a_class.journal())) == COUNT == len(a_class.journal())


def not_reached(address: str) -> str:
    """Return the message for an address without a scheduler."""
    with pytest.raises(UsageError) as told, scheduler.Cluster(address, "", (9,), False):
        pass
    return str(told.value)


def test_an_address_without_a_scheduler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "CONNECT_SECONDS", 0.3)
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert "no dask scheduler answers there" in not_reached(f"tcp://127.0.0.1:{port}")
    assert "no dask scheduler answers there" in not_reached(f"tcp://127.0.0.1:{port}")
    for address in ("", "nonsense", "foo:bar", "http://127.0.0.1"):
        assert not_reached(address).startswith(f"--scheduler {address}: no dask scheduler answers")
    assert time.monotonic() - began < 10


def test_without_dask_it_says_how_to_get_it(
    a_class: ClassFolder, kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    options = GradeOptions(
        submissions=a_class.submissions,
        out=a_class.out,
        roster=None,
        stages=kata.stages[7:9],
        seed=SEED,
        at_once=1,
        scheduler="tcp://127.0.0.1:1",
        trusted=False,
        shard=WHOLE,
        assignment="",
    )
    with pytest.raises(UsageError, match=r"needs dask.distributed.*pip install .*\[cluster\]"):
        run_grade(kata, Console(quiet=True), options)


class _Unlucky:
    """Fails to grade anything, one job after another."""

    levels = ("full",)

    def grade(self, jobs: Iterable[Job]) -> Iterator[JobResult]:
        for job in jobs:
            yield JobResult(job, (), "full", "the node has died")


def test_two_equal_submissions_each_get_a_result_if_the_first_was_not_graded(
    a_class: ClassFolder, tmp_path: Path
) -> None:
    shutil.copytree(a_class.submissions / "s00", a_class.submissions / "twin")
    entries = list_submissions(a_class.submissions).entries
    with closing(Journal(tmp_path / "journal")) as journal:
        run = Run(7, (8, 9), "suites", WHOLE, (), (), ())
        once = JournaledGrader(journal, run, tmp_path / "taken")
        results = list(once.results(entries, _Unlucky()))
    assert sorted(one.graded.key for one in results) == [entry.key for entry in entries]
    assert {one.obstacle for one in results} == {"the node has died"}
    assert all(one.graded.problems == ("the node has died",) for one in results)
