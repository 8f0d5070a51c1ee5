"""Measure `grader answer` and Hugging Face's Llama on a checkpoint with the 8B's shapes:

    python -m tiny_weights --shape 8b --out /tmp/random-8b
    python -m benchmarks.real_model /tmp/random-8b

Each run has its own process; cold means that the file's pages were dropped from the system's cache
first. With a memory limit (`--limit 4`, in GB), `grader answer` also runs in a control group, which
needs root.
"""

import argparse
import os
import platform
import sys
import time
from pathlib import Path

from benchmarks.memory_limit import Taken, run_watched

BLOCK = 16 * 2**20

HUGGING_FACE = """
import sys, time
begun = time.perf_counter()
import torch
from benchmarks.hugging_face import load_model
from grader.editions import find_kata
from grader.suite.oracle import reference_of
params, weights = reference_of(find_kata().solutions).load_checkpoint(sys.argv[1])
model = load_model(weights, params, "sdpa")
tokens = torch.arange(17)[None]
with torch.inference_mode():
    model(tokens, logits_to_keep=1)
    print(time.perf_counter() - begun)
    again = time.perf_counter()
    model(tokens, logits_to_keep=1)
    print(time.perf_counter() - again)
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="a folder in Meta's format")
    parser.add_argument("--limit", type=float, help="GB of memory that `grader answer` may use")
    options = parser.parse_args()
    path = options.checkpoint / "consolidated.00.pth"
    size = path.stat().st_size / 1e9
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; {size:.2f} GB")
    print(f"{'':<46}{'seconds':>9}{'anonymous':>12}{'resident':>12}")
    reading = read_once(path)
    print(f"{'reading the file once, cold':<46}{reading:>9.1f}")
    limit = None if options.limit is None else int(options.limit * 1e9)
    answer = answered(options.checkpoint, None)
    print_row("grader answer, cold", answer)
    if limit is not None:
        print_row(
            f"grader answer, cold, in {options.limit:g} GB", answered(options.checkpoint, limit)
        )
    warm = run_watched(command(options.checkpoint))
    print_row("grader answer, as warm as the cache allows", warm)
    forget(path)
    theirs = run_watched([sys.executable, "-c", HUGGING_FACE, str(options.checkpoint)])
    first, forward = (float(line) for line in theirs.output.split()[-2:])
    print_row("Hugging Face, cold, two passes", theirs)
    print(f"{'  of which loading and the first pass':<46}{first:>9.1f}")
    print(f"{'  of which the second pass':<46}{forward:>9.1f}")
    allowed = reading + 1.5 * forward
    print(f"grader answer / (reading once + 1.5 passes): {answer.seconds / allowed:.2f}")


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


def answered(checkpoint: Path, limit: int | None) -> Taken:
    forget(checkpoint / "consolidated.00.pth")
    return run_watched(command(checkpoint), limit)


def print_row(name: str, taken: Taken) -> None:
    cells = f"{taken.anonymous / 1e9:>9.2f} GB{taken.resident / 1e9:>9.2f} GB"
    print(f"{name:<46}{taken.seconds:>9.1f}{cells}", flush=True)


if __name__ == "__main__":
    main()
