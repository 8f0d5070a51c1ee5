"""Compare the time to write a token with Hugging Face's, and with reading the weights from memory:

    python -m tiny_weights --shape 8b --layers 4 --out random-cut
    python -m benchmarks.writing_speed random-cut --hugging-face random-cut-hf

The second folder is written if it doesn't exist. The reference writes with the cache and stage 25,
and transformers' `generate` with its cache, both from the same prompt, in turns. Every token needs
all weights except for the embedding, so nobody can write faster than these are read. A token of the
reference should take at most 1.15 times the longer of the other two.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.hugging_face import write_copy
from benchmarks.large_model import HuggingFace, Reference

MOST = 1.15
OURS, LOOP, THEIRS, READING = (
    "the reference, with the cache and stage 25",
    "the reference, with the cache, head by head",
    "transformers, with its cache",
    "reading the weights once",
)
FIELDS = ("clock", "processor")


@dataclass(frozen=True)
class Cost:
    """Seconds per token, by the clock and of processor time."""

    clock: float
    processor: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="a folder in Meta's format")
    parser.add_argument("--hugging-face", type=Path, required=True, help="the same in theirs")
    parser.add_argument("--tokens", type=int, default=8, help="per round (8)")
    parser.add_argument("--rounds", type=int, default=5, help="(5)")
    parser.add_argument("--threads", type=int, help="that torch uses (default: its own choice)")
    parser.add_argument("--figures", type=Path, help="a file to write the medians to, as JSON")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    write_copy(options.checkpoint, options.hugging_face)
    with torch.inference_mode():
        costs = measure(options)
    print_table(costs, options)


def measure(options: argparse.Namespace) -> dict[str, list[Cost]]:
    """Return the costs of each way, one per round, after one round that warms up."""
    ours = Reference(options.checkpoint, "cpu")
    theirs = HuggingFace(options.hugging_face, "cpu", ours.prompt)
    needed = [ours.weights[name] for name in ours.read_per_token()]
    count = options.tokens

    def per_token(write: Callable[[], object], prompt: Cost) -> Cost:
        whole = cost_of(write)
        return Cost(
            (whole.clock - prompt.clock) / (count - 1),
            (whole.processor - prompt.processor) / (count - 1),
        )

    costs: dict[str, list[Cost]] = {way: [] for way in (OURS, THEIRS, READING, LOOP)}
    for number in range(options.rounds + 1):
        first, their_first = cost_of(lambda: ours.write(1)), cost_of(lambda: theirs.seconds(1))
        found = {
            OURS: per_token(lambda: ours.write(count), first),
            THEIRS: per_token(lambda: theirs.seconds(count), their_first),
            READING: cost_of(lambda: read(needed)),
        }
        with ours.loop_over_heads():
            first = cost_of(lambda: ours.write(1))
            found[LOOP] = per_token(lambda: ours.write(count), first)
        for way, cost in found.items() if number else ():
            costs[way].append(cost)
    return costs


def read(weights: list[torch.Tensor]) -> None:
    """Read tensors once, as fast as possible: sums of integers keep up with the memory."""
    for weight in weights:
        weight.view(torch.int64).sum()


def cost_of(run: Callable[[], object]) -> Cost:
    clock, processor = time.perf_counter(), time.process_time()
    run()
    return Cost(time.perf_counter() - clock, time.process_time() - processor)


def print_table(costs: dict[str, list[Cost]], options: argparse.Namespace) -> None:
    """Print the medians and the ratios."""
    threads, load = torch.get_num_threads(), os.getloadavg()[0]
    rounds = f"medians of {options.rounds} rounds of {options.tokens} tokens"
    print(f"{rounds}, threads: {threads}, load of the machine: {load:.1f}")
    print(f"{'seconds per token':<46}{'by the clock':>14}{'processor time':>16}")
    clock, processor = ({way: median(costs[way], name) for way in costs} for name in FIELDS)
    for way in costs:
        print(f"{way:<46}{clock[way]:>14.4f}{processor[way]:>16.4f}")
    figures = {"seconds_per_token": clock, "processor_seconds_per_token": processor}
    ratios = {}
    for title, medians in (("by the clock", clock), ("processor time", processor)):
        ratios[title] = medians[OURS] / max(medians[THEIRS], medians[READING])
        print(
            f"the reference / the longer of reading and transformers, {title}: "
            f"{ratios[title]:.2f} (at most {MOST})"
        )
    if options.figures:
        options.figures.write_text(json.dumps(figures | {"ratios": ratios}) + "\n")


def median(costs: list[Cost], field: str) -> float:
    return statistics.median(getattr(cost, field) for cost in costs)


if __name__ == "__main__":
    main()
