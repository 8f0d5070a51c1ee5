"""Find out what works on this machine, what doesn't, and what to do about it."""

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement
from rich.console import Console
from rich.text import Text

from grader.errors import UsageError
from grader.free_memory import free_memory

PROJECT = "llama3-kata"
_GB = 10**9
_LEAST_DISK = 200_000_000  # bytes, for copies of the learner's code and temporary files
_LEAST_MEMORY = 2 * _GB
_COLUMNS = 60

State = Literal["ok", "note", "bad"]
_STYLES = {"ok": "green", "note": "yellow", "bad": "red"}


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    state: State  # `note`: something optional doesn't work
    about: str
    what: str
    advice: str = ""


def run_doctor(console: Console) -> None:
    """Print a line for everything that the kata needs."""
    findings = []
    for check in (_python, _kata, _packages, _torch, _worker, _sandbox, _terminal, _disk, _model):
        for finding in _each(check):
            findings.append(finding)
            line = Text.assemble((f"{finding.state:<5}", _STYLES[finding.state]), finding.what)
            console.print(line)
            if finding.advice:
                console.print(Text(f"     {finding.advice}"))
    bad = [finding.about for finding in findings if finding.state == "bad"]
    console.print()
    if bad:
        console.print(f"To be fixed: {', '.join(dict.fromkeys(bad))}.")
    else:
        console.print("Everything that the kata needs works here.")


