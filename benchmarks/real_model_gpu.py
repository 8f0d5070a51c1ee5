"""Measure the reference and Hugging Face's Llama on the same weights on a GPU:

    python -m tiny_weights --shape 8b --out /tmp/random-8b
    python -m benchmarks.real_model_gpu /tmp/random-8b --hugging-face /tmp/random-8b-hf

The second folder is written if it doesn't exist. Each program runs in its own process: it loads
the model, answers, and answers once more. The last line is a lower limit for an answer: the time in
which the device reads all weights once.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from benchmarks.against_huggingface import module, prompt_tokens
from grader.answer.layered_weights import LayerProgress, weights_for
from grader.answer.open_checkpoint import open_checkpoint
from grader.answer.run_plan import make_plan
from grader.calls.stage_modules import reference_modules
from grader.editions import find_kata
from grader.suite.oracle import reference_of
from grader.tests.hugging_face import write_hugging_face

Answer = Callable[[], torch.Tensor]


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
    parser.add_argument("--run", choices=["reference", "hugging-face"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        print("skipped: torch finds no GPU")
    elif options.run:
        load = load_reference if options.run == "reference" else load_hugging_face
        print(json.dumps(measured(load, options)))
    else:
        print_table(options)


def print_table(options: argparse.Namespace) -> None:
    if not options.hugging_face.exists():
        transformers: Any = import_module("transformers")
        reference = reference_of(find_kata().solutions)
        given = options.checkpoint, options.hugging_face, reference, transformers
        write_hugging_face(*given, shard="5GB")
    size = (options.checkpoint / "consolidated.00.pth").stat().st_size
    ours, theirs = (run_apart(name) for name in ("reference", "hugging-face"))
    rate = bytes_a_second(options.device)
    name = torch.cuda.get_device_name() if options.device == "cuda" else options.device
    print(f"{name}; {size / 1e9:.2f} GB of weights")
    print(f"{'':<40}{'reference':>12}{'Hugging Face':>14}{'ratio':>8}")
    for title, key, scale in (
        ("load to first answer, seconds", "first", 1.0),
        ("second answer, seconds", "second", 1.0),
        ("peak device memory / size of weights", "device", 1 / size),
        ("peak host memory, GB", "host", 1e-9),
    ):
        one, other = ours[key] * scale, theirs[key] * scale
        print(f"{title:<40}{one:>12.3f}{other:>14.3f}{one / max(other, 1e-9):>8.2f}")
    print(f"reading all weights once at {rate / 1e9:.0f} GB per second: {size / rate:.4f} seconds")


def run_apart(name: str) -> dict[str, float]:
    """Run this script for one of the two programs in its own process; return its figures."""
    command = [sys.executable, "-m", "benchmarks.real_model_gpu", *sys.argv[1:], "--run", name]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measured(load: Callable[[argparse.Namespace], Answer], options: argparse.Namespace) -> Any:
    """Load a model, answer twice, and return the figures."""
    is_cuda = options.device == "cuda"
    import_module("transformers").LlamaForCausalLM  # noqa: B018 - imported before the timing
    begun = time.perf_counter()
    with torch.inference_mode(), torch.device(options.device):
        answer = load(options)
        int(answer().argmax())  # waits for the device
        first = time.perf_counter() - begun
        begun = time.perf_counter()
        int(answer().argmax())
    return {
        "first": first,
        "second": time.perf_counter() - begun,
        "device": torch.cuda.max_memory_allocated() if is_cuda else 0,
        "host": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


def load_reference(options: argparse.Namespace) -> Answer:
    """Load the reference the way `grader answer` does."""
    space = reference_modules(find_kata().solutions)
    opened = open_checkpoint(options.checkpoint, space.find)
    plan = make_plan(opened, options.device)
    with LayerProgress(Console(stderr=True), opened, plan.resident) as progress:
        weights = weights_for(opened, plan, progress)
    tokens = prompt_tokens(space, options.checkpoint)

    def answer() -> torch.Tensor:
        hidden = module(space, 18).transformer(tokens, weights, opened.params)
        logits: torch.Tensor = module(space, 19).next_token_logits(hidden, weights["output.weight"])
        return logits

    return answer


def load_hugging_face(options: argparse.Namespace) -> Answer:
    """Load Hugging Face's model with `from_pretrained` and eager attention."""
    transformers: Any = import_module("transformers")
    model = transformers.LlamaForCausalLM.from_pretrained(
        options.hugging_face, dtype="auto", device_map=None, attn_implementation="eager"
    ).to(options.device)
    space = reference_modules(find_kata().solutions)
    tokens = prompt_tokens(space, options.checkpoint)[None]

    def answer() -> torch.Tensor:
        logits: torch.Tensor = model(tokens, logits_to_keep=1).logits[0, -1]
        return logits

    return answer


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
