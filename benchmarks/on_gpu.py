"""Run everything that a GPU should be tried with, in one go; benchmarks/on_gpu.sh starts this.

It makes a random checkpoint with the 8B's shapes and a copy of it in Hugging Face's format, and
runs each command on them. Every step is a process of its own with a time limit. A step that
fails doesn't stop the others, unless they need what it makes. One table shows how each step went
and what it measured, and one log holds all output.
"""

import argparse
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_NEEDED = (
    *("torch", "transformers", "tiktoken", "regex", "numpy", "msgpack", "msgspec", "rich", "click"),
    *("jinja2", "filelock", "psutil", "safetensors", "pytest"),
)
_LAST_LINES = 12  # of a failed step's log, in the table
LOG = "on_gpu.log"
_FIGURES = "FIGURES"  # stands for the file to which a step writes its figures


@dataclass(frozen=True)
class Step:
    """A command with a time limit."""

    name: str
    title: str
    limit: int  # seconds
    command: Sequence[str]  # after the interpreter's name
    needs: Sequence[str] = ()  # steps that have to have worked
    finds: str = ""  # a pattern with named groups, for commands that don't write figures


@dataclass
class Result:
    """How a step went."""

    name: str
    title: str
    outcome: str  # passed, failed, timed out or skipped
    seconds: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict)
    tail: list[str] = field(default_factory=list)  # of the log, if it didn't pass

    @property
    def row(self) -> str:
        """Return the step's line in the table."""
        return f"{self.title:<52}{self.outcome:>10}{self.seconds:>9.1f}"


def main() -> None:
    """Run the steps and write the table; exit with 1 if one didn't pass."""
    parser = argparse.ArgumentParser(
        prog="benchmarks/on_gpu.sh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--layers", type=int, default=32, help="of the random model (32)")
    parser.add_argument("--tokens", type=int, default=64, help="how many to write (64)")
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT", "on_gpu")))
    parser.add_argument("--seconds", type=int, default=480, help="for all steps together (480)")
    parser.add_argument("--work", type=Path, help="where the models go (a temporary folder)")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        parser.error(f"missing here: {', '.join(missing)} (python -m pip install ...)")
    begun = time.monotonic()
    (options.out / LOG).unlink(missing_ok=True)
    about = machine(options)
    print("\n".join(f"{name}: {value}" for name, value in about.items()), flush=True)
    with tempfile.TemporaryDirectory(prefix="kata-gpu-", ignore_cleanup_errors=True) as name:
        results: list[Result] = []
        for step in steps(options, options.work or Path(name)):
            left = begun + options.seconds - time.monotonic()
            results.append(run_if_possible(step, results, options.out, left))
            print(results[-1].row, flush=True)
            taken = time.monotonic() - begun
            write_table(options.out, about, results, taken)  # each time, in case this is ended
    print((options.out / "on_gpu.txt").read_text(encoding="utf-8"))
    sys.exit(0 if all(one.outcome == "passed" for one in results) else 1)


def steps(options: argparse.Namespace, work: Path) -> list[Step]:
    """Return the steps in their order: the short ones first, in case the time runs out."""
    device, random, copy = options.device, work / "random", work / "random-hf"
    on = ["--device", device]
    reference = ["-m", "grader", "answer", "--target", "solutions", *on]
    ours = [*reference, "--checkpoint", str(random)]
    writing = ["-m", "grader", "generate", "--target", "solutions", *on]
    writing += ["--checkpoint", str(random), "--tokens", str(options.tokens)]
    both = [str(random), "--hugging-face", str(copy)]
    layers = ["--layers", str(options.layers)]
    kept = ["--figures", _FIGURES]
    made, copied = ("random",), ("random", "copy")
    answer = r"(?P<answer>.+), with (?P<stages>.+) yours"
    rate = r"the first after (?P<first>[\d.]+) s, then (?P<tokens_a_second>[\d.]+) per second"
    return [
        Step("tiny", "grader answer, the tiny model", 90, reference, (), answer),
        Step(
            "suites",
            "the suites of all stages on the device",
            120,
            ["-m", "benchmarks.stages_on_device", *on, *kept],
        ),
        Step(
            "random",
            f"making a random model, {options.layers} layers",
            240,
            ["-m", "tiny_weights", "--shape", "8b", *layers, "--out", str(random)],
        ),
        Step("first", "grader answer, the first time", 150, ours, made, answer),
        Step("second", "grader answer, the second time", 120, ours, made, answer),
        Step("generate", f"grader generate, {options.tokens} tokens", 150, writing, made, rate),
        Step(
            "copy",
            "a copy in Hugging Face's format",
            180,
            ["-m", "benchmarks.hugging_face", str(random), str(copy)],
            made,
        ),
        Step(
            "speed",
            "time and memory beside Hugging Face's",
            240,
            ["-m", "benchmarks.real_model_gpu", *both, *on, "--tokens", str(options.tokens), *kept],
            copied,
        ),
        Step(
            "layers",
            "every layer beside Hugging Face's",
            180,
            ["-m", "benchmarks.against_huggingface", str(random), *on, *kept],
            made,
        ),
    ]


