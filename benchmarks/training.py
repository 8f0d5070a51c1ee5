"""Measure `grader train` beside torch.nn and torch.optim: `python -m benchmarks.training`.

Both train the tiny model on the same batches with the same schedule, each in a fresh process on one
thread: the reference's stages, and a module written the usual way, with `torch.optim.AdamW` and
`F.scaled_dot_product_attention`. Then the reference trains from several seeds, and each model is
asked all questions.
"""

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from rich.console import Console
from torch import Tensor, nn

from grader.answer.answer import PROMPT
from grader.answer.chosen_stages import ChosenStages
from grader.editions import WholeKata, find_kata
from grader.train.kata_text import kata_text
from grader.train.options import Options
from grader.train.recipe import SEED, STEPS, Recipe, recipe_for
from grader.train.rows import Rows, kata_rows
from grader.train.steps import first_run, training
from grader.train.train import run_train
from grader.train.trainer import TRAINING_STAGES, Trainer
from tiny_weights.model import angles, ffn_width

MOST = 1.5  # times as long as torch.nn and torch.optim
_MEGA = 1e6


class Block(nn.Module):
    """One layer of a Llama."""

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__()
        dim, self.width = params["dim"], params["dim"] // params["n_heads"]
        kv, hidden = self.width * params["n_kv_heads"], ffn_width(params)
        self.wq, self.wo = (nn.Linear(dim, dim, bias=False) for _ in range(2))
        self.wk, self.wv = (nn.Linear(dim, kv, bias=False) for _ in range(2))
        self.w1, self.w3 = (nn.Linear(dim, hidden, bias=False) for _ in range(2))
        self.w2 = nn.Linear(hidden, dim, bias=False)
        self.attention_norm, self.ffn_norm = (
            nn.RMSNorm(dim, eps=params["norm_eps"]) for _ in range(2)
        )

    def forward(self, x: Tensor, turn: Tensor) -> Tensor:
        """Return the vectors after the layer, `[B, T, D]`."""
        normed = self.attention_norm(x)
        q, k, v = (
            project(normed).unflatten(-1, (-1, self.width)).transpose(1, 2)
            for project in (self.wq, self.wk, self.wv)
        )  # [B, heads, T, d] each
        heads = F.scaled_dot_product_attention(
            turned(q, turn), turned(k, turn), v, is_causal=True, enable_gqa=True
        )
        x = x + self.wo(heads.transpose(1, 2).flatten(-2))
        normed = self.ffn_norm(x)
        return x + self.w2(F.silu(self.w1(normed)) * self.w3(normed))


class Llama(nn.Module):
    """A whole Llama: tokens in, logits out."""

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__()
        self.tok_embeddings = nn.Embedding(params["vocab_size"], params["dim"])
        self.layers = nn.ModuleList(Block(params) for _ in range(params["n_layers"]))
        self.norm = nn.RMSNorm(params["dim"], eps=params["norm_eps"])
        self.output = nn.Linear(params["dim"], params["vocab_size"], bias=False)
        self.head_dim, self.theta = params["dim"] // params["n_heads"], params["rope_theta"]

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits of `[B, T]` tokens, `[B, T, V]`."""
        turns = angles(self.head_dim, tokens.shape[1], self.theta)
        turn = torch.polar(torch.ones_like(turns), turns)  # [T, d/2]
        x = self.tok_embeddings(tokens)
        for layer in self.layers:
            x = layer(x, turn)
        return self.output(self.norm(x))


def turned(x: Tensor, turn: Tensor) -> Tensor:
    """Rotate the pairs of queries or keys."""
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(pairs * turn).flatten(-2)


def with_torch(rows: Rows, trainer: Trainer, recipe: Recipe) -> Iterator[float]:
    """Yield the loss of each step, trained with torch.nn and torch.optim."""
    model = Llama(trainer.params)
    names = {name: _name_in_module(name) for name in trainer.untrained(recipe.seed)}
    begun = trainer.untrained(recipe.seed)
    model.load_state_dict({names[name]: weight for name, weight in begun.items()})
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=recipe.peak,
        betas=(recipe.beta1, recipe.beta2),
        eps=recipe.eps,
        weight_decay=recipe.weight_decay,
    )
    generator = torch.Generator().manual_seed(recipe.seed)
    for step in range(1, recipe.steps + 1):
        batch = rows.tokens[torch.randperm(len(rows.tokens), generator=generator)[: recipe.batch]]
        for group in optimizer.param_groups:
            group["lr"] = rate(step, recipe)
        logits = model(batch[:, :-1])  # [B, T, V]
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), recipe.max_norm)
        optimizer.step()
        yield loss.item()


def _name_in_module(name: str) -> str:
    return name.replace("attention.w", "w").replace("feed_forward.w", "w")


def rate(step: int, recipe: Recipe) -> float:
    """Return the learning rate of a step."""
    if step <= recipe.warmup:
        return recipe.peak * step / recipe.warmup
    progress = (step - recipe.warmup) / (recipe.steps - recipe.warmup)
    fall = (1 + math.cos(math.pi * progress)) / 2
    return recipe.floor + (recipe.peak - recipe.floor) * fall


def with_reference(rows: Rows, trainer: Trainer, recipe: Recipe) -> Iterator[float]:
    """Yield the loss of each step, trained by the reference's stages."""
    for run in training(trainer, first_run(trainer, recipe), rows, recipe):
        yield run.losses[-1]


