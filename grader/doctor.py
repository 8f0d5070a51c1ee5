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
from grader.language import in_a_row, mark, tr
from grader.report.wide_text import pad_cells

PROJECT = "llama3-kata"
_GB = 10**9
_LEAST_DISK = 200_000_000  # bytes, for copies of the learner's code and temporary files
_LEAST_MEMORY = 2 * _GB
_COLUMNS = 60
_FILES_OF_MODEL = ("params.json", "tokenizer.model", "consolidated.00.pth")

State = Literal["ok", "note", "bad"]
_STYLES = {"ok": "green", "note": "yellow", "bad": "red"}
_STATES = {"ok": mark("ok"), "note": mark("note"), "bad": mark("bad")}


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
            state = pad_cells(tr(_STATES[finding.state]), 5)
            line = Text.assemble((state, _STYLES[finding.state]), finding.what)
            console.print(line)
            if finding.advice:
                console.print(Text(f"     {finding.advice}"))
    bad = [finding.about for finding in findings if finding.state == "bad"]
    console.print()
    if bad:
        console.print(tr("To be fixed: {names}.", names=in_a_row(dict.fromkeys(bad))))
    else:
        console.print(tr("Everything that the kata needs works here."))


def _each(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield a check's findings; a check that fails unexpectedly is one, too."""
    try:
        yield from check()
    except Exception as error:
        what = f"{check.__name__.strip('_')}: {type(error).__name__}: {error}"
        yield Finding("bad", check.__name__.strip("_"), what)


def _python() -> Iterator[Finding]:
    machine = f"{platform.system()} {platform.release()}, {platform.machine()}"
    what = tr(
        "Python {version} on {machine}, {count} processors",
        version=platform.python_version(),
        machine=machine,
        count=os.cpu_count(),
    )
    yield Finding("ok", "Python", what)
    if sys.prefix == sys.base_prefix:
        advice = tr("A virtual environment (`python -m venv .venv`) keeps these packages apart.")
        yield Finding("note", "Python", tr("no virtual environment"), advice)


def _kata() -> Iterator[Finding]:
    from grader.editions import find_kata

    about = tr("the kata's folder")
    try:
        kata = find_kata()
    except UsageError:
        advice = tr("`grader init my-kata` makes a folder to work in.")
        yield Finding("note", about, tr("no kata in this folder"), advice)
        return
    number = _version_of(PROJECT)
    what = tr("kata {version} in a checkout", version=number)
    if kata.own:
        what = tr("kata {version} in a folder made by `grader init`", version=number)
    if not kata.has_reference:
        what = tr("kata {version} in a handout", version=number)
    missing = [one.name for one in kata.stages if one.has_code and not kata.exercise(one).is_file()]
    yield Finding("ok", about, what)
    if missing:
        advice = tr("`grader reset STAGE` puts a stub back.")
        what = tr("missing in exercises/: {files}", files=in_a_row(missing))
        yield Finding("bad", about, what, advice)


def _packages() -> Iterator[Finding]:
    """Compare the installed packages with what the project requires."""
    about = tr("packages")
    try:
        wanted = [Requirement(text) for text in requires(PROJECT) or []]
    except PackageNotFoundError:
        advice = tr("`python -m pip install -e .` in the kata's folder installs it.")
        yield Finding("note", about, tr("the kata runs without being installed"), advice)
        return
    needed = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    wrong = [one for one in needed if not _is_met(one)]
    for one in wrong:
        what = tr(
            "{name} is {version}, but the kata needs {wanted}",
            name=one.name,
            version=_version_of(one.name),
            wanted=one,
        )
        yield Finding("bad", about, what, f'`python -m pip install "{one}"`')
    if not wrong:
        yield Finding("ok", about, tr("all {count} packages are there", count=len(needed)))


def _is_met(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(version(requirement.name), prereleases=True)
    except PackageNotFoundError:
        return False


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return tr("not installed")


def _torch() -> Iterator[Finding]:
    begun = time.perf_counter()
    try:
        import torch
    except ImportError as error:
        advice = tr("See https://pytorch.org/get-started/locally for your system's command.")
        yield Finding("bad", "torch", tr("torch can't be imported: {error}", error=error), advice)
        return
    seconds = time.perf_counter() - begun
    what = tr(
        "torch {version}, imported in {seconds:.1f} s", version=torch.__version__, seconds=seconds
    )
    yield Finding("ok", "torch", what)
    if torch.cuda.is_available():
        yield from _device("cuda", torch.cuda.get_device_name())
    elif torch.backends.mps.is_available():
        yield from _device("mps", tr("Apple's GPU"))
    else:
        yield Finding("ok", "torch", tr("it computes on the CPU; a GPU isn't needed"))


def _device(device: str, name: str) -> Iterator[Finding]:
    import torch

    try:
        right = float((torch.ones(8, 8, device=device) @ torch.ones(8, 8, device=device)).sum())
    except Exception as error:  # whatever a driver comes up with
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        advice = tr("`--device cpu` always works, and the tiny model needs nothing more.")
        what = tr("{name} can't be used: {reason}", name=name, reason=reason)
        yield Finding("note", "GPU", what, advice)
        return
    state: State = "ok" if right == 512.0 else "bad"
    yield Finding(state, "GPU", tr("it computes on {name} too", name=name))


def _worker() -> Iterator[Finding]:
    """Grade nothing, but start a worker as grading does."""
    from grader.can_fork import CAN_FORK
    from grader.workers.pool import start_pool

    begun = time.perf_counter()
    with closing(start_pool()) as pool, closing(pool.worker()):
        seconds = time.perf_counter() - begun
    what = mark(
        "your code runs in a process of its own, started as a fresh interpreter ({seconds:.1f} s)"
    )
    if CAN_FORK:
        what = mark("your code runs in a process of its own, forked ({seconds:.1f} s)")
    yield Finding("ok", tr("workers"), tr(what, seconds=seconds))


def _sandbox() -> Iterator[Finding]:
    if sys.platform != "linux":
        advice = tr("You don't need it for your own code. Classes are graded on Linux.")
        yield Finding("note", tr("sandbox"), tr("no sandbox on this system"), advice)
        return
    from grader.sandbox import probe
    from grader.untrusted.level_in_words import level_in_words

    level = probe()
    if level.is_enough:
        what = tr("other people's code can be graded: {level}", level=level_in_words(level))
        yield Finding("ok", tr("sandbox"), what)
    else:
        what = tr("other people's code can't be graded: {level}", level=level_in_words(level))
        advice = tr(
            "You don't need it for your own code; `grader lesson teaching` is about classes."
        )
        yield Finding("note", tr("sandbox"), what, advice)


def _terminal() -> Iterator[Finding]:
    from grader.report.editor_links import editor_scheme

    about = tr("terminal")
    encoding = (sys.stdout.encoding or "unknown").lower()
    if "utf" not in encoding:
        advice = tr("Set PYTHONUTF8=1, so that lessons and pieces of text can be printed.")
        what = tr("the terminal's encoding is {encoding}", encoding=encoding)
        yield Finding("bad", about, what, advice)
    size = shutil.get_terminal_size()
    if not sys.stdout.isatty():
        yield Finding("note", about, tr("the output isn't a terminal: no colors and no keys"))
    elif size.columns < _COLUMNS:
        advice = tr("Make it wider, so that values fit beside each other.")
        what = tr("the terminal has {columns} columns", columns=size.columns)
        yield Finding("note", about, what, advice)
    else:
        what = tr(
            "a terminal of {columns} columns, {encoding}", columns=size.columns, encoding=encoding
        )
        yield Finding("ok", about, what)
    if scheme := editor_scheme():
        what = tr("links in a verdict open in {scheme}", scheme=scheme)
        yield Finding("ok", tr("editor"), what)
    else:
        what = tr("links in a verdict open with the system's program")
        advice = tr("Set EDITOR=code (or cursor, zed, ...) if yours understands links to lines.")
        yield Finding("note", tr("editor"), what, advice)


def _disk() -> Iterator[Finding]:
    import tempfile

    from grader.editions import find_kata

    try:
        places = {tr("the kata's folder"): find_kata().folder}
    except UsageError:
        places = {tr("this folder"): Path.cwd()}
    places[tr("the folder for temporary files")] = Path(tempfile.gettempdir())
    for name, folder in places.items():
        yield _room_in(name, folder)
    state: State = "ok" if free_memory() > _LEAST_MEMORY else "note"
    what = tr("{amount:.1f} GB of memory free", amount=free_memory() / _GB)
    yield Finding(state, tr("memory"), what)


def _room_in(name: str, folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK):
        what = tr("{folder} can't be written to", folder=name)
        return Finding("bad", tr("disk"), what, tr("Change its permissions."))
    if free < _LEAST_DISK:
        what = tr("{amount:.0f} MB free in {folder}", amount=free / 1e6, folder=name)
        return Finding("bad", tr("disk"), what, tr("Make some room."))
    what = tr("{amount:.0f} GB free in {folder}", amount=free / _GB, folder=name)
    return Finding("ok", tr("disk"), what)


def _model() -> Iterator[Finding]:
    about = tr("model")
    advice = tr("`grader lesson real-model` says how to get one; the tiny one says 42 too.")
    named = os.environ.get("LLAMA3_DIR")
    if named is None:
        what = tr("LLAMA3_DIR names no folder with a real model")
        yield Finding("note", about, what, advice)
    elif not Path(named).is_dir():
        what = tr("the folder that LLAMA3_DIR names isn't there")
        yield Finding("bad", about, what, advice)
    else:
        found = [one for one in _FILES_OF_MODEL if (Path(named) / one).is_file()]
        what = tr("LLAMA3_DIR has none of the files of a model")
        if found:
            what = tr("LLAMA3_DIR has {files}", files=in_a_row(found))
        yield Finding("ok" if found else "bad", about, what)
    if find_spec("tokenizers") is None:
        what = tr("the tokenizers of other open models can't be read")
        advice = tr("`python -m pip install tokenizers` adds that.")
        yield Finding("note", about, what, advice)