def machine(options: argparse.Namespace) -> dict[str, Any]:
    """Describe the machine and the versions of what runs on it."""
    import torch

    about: dict[str, Any] = {
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in ("torch", "transformers", "tiktoken")},
        "processors": os.cpu_count(),
        "free disk, GB": round(shutil.disk_usage(tempfile.gettempdir()).free / 1e9),
        "device": options.device,
        "layers": options.layers,
    }
    if torch.cuda.is_available():
        about["gpu"] = torch.cuda.get_device_name()
        about["gpu memory, GB"] = round(torch.cuda.mem_get_info()[1] / 1e9)
    return about


def run_if_possible(step: Step, before: Sequence[Result], out: Path, left: float) -> Result:
    """Run a step, unless one that it needs didn't pass or there is no time left."""
    passed = {one.name for one in before if one.outcome == "passed"}
    lacking = [name for name in step.needs if name not in passed]
    if lacking or left < 1:
        why = f"it needs: {lacking[0]}" if lacking else "no time was left"
        return Result(step.name, step.title, "skipped", tail=[why])
    return run(step, out, min(step.limit, left))


def run(step: Step, out: Path, limit: float) -> Result:
    """Run a step's command, with its output at the end of the log."""
    log, figures = out / LOG, out / "figures.json"
    words = [str(figures) if word == _FIGURES else word for word in step.command]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1", "COLUMNS": "100"}
    begun = time.perf_counter()
    with log.open("ab") as file:
        file.write(f"\n$ python {' '.join(words)}\n".encode())
        file.flush()
        start = file.tell()
        command = [sys.executable, *words]
        with subprocess.Popen(
            command,
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # so that its own processes end with it
        ) as process:
            try:
                outcome = "failed" if process.wait(limit) else "passed"
            except subprocess.TimeoutExpired:
                outcome = "timed out"
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    seconds = time.perf_counter() - begun
    lines = log.read_bytes()[start:].decode(errors="replace").splitlines()
    found = figures_of(step, lines, figures)
    figures.unlink(missing_ok=True)
    if outcome == "passed" and step.finds and not found:
        outcome = "failed"
    tail = [] if outcome == "passed" else lines[-_LAST_LINES:]
    return Result(step.name, step.title, outcome, round(seconds, 1), found, tail)


def figures_of(step: Step, lines: Sequence[str], file: Path) -> dict[str, Any]:
    """Return what a step measured: what it wrote, or what its output says."""
    if file.exists():
        written: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return written
    matches = [found for line in lines if step.finds and (found := re.search(step.finds, line))]
    return matches[-1].groupdict() if matches else {}


def write_table(
    out: Path, about: dict[str, Any], results: Sequence[Result], seconds: float
) -> None:
    """Write the table as JSON and as text."""
    whole = {"machine": about, "seconds": round(seconds, 1)}
    steps = [asdict(one) for one in results]
    text = json.dumps(whole | {"steps": steps}, indent=1)
    (out / "on_gpu.json").write_text(text + "\n", encoding="utf-8")
    lines = [f"{name}: {value}" for name, value in about.items()]
    lines += ["", f"{'step':<52}{'outcome':>10}{'seconds':>9}"]
    lines += [one.row for one in results]
    lines += [f"all of it: {seconds:.0f} seconds"]
    for one in results:
        lines += ["", one.title, *shown(one.figures), *(f"  | {line}" for line in one.tail)]
    (out / "on_gpu.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def shown(figures: dict[str, Any], indent: str = "  ") -> list[str]:
    """Return one line per figure."""
    lines = []
    for name, value in figures.items():
        if isinstance(value, dict):
            lines += [f"{indent}{name}", *shown(value, indent + "  ")]
        else:
            number = f"{value:.6g}" if isinstance(value, float) else str(value)
            lines.append(f"{indent}{name.replace('_', ' ')}: {number}")
    return lines


if __name__ == "__main__":
    main()
