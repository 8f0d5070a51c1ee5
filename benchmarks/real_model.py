"""Compare `grader answer` with Hugging Face's `from_pretrained` and a forward pass, on a CPU:

    python -m tiny_weights --shape 8b --out /tmp/random-8b
    python -m benchmarks.real_model /tmp/random-8b --hugging-face /tmp/random-8b-hf

The second folder has the same weights in Hugging Face's format; it is written if it doesn't exist.
Every run is a process of its own, measured from its start to its end. Cold means that the file's
pages were dropped from the system's cache first, and the warm run of a program follows its cold
one, so that as much of its file is in the cache as fits. The programs take turns. `grader answer`
should take at most as long cold, and at most 1.2 times as long warm.

With a memory limit (`--limit 4`, in GB), `grader answer` also runs in a control group, which needs
root.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.hugging_face import write_copy
from benchmarks.memory_limit import Taken, run_watched

BLOCK = 16 * 2**20
OURS, THEIRS = "grader answer", "Hugging Face"
MOST = {"cold": 1.0, "warm": 1.2}

# What a short script of one of their users does. It prints how long its last forward pass took.
HUGGING_FACE = """
import sys, time
import torch
from transformers import LlamaForCausalLM
model = LlamaForCausalLM.from_pretrained(sys.argv[1], dtype="auto")
tokens = torch.arange(17)[None]
for _ in range(int(sys.argv[2])):
    begun = time.perf_counter()
    with torch.inference_mode():
        int(model(tokens, logits_to_keep=1).logits.argmax())
print(time.perf_counter() - begun)
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="a folder in Meta's format")
    parser.add_argument("--hugging-face", type=Path, required=True, help="the same in theirs")
    parser.add_argument("--rounds", type=int, default=3, help="(3)")
    parser.add_argument("--limit", type=float, help="GB of memory that `grader answer` may use")
    parser.add_argument("--figures", type=Path, help="a file to write the ratios to, as JSON")
    options = parser.parse_args()
    write_copy(options.checkpoint, options.hugging_face)
    path = options.checkpoint / "consolidated.00.pth"
    size = path.stat().st_size / 1e9
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; {size:.2f} GB")
    programs = {
        OURS: (command(options.checkpoint), [path]),
        THEIRS: (
            their_command(options.hugging_face, 1),
            sorted(options.hugging_face.glob("*.safetensors")),
        ),
    }
    taken = measure(programs, options.rounds)
    print_runs(taken, options.rounds)
    ratios = print_ratios(taken)
    print_more(options, path)
    if options.figures:
        options.figures.write_text(json.dumps(ratios) + "\n")


Runs = dict[tuple[str, str], list[Taken]]  # by program, and cold or warm


def measure(programs: dict[str, tuple[list[str], list[Path]]], rounds: int) -> Runs:
    """Run each program cold and then warm, in turns."""
    taken: Runs = {}
    for number in range(rounds):
        for name, (words, files) in programs.items():
            for file in files:
                forget(file)
            for how in ("cold", "warm"):
                taken.setdefault((name, how), []).append(run_watched(words))
        load = os.getloadavg()[0]
        print(f"  round {number + 1} of {rounds} done (load {load:.1f})", file=sys.stderr)
    return taken


def print_runs(taken: Runs, rounds: int) -> None:
    """Print the medians."""
    heads = f"{'seconds':>9}{'processor':>11}{'anonymous':>12}{'resident':>12}"
    print(f"{f'medians of {rounds} rounds':<46}{heads}")
    for (name, how), runs in taken.items():
        print_row(f"{name}, {how}", runs)


def print_row(name: str, runs: Sequence[Taken]) -> None:
    seconds, processor, anonymous, resident = (
        statistics.median(getattr(one, field) for one in runs)
        for field in ("seconds", "processor", "anonymous", "resident")
    )
    memory = f"{anonymous / 1e9:>9.2f} GB{resident / 1e9:>9.2f} GB"
    print(f"{name:<46}{seconds:>9.1f}{processor:>11.1f}{memory}", flush=True)


def print_ratios(taken: Runs) -> dict[str, float]:
    """Print how much longer `grader answer` takes: the median over the rounds."""
    ratios = {}
    for how, most in MOST.items():
        for field in ("seconds", "processor"):
            pairs = zip(taken[OURS, how], taken[THEIRS, how], strict=True)
            found = [getattr(one, field) / getattr(other, field) for one, other in pairs]
            ratios[f"{how}, {field}"] = statistics.median(found)
        by_clock, processor = ratios[f"{how}, seconds"], ratios[f"{how}, processor"]
        print(
            f"grader answer / Hugging Face, {how}: {by_clock:.2f} (at most {most}); "
            f"processor time {processor:.2f}"
        )
    return ratios


def print_more(options: argparse.Namespace, path: Path) -> None:
    """Print what else there is to compare with, once each."""
    reading = read_once(path)
    print(f"{'reading the file once, cold':<46}{reading:>9.1f}")
    forward = float(run_watched(their_command(options.hugging_face, 2)).output.split()[-1])
    print(f"{'Hugging Face, the second forward pass':<46}{forward:>9.1f}")
    if options.limit is not None:
        forget(path)
        limited = run_watched(command(options.checkpoint), int(options.limit * 1e9))
        print_row(f"grader answer, cold, in {options.limit:g} GB", [limited])


def read_once(path: Path) -> float:
    """Read a file from the disk, and return the seconds it took."""
    forget(path)
    begun = time.perf_counter()
    with path.open("rb", buffering=0) as file:
        buffer = bytearray(BLOCK)
        while file.readinto(buffer):
            pass
    return time.perf_counter() - begun


def forget(path: Path) -> None:
    """Drop a file's pages from the system's cache."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def command(checkpoint: Path) -> list[str]:
    whose = ["--target", "solutions", "--device", "cpu"]
    return [sys.executable, "-m", "grader", "answer", *whose, "--checkpoint", str(checkpoint)]


def their_command(folder: Path, passes: int) -> list[str]:
    return [sys.executable, "-c", HUGGING_FACE, str(folder), str(passes)]


if __name__ == "__main__":
    main()