WAYS: dict[str, Callable[[Rows, Trainer, Recipe], Iterator[float]]] = {
    "grader train": with_reference,
    "torch.nn and torch.optim": with_torch,
}


def prepared() -> tuple[Rows, Trainer]:
    """Return the kata's rows and the reference's stages, on one thread as in `grader train`."""
    torch.set_num_threads(1)
    kata = find_kata()
    files = {stage.number: kata.solution(stage) for stage in TRAINING_STAGES}
    trainer = Trainer(kata, ChosenStages(files, frozenset()))
    sentences = kata_text().sentences
    return kata_rows(sentences, trainer.text.encode, trainer.end), trainer


def measure(way: str, steps: int) -> None:
    """Train in this process, and print what it took as JSON."""
    rows, trainer = prepared()
    recipe = recipe_for(SEED, steps, len(rows.tokens), rows.per_row)
    begun, processor = time.perf_counter(), time.process_time()
    losses = list(WAYS[way](rows, trainer, recipe))
    found = {
        "seconds": time.perf_counter() - begun,
        "processor": time.process_time() - processor,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "first": losses[0],
        "last": losses[-1],
    }
    print(json.dumps(found))


def compare(steps: int, rounds: int) -> None:
    """Measure both ways in turns, each in a fresh process, and print the medians."""
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for number in range(1, rounds + 1):
        for way in WAYS:
            command = [sys.executable, "-m", "benchmarks.training", "--way", way]
            done = subprocess.run(
                [*command, "--steps", str(steps)], check=True, capture_output=True, text=True
            )
            found[way].append(json.loads(done.stdout.splitlines()[-1]))
            one = found[way][-1]
            print(f"round {number}, {way}: {one['seconds']:.1f} s", flush=True)
    print()
    middle = {
        way: {key: statistics.median(one[key] for one in all_rounds) for key in all_rounds[0]}
        for way, all_rounds in found.items()
    }
    for way, one in middle.items():
        print(
            f"{way:<26} {one['seconds']:6.1f} s, {one['processor']:6.1f} s of processor time, "
            f"{one['peak'] / _MEGA:4.0f} MB at most, loss {one['first']:.4f} to {one['last']:.4f}"
        )
    ours, theirs = middle.values()
    pairs = zip(*found.values(), strict=True)
    ratios = [one["processor"] / other["processor"] for one, other in pairs]
    elapsed = ours["seconds"] / theirs["seconds"]
    print(
        f"{steps:,} steps: {elapsed:.2f} times as long, {statistics.median(ratios):.2f} times the "
        f"processor time (at most {MOST}), {ours['peak'] / theirs['peak']:.2f} times the memory"
    )


def success(seeds: int, steps: int) -> None:
    """Train from several seeds as the command does, and print what each model knows."""
    root = find_kata().root
    _, trainer = prepared()
    text, reached = kata_text(), 0
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            out, quiet = Path(folder) / "trained", Console(quiet=True)
            options = Options(out, seed, steps, target="solutions")
            begun = time.perf_counter()
            if run_train(WholeKata(root, own=Path(folder)), quiet, options):
                raise SystemExit("grader train failed")
            seconds = time.perf_counter() - begun
            weights = torch.load(out / "consolidated.00.pth", weights_only=True)
        said = trainer.continued(trainer.prompt, weights, 1)
        contrasting = trainer.right_answers(text.contrasting, weights)
        facts = trainer.right_answers(text.facts, weights)
        reached += said == text.facts[PROMPT] and contrasting == len(text.contrasting)
        print(
            f"seed {seed}: says {said}, {contrasting} of {len(text.contrasting)} contrasting "
            f"prompts and {facts:,} of {len(text.facts):,} facts right, {seconds:.0f} s",
            flush=True,
        )
    print(f"{reached} of {seeds} seeds reach 42 and all contrasting prompts")


def main() -> None:
    """Measure what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help=f"of each training ({STEPS})")
    parser.add_argument("--rounds", type=int, default=3, help="measured of each way (3)")
    parser.add_argument("--seeds", type=int, default=10, help="to train from (10)")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        measure(given.way, given.steps)
        return
    if given.rounds:
        compare(given.steps, given.rounds)
    if given.seeds:
        success(given.seeds, given.steps)


if __name__ == "__main__":
    main()
