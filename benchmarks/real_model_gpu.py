"""Measure the reference and Hugging Face's Llama on the same weights on a GPU:

    python -m tiny_weights --shape 8b --out /tmp/random-8b
    python -m benchmarks.real_model_gpu /tmp/random-8b --hugging-face /tmp/random-8b-hf

The second folder is written if it doesn't exist. Each program runs in its own process: it loads the
model, answers, answers once more, and writes 64 tokens with its cache. The reference uses stage 25,
as `grader` does; a column shows it with the loop over heads, too. The last lines are lower limits:
the device has to read all weights for an answer, and almost all for every token.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from benchmarks.hugging_face import write_copy
from benchmarks.large_model import HuggingFace, Reference

Figures = dict[str, float]
ROWS = (
    ("load to first answer, seconds", "first", 1.0),
    ("second answer, seconds", "second", 1.0),
    ("tokens per second, writing", "rate", 1.0),
    ("peak device memory, GB", "device", 1e-9),
    ("peak host memory, GB", "host", 1e-9),
)


def main() -> None:
    """Print the table, or run one of the two programs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="a folder in Meta's format")
    parser.add_argument(
        "--hugging-face", type=Path, required=True, help="the same in Hugging Face's format"
    )
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tokens", type=int, default=64, help="how many to write (64)")
    parser.add_argument("--figures", type=Path, help="a file to write the figures to, as JSON")
    parser.add_argument("--run", choices=["reference", "hugging-face"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        print("skipped: torch finds no GPU")
    elif options.run:
        print(json.dumps(measured(options)))
    else:
        print_table(options)


def print_table(options: argparse.Namespace) -> None:
    """Run both programs, and print what they measured side by side."""
    write_copy(options.checkpoint, options.hugging_face)
    size = (options.checkpoint / "consolidated.00.pth").stat().st_size
    ours, theirs = (run_apart(name) for name in ("reference", "hugging-face"))
    rate = bytes_a_second(options.device)
    name = torch.cuda.get_device_name() if options.device == "cuda" else options.device
    print(f"{name}; {size / 1e9:.2f} GB of weights")
    print(f"{'':<34}{'reference':>12}{'its loop':>12}{'Hugging Face':>14}{'ratio':>8}")
    for title, key, scale in ROWS:
        loop = f"{ours[f'{key}_loop']:.3f}" if f"{key}_loop" in ours else ""
        one, other = ours[key] * scale, theirs[key] * scale
        ratio = f"{one / other:>8.2f}" if other else ""
        print(f"{title:<34}{one:>12.3f}{loop:>12}{other:>14.3f}{ratio}")
    if ours["device"]:
        print(f"peak device memory / size of weights: {ours['device'] / size:.3f}")
    needed = ours["bytes_per_token"]
    print(f"the device reads {rate / 1e9:.0f} GB per second:")
    print(f"  all weights in {size / rate:.4f} seconds; second answer: {ours['second']:.4f}")
    print(f"  those of one token {rate / needed:.1f} times per second; written: {ours['rate']:.1f}")
    if options.figures:
        limits = {"bytes_a_second": rate, "most_tokens_a_second": rate / needed, "bytes": size}
        figures = {"reference": ours, "hugging_face": theirs, "limits": limits}
        options.figures.write_text(json.dumps(figures) + "\n")


def run_apart(name: str) -> Figures:
    """Run this script for one of the two programs in its own process; return its figures."""
    command = [sys.executable, "-m", "benchmarks.real_model_gpu", *sys.argv[1:], "--run", name]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def measured(options: argparse.Namespace) -> Figures:
    """Load a model, answer twice, write, and return the figures."""
    prompt = None
    if options.run == "hugging-face":
        import_module("transformers").LlamaForCausalLM  # noqa: B018 - imported before the timing
        prompt = Reference(options.checkpoint, "cpu").prompt
    if options.device == "cuda":
        torch.zeros(1, device="cuda")  # starts the driver before the timing
    begun = time.perf_counter()
    with torch.inference_mode(), torch.device(options.device):
        model: Any = (
            Reference(options.checkpoint, options.device)
            if prompt is None
            else HuggingFace(options.hugging_face, options.device, prompt)
        )
        model.answer()
        figures = {"first": time.perf_counter() - begun}
        figures["second"] = seconds(model.answer)
        figures["device"] = torch.cuda.max_memory_allocated() if options.device == "cuda" else 0
        figures["rate"] = tokens_a_second(model, options.tokens)
        figures["host"] = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if isinstance(model, Reference):
            figures["bytes_per_token"] = model.bytes_per_token()
            with model.loop_over_heads():
                model.answer()
                figures["second_loop"] = seconds(model.answer)
                figures["rate_loop"] = tokens_a_second(model, max(2, options.tokens // 4))
    return figures


def seconds(answer: Any) -> float:
    """Return how long an answer takes; a token's number is there only once the device is done."""
    begun = time.perf_counter()
    answer()
    return time.perf_counter() - begun


def tokens_a_second(model: Any, count: int) -> float:
    """Return how fast tokens are written after the first."""
    model.write(2)
    times = model.write(count)
    return (count - 1) / max(times[-1] - times[0], 1e-9)


def bytes_a_second(device: str) -> float:
    """Measure how fast the device reads, by repeatedly summing a gigabyte."""
    numbers = torch.ones(2**28, dtype=torch.float32, device=device)
    times = []
    for _ in range(6):
        begun = time.perf_counter()
        float(numbers.sum())
        times.append(time.perf_counter() - begun)
    return numbers.nbytes / min(times)


if __name__ == "__main__":
    main()
