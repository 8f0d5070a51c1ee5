"""A process that has imported torch and forks a Python program on request.

A fresh `python -m grader` takes some three seconds of processor time to import torch and to tear it
down at exit. A fork of this process has it already, and otherwise finds what a fresh interpreter
would: its own session, folder, environment, arguments, `sys.path` and standard streams. Only
`python -m grader...` also finds most of the grader imported, if it is the one beside this file.

Run it as `fork_server.py ADDRESS`, as a file, not as a module, so that nothing of `grader` is
imported. It exits when its standard input is closed. A client connects to the address, a Unix
socket, and sends a line of JSON and three files for the program's standard streams. It gets back a
line with the process id, and a line with the raw exit status once the program has ended.
"""

import atexit
import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
import weakref
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from select import select
from types import ModuleType
from typing import Any, NoReturn

# Imported by their short names: Python searches the folder of this file first.
from forked_program import popen_that_forks  # type: ignore[import-not-found]

ADDRESS = sys.argv[1]
# What most programs import. None of these reads the environment while it is imported.
MODULES = (
    "torch",
    "torch.fx.experimental.symbolic_shapes",  # torch imports it when the meta device is first used
    "asyncio",
    "click",
    "jinja2",
    "msgpack",
    "msgspec",
    "numpy.random",
    "pytest",
    "regex",
    "rich.console",
    "rich.markdown",
    "tiktoken",
)
# What most of the grader's programs import, and nothing that knows answers. Two of these modules
# read the environment while they are imported.
OURS = (
    "grader.check",
    "grader.classroom.grade_class",
    "grader.classroom.judge_stage",
    "grader.cli",
    "grader.suite.grade_stage",
    "grader.suite.preload",
    "grader.workers.fork_pool",
)
READ_BY_OURS = {"KATA_NO_FORK", "LLAMA3_LONGEST_TEXT"}
ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Run programs until standard input ends."""
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"{ADDRESS}.new")
    listening.listen()
    os.rename(f"{ADDRESS}.new", ADDRESS)  # whoever finds the address can connect
    for name in MODULES:
        import_module(name)
    sys.path.insert(0, str(ROOT))
    for name in OURS:
        import_module(name)
    from grader.workers.cheap_forks import make_forks_cheap
    from grader.workers.warm_torch import freeze_garbage, warm_torch

    sys.path.remove(str(ROOT))
    warm_torch()
    for of_torch in tuple(weakref.finalize._registry):  # type: ignore[attr-defined]
        of_torch.atexit = False  # every fork would take torch's operators down at exit, in 25 ms
    freeze_garbage()  # otherwise a collection in a fork would copy all of this memory
    make_forks_cheap()
    running: dict[int, tuple[int, socket.socket]] = {}  # by a descriptor that is ready at exit
    while True:
        waiting: list[Any] = [0, listening, *running]
        ready, _, _ = select(waiting, [], [])
        if 0 in ready:
            return
        for fd in running.keys() & set(ready):
            pid, asker = running.pop(fd)
            os.close(fd)
            answer(asker, os.waitpid(pid, 0)[1])
            asker.close()
        if listening in ready:
            asker, _ = listening.accept()
            pid = start(asker, [listening, *(one for _, one in running.values())], running)
            running[os.pidfd_open(pid)] = pid, asker
            answer(asker, pid)


def start(asker: socket.socket, others: list[socket.socket], fds: Iterable[int]) -> int:
    """Fork the program that a client asks for, and return its process id.

    Args:
        others: what the program must not have open; nor may it have `fds`.
    """
    line, streams, _, _ = socket.recv_fds(asker, 2**20, 3)
    while not line.endswith(b"\n"):
        line += asker.recv(2**20)
    pid = os.fork()
    if pid == 0:
        for one in (asker, *others):
            one.close()
        for fd in fds:
            os.close(fd)
        end(status_of(json.loads(line), streams))
    for stream in streams:
        os.close(stream)
    return pid


def answer(asker: socket.socket, number: int) -> None:
    """Send a number to a client, which may have disconnected."""
    with suppress(OSError):
        asker.send(b"%d\n" % number)


def status_of(request: dict[str, Any], streams: list[int]) -> int:
    """Run a program in this process, and return its exit status."""
    try:
        prepare(request, streams)
        run(*(argument for argument in request["arguments"] if argument != "-P"))
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        print(ended.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def prepare(request: dict[str, Any], streams: list[int]) -> None:
    """Set this process up like a fresh interpreter."""
    os.setsid()
    for fd, stream in enumerate(streams):
        os.dup2(stream, fd)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None  # the new environment may name another one
    subprocess.Popen = popen_that_forks(lambda: ADDRESS)  # type: ignore[misc]
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    search = [os.path.abspath(path) for path in given if path]
    here = {"-P": [], "-m": [os.getcwd()], "-c": [""]}[request["arguments"][0]]
    sys.path[:0] = [*here, *search]
    if PathFinder.find_spec("sitecustomize", search):
        sys.modules.pop("sitecustomize", None)
        import_module("sitecustomize")
    if not uses_ours(request["arguments"]):
        for name in [name for name in sys.modules if name.partition(".")[0] == "grader"]:
            del sys.modules[name]


def uses_ours(arguments: list[str]) -> bool:
    """Return whether a program would import the same modules of the grader as this process has."""
    option, program, *_ = (argument for argument in arguments if argument != "-P")
    if option != "-m" or program.partition(".")[0] != "grader" or READ_BY_OURS & set(os.environ):
        return False
    found = PathFinder.find_spec("grader")
    return found is not None and found.origin == str(ROOT / "grader" / "__init__.py")


def run(option: str, program: str, *args: str) -> None:
    """Do what `python -m MODULE` and `python -c CODE` do."""
    sys.argv = [option, *args]
    if option == "-m":
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        module = sys.modules["__main__"] = ModuleType("__main__")
        exec(compile(program, "<string>", "exec"), module.__dict__)


def end(status: int) -> NoReturn:
    """End this process as an interpreter does, except for tearing down its modules."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status & 0xFF)


if __name__ == "__main__":
    main()
