"""A forked program finds what a fresh one finds, and ends as it does."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from grader.can_fork import CAN_FORK
from grader.tests.clone import Clone
from grader.tests.forked_program import ForkedProgram
from grader.tests.processes import descendants, wait_until
from grader.tests.programs import ForkServer, environment_with, fork_server

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="programs are not forked here")

LOOKS = """
import json, os, sys
found = {
    "arguments": sys.argv[1:],
    "folder": os.getcwd(),
    "environment": dict(os.environ),
    "search": sys.path,
    "name": __name__,
    "typed": sys.stdin.read(),
    "terminals": [stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)],
    "open": sorted(os.listdir("/proc/self/fd")),
    "ours": [name for name in sys.modules if name.startswith("grader")],
    "site": getattr(sys, "sitecustomized", False),
}
print(json.dumps(found))
print("and an error", file=sys.stderr)
"""


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    (tmp_path / "looks.py").write_text(LOOKS, encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    site = tmp_path / "elsewhere" / "sitecustomize.py"
    site.write_text("import sys\nsys.sitecustomized = True\n", encoding="utf-8")
    return Clone(tmp_path)


@pytest.mark.parametrize("program", [("-m", "looks"), ("-c", LOOKS)], ids=["module", "code"])
@pytest.mark.parametrize("path", ["", "elsewhere"])
def test_a_program_finds_the_same(clone: Clone, program: tuple[str, str], path: str) -> None:
    runs = [
        run(*program, "one", "two words", typed="6 x 9\n", PYTHONPATH=path)
        for run in (clone.python, clone.shell)
    ]
    assert runs[0].stdout == runs[1].stdout != ""
    assert runs[0].stderr == runs[1].stderr == "and an error\n"


def test_a_grader_in_the_folder_is_the_one_that_runs(clone: Clone) -> None:
    (clone.root / "grader").mkdir()
    for name in ("__init__.py", "cli.py"):
        (clone.root / "grader" / name).write_text("")
    (clone.root / "grader" / "__main__.py").write_text("import grader.cli as c; print(c.__file__)")
    assert clone.run().stdout == f"{clone.root / 'grader' / 'cli.py'}\n"


@pytest.mark.parametrize(("variable", "shown"), [("KATA_NO_FORK", False), ("OTHER", True)])
def test_what_the_grader_reads_while_it_is_imported_counts(
    clone: Clone, variable: str, shown: bool
) -> None:
    ends = "import atexit\n@atexit.register\ndef end():\n"
    ends += "    from grader.can_fork import CAN_FORK\n    print(CAN_FORK)\n"
    (clone.root / "elsewhere" / "sitecustomize.py").write_text(ends)
    done = clone.run("status", PYTHONPATH="elsewhere", **{variable: "1"})
    assert done.stdout.splitlines()[-1] == str(shown), done


def test_a_program_has_nothing_open_of_another_one(clone: Clone) -> None:
    endless = ("-c", "import time; time.sleep(600)")
    with Path(os.devnull).open("r+b") as file:
        streams = [file.fileno()] * 3
        other = ForkedProgram(
            fork_server().address, endless, str(clone.root), environment_with(), streams
        )
    try:
        assert json.loads(clone.python("-c", LOOKS).stdout)["open"] == ["0", "1", "2", "3"]
    finally:
        os.kill(other.pid, signal.SIGKILL)
        other.wait()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("pass", 0),
        ("raise SystemExit", 0),
        ("raise SystemExit(3)", 3),
        ("raise SystemExit('in words')", 1),
        ("1 / 0", 1),
        ("import os; os._exit(7)", 7),
        ("import os; os.kill(os.getpid(), 9)", -9),
    ],
)
def test_a_program_ends_the_same(clone: Clone, code: str, status: int) -> None:
    at_exit = "import atexit; atexit.register(print, 'goodbye')"
    forked, fresh = (run("-c", f"{at_exit}; {code}") for run in (clone.python, clone.shell))
    assert forked.returncode == fresh.returncode == status
    assert forked.stdout == fresh.stdout
    assert forked.stderr.splitlines()[-1:] == fresh.stderr.splitlines()[-1:]


def test_a_program_that_takes_too_long_ends_with_all_that_it_has_started(clone: Clone) -> None:
    server = ForkServer()
    starts = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    code = starts.replace("input()", "import time; time.sleep(600)")
    with pytest.raises(TimeoutError):
        server.run(("-c", code), clone.root, environment_with(), "", limit=0.7)
    wait_until(lambda: descendants(server.pid) == [])
    done = server.run(("-c", "print(42)"), clone.root, environment_with(), "", limit=60.0)
    assert done.stdout == "42\n" and done.args[0] == sys.executable
    server.close()