def _each(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield a check's findings; a check that fails unexpectedly is one, too."""
    try:
        yield from check()
    except Exception as error:
        what = f"{check.__name__.strip('_')}: {type(error).__name__}: {error}"
        yield Finding("bad", check.__name__.strip("_"), what)


def _python() -> Iterator[Finding]:
    machine = f"{platform.system()} {platform.release()}, {platform.machine()}"
    what = f"Python {platform.python_version()} on {machine}, {os.cpu_count()} processors"
    yield Finding("ok", "Python", what)
    if sys.prefix == sys.base_prefix:
        advice = "A virtual environment (`python -m venv .venv`) keeps these packages apart."
        yield Finding("note", "Python", "no virtual environment", advice)


def _kata() -> Iterator[Finding]:
    from grader.editions import find_kata

    try:
        kata = find_kata()
    except UsageError:
        advice = "`grader init my-kata` makes a folder to work in."
        yield Finding("note", "the kata's folder", "no kata in this folder", advice)
        return
    kind = "a folder made by `grader init`" if kata.own else "a checkout"
    kind = kind if kata.has_reference else "a handout"
    missing = [one.name for one in kata.stages if one.has_code and not kata.exercise(one).is_file()]
    yield Finding("ok", "the kata's folder", f"kata {_version_of(PROJECT)} in {kind}")
    if missing:
        advice = "`grader reset STAGE` puts a stub back."
        what = f"missing in exercises/: {', '.join(missing)}"
        yield Finding("bad", "the kata's folder", what, advice)


def _packages() -> Iterator[Finding]:
    """Compare the installed packages with what the project requires."""
    try:
        wanted = [Requirement(text) for text in requires(PROJECT) or []]
    except PackageNotFoundError:
        advice = "`python -m pip install -e .` in the kata's folder installs it."
        yield Finding("note", "packages", "the kata runs without being installed", advice)
        return
    needed = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    wrong = [one for one in needed if not _is_met(one)]
    for one in wrong:
        what = f"{one.name} is {_version_of(one.name)}, but the kata needs {one}"
        yield Finding("bad", "packages", what, f'`python -m pip install "{one}"`')
    if not wrong:
        yield Finding("ok", "packages", f"all {len(needed)} packages are there")


def _is_met(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(version(requirement.name), prereleases=True)
    except PackageNotFoundError:
        return False


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _torch() -> Iterator[Finding]:
    begun = time.perf_counter()
    try:
        import torch
    except ImportError as error:
        advice = "See https://pytorch.org/get-started/locally for your system's command."
        yield Finding("bad", "torch", f"torch can't be imported: {error}", advice)
        return
    seconds = time.perf_counter() - begun
    yield Finding("ok", "torch", f"torch {torch.__version__}, imported in {seconds:.1f} s")
    if torch.cuda.is_available():
        yield from _device("cuda", torch.cuda.get_device_name())
    elif torch.backends.mps.is_available():
        yield from _device("mps", "Apple's GPU")
    else:
        yield Finding("ok", "torch", "it computes on the CPU; a GPU isn't needed")


def _device(device: str, name: str) -> Iterator[Finding]:
    import torch

    try:
        right = float((torch.ones(8, 8, device=device) @ torch.ones(8, 8, device=device)).sum())
    except Exception as error:  # whatever a driver comes up with
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        advice = "`--device cpu` always works, and the tiny model needs nothing more."
        yield Finding("note", "GPU", f"{name} can't be used: {reason}", advice)
        return
    state: State = "ok" if right == 512.0 else "bad"
    yield Finding(state, "GPU", f"it computes on {name} too")


def _worker() -> Iterator[Finding]:
    """Grade nothing, but start a worker as grading does."""
    from grader.can_fork import CAN_FORK
    from grader.workers.pool import start_pool

    how = "forked" if CAN_FORK else "started as a fresh interpreter"
    begun = time.perf_counter()
    with closing(start_pool()) as pool, closing(pool.worker()):
        seconds = time.perf_counter() - begun
    yield Finding(
        "ok", "workers", f"your code runs in a process of its own, {how} ({seconds:.1f} s)"
    )


def _sandbox() -> Iterator[Finding]:
    if sys.platform != "linux":
        advice = "You don't need it for your own code. Classes are graded on Linux."
        yield Finding("note", "sandbox", "no sandbox on this system", advice)
        return
    from grader.sandbox import probe

    level = probe()
    if level.is_enough:
        yield Finding("ok", "sandbox", f"other people's code can be graded: {level}")
    else:
        advice = "You don't need it for your own code; `grader lesson teaching` is about classes."
        yield Finding("note", "sandbox", f"other people's code can't be graded: {level}", advice)


def _terminal() -> Iterator[Finding]:
    from grader.report.editor_links import editor_scheme

    encoding = (sys.stdout.encoding or "unknown").lower()
    if "utf" not in encoding:
        advice = "Set PYTHONUTF8=1, so that lessons and pieces of text can be printed."
        yield Finding("bad", "terminal", f"the terminal's encoding is {encoding}", advice)
    size = shutil.get_terminal_size()
    if not sys.stdout.isatty():
        yield Finding("note", "terminal", "the output isn't a terminal: no colors and no keys")
    elif size.columns < _COLUMNS:
        advice = "Make it wider, so that values fit beside each other."
        yield Finding("note", "terminal", f"the terminal has {size.columns} columns", advice)
    else:
        yield Finding("ok", "terminal", f"a terminal of {size.columns} columns, {encoding}")
    if scheme := editor_scheme():
        yield Finding("ok", "editor", f"links in a verdict open in {scheme}")
    else:
        advice = "Set EDITOR=code (or cursor, zed, ...) if yours understands links to lines."
        yield Finding("note", "editor", "links in a verdict open with the system's program", advice)


def _disk() -> Iterator[Finding]:
    import tempfile

    from grader.editions import find_kata

    try:
        places = {"the kata's folder": find_kata().folder}
    except UsageError:
        places = {"this folder": Path.cwd()}
    places["the folder for temporary files"] = Path(tempfile.gettempdir())
    for name, folder in places.items():
        free = shutil.disk_usage(folder).free
        if not os.access(folder, os.W_OK):
            yield Finding("bad", "disk", f"{name} can't be written to", "Change its permissions.")
        elif free < _LEAST_DISK:
            yield Finding("bad", "disk", f"{free / 1e6:.0f} MB free in {name}", "Make some room.")
        else:
            yield Finding("ok", "disk", f"{free / _GB:.0f} GB free in {name}")
    state: State = "ok" if free_memory() > _LEAST_MEMORY else "note"
    yield Finding(state, "memory", f"{free_memory() / _GB:.1f} GB of memory free")


def _model() -> Iterator[Finding]:
    advice = "`grader lesson real-model` says how to get one; the tiny one says 42 too."
    named = os.environ.get("LLAMA3_DIR")
    if named is None:
        yield Finding("note", "model", "LLAMA3_DIR names no folder with a real model", advice)
    elif not Path(named).is_dir():
        yield Finding("bad", "model", "the folder that LLAMA3_DIR names isn't there", advice)
    else:
        found = [
            one
            for one in ("params.json", "tokenizer.model", "consolidated.00.pth")
            if (Path(named) / one).is_file()
        ]
        what = f"LLAMA3_DIR has {', '.join(found) or 'none of the files of a model'}"
        yield Finding("ok" if found else "bad", "model", what)
    if find_spec("tokenizers") is None:
        what = "the tokenizers of other open models can't be read"
        yield Finding("note", "model", what, "`python -m pip install tokenizers` adds that.")
