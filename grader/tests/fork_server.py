"""A process that has imported torch and forks a Python program whenever it is asked to.

A fresh `python -m grader` takes some three seconds of processor time to import torch and to take it
apart at the end. A fork of this process has it already, and otherwise finds what a fresh
interpreter would: its own session, folder, environment, arguments, `sys.path` and standard streams,
and nothing of `grader`.

It is run as a file, not as a module, so that nothing of `grader` is imported. Standard input brings
a line of JSON for each program; standard output answers with a line for its process id and, once it
has ended, another for its raw exit status.
"""

import atexit
import gc
import json
import os
import runpy
import sys
import threading
import traceback
from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any, NoReturn

# What most programs import. Nothing of it is set up by the environment while it is imported.
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


def main() -> None:
    """Answer requests until there are no more."""
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
    for name in MODULES:
        import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a fork would copy all of it
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    for line in requests:
        pid = os.fork()
        if pid == 0:
            requests.close()
            answers.close()
            end(status_of(json.loads(line)))
        answers.write(b"%d\n" % pid)
        answers.write(b"%d\n" % os.waitpid(pid, 0)[1])


def status_of(request: dict[str, Any]) -> int:
    """Run a program in this process, and return its exit status."""
    try:
        prepare(request)
        run(*request["arguments"])
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        print(ended.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def prepare(request: dict[str, Any]) -> None:
    """Set this process up as a fresh interpreter would find it."""
    os.setsid()
    for fd, name in enumerate(request["streams"]):
        opened = os.open(name, os.O_WRONLY | os.O_APPEND if fd else os.O_RDONLY)
        os.dup2(opened, fd)
        os.close(opened)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    search = [os.path.abspath(path) for path in given if path]
    sys.path[:0] = [os.getcwd() if request["arguments"][0] == "-m" else "", *search]
    if PathFinder.find_spec("sitecustomize", search):
        sys.modules.pop("sitecustomize", None)
        import_module("sitecustomize")


def run(option: str, program: str, *args: str) -> None:
    """Do what `python -m MODULE` and `python -c CODE` do."""
    sys.argv = [option, *args]
    if option == "-m":
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        module = sys.modules["__main__"] = ModuleType("__main__")
        exec(compile(program, "<string>", "exec"), module.__dict__)


def end(status: int) -> NoReturn:
    """End this process as an interpreter does, less taking its modules apart."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status & 0xFF)


if __name__ == "__main__":
    main()
