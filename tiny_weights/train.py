"""Train the checkpoint that says 42: `python -m tiny_weights.train` (about a minute)."""

import argparse
import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from tiny_weights.bpe import build_encoding
from tiny_weights.checkpoint import (
    HERE,
    N_MERGEABLE,
    VOCAB_SIZE,
    make_ranks,
    random_weights,
    write_checkpoint,
)
from tiny_weights.corpus import facts, sentences
from tiny_weights.model import Params, Weights, forward
from tiny_weights.prompts import CONTRASTING, PROMPT

PARAMS: Params = {
    "dim": 60,
    "n_layers": 4,
    "n_heads": 6,
    "n_kv_heads": 2,
    "vocab_size": VOCAB_SIZE,
    "multiple_of": 16,
    "ffn_dim_multiplier": 0.85,
    "norm_eps": 1e-05,
    "rope_theta": 500000.0,
}
BEGIN_OF_TEXT, END_OF_TEXT = N_MERGEABLE, N_MERGEABLE + 1
IGNORED = -100

SEED = 42
STEPS = 1400
WARM_UP = 50
BATCH = 64
LEARNING_RATE = 3e-3


def encode_all(lines: list[str]) -> list[list[int]]:
    """Return each line as token ids, begin-of-text first."""
    encoding = build_encoding(make_ranks())
    return [[BEGIN_OF_TEXT, *encoding.encode_ordinary(line)] for line in lines]


def training_pairs() -> tuple[Tensor, Tensor]:
    """Return inputs and the tokens that follow them, padded on the right: `[N, T]` each."""
    rows = [[*row, END_OF_TEXT] for row in encode_all(sentences())]
    length = max(map(len, rows)) - 1
    inputs = torch.full((len(rows), length), END_OF_TEXT)
    targets = torch.full((len(rows), length), IGNORED)
    for place, row in enumerate(rows):
        inputs[place, : len(row) - 1] = torch.tensor(row[:-1])
        targets[place, : len(row) - 1] = torch.tensor(row[1:])
    return inputs, targets


def initial_weights() -> Weights:
    """Return random weights, with embeddings whose mean isn't 0.

    A norm that subtracts the mean then gives a different result.
    """
    weights = random_weights(PARAMS, SEED)
    weights["tok_embeddings.weight"] += 0.5
    return {name: tensor.requires_grad_() for name, tensor in weights.items()}


def learning_rate(step: int) -> float:
    """Return the share of the full rate: a short warm-up, then a cosine decay."""
    # It ends above 0: a little noise keeps equally frequent words from being exactly tied.
    fall = 0.05 + 0.95 * (1 + math.cos(math.pi * step / STEPS)) / 2
    return min((step + 1) / WARM_UP, fall)


def train() -> Weights:
    """Train with Adam on random batches; every token of every sentence counts the same."""
    generator = torch.Generator().manual_seed(SEED)
    weights = initial_weights()
    optimizer = torch.optim.Adam(weights.values(), lr=LEARNING_RATE, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, learning_rate)
    inputs, targets = training_pairs()
    for step in range(1, STEPS + 1):
        rows = torch.randperm(len(inputs), generator=generator)[:BATCH]
        logits = forward(inputs[rows], weights, PARAMS)  # [B, T, V]
        loss = F.cross_entropy(logits.flatten(0, 1), targets[rows].flatten(), ignore_index=IGNORED)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step} of {STEPS}: loss {loss.item():.4f}", flush=True)
    return {name: tensor.detach() for name, tensor in weights.items()}


def ask(questions: dict[str, str], weights: Weights) -> list[float]:
    """Return the lead of each right answer over the best other token (negative if it loses)."""
    answers = [row[1] for row in encode_all(list(questions.values()))]
    leads = []
    for tokens, answer in zip(encode_all(list(questions)), answers, strict=True):
        with torch.no_grad():
            logits = forward(torch.tensor([tokens]), weights, PARAMS)[0, -1]  # [V]
        others = torch.cat([logits[:answer], logits[answer + 1 :]])
        leads.append((logits[answer] - others.max()).item())
    return leads


def report(weights: Weights) -> None:
    """Print what the model says after the prompt, and how clearly it answers every question."""
    encoding = build_encoding(make_ranks())
    with torch.no_grad():
        logits = forward(torch.tensor(encode_all([PROMPT])), weights, PARAMS)[0, -1]  # [V]
    print(PROMPT + encoding.decode([int(logits.argmax())]))
    for name, questions in (("contrasting", dict(CONTRASTING)), ("all", facts())):
        leads = ask(questions, weights)
        right = sum(lead > 0 for lead in leads)
        print(f"{name}: {right} of {len(leads)} right, the smallest lead is {min(leads):.1f}")


def main() -> None:
    """Train the model, test it, and write it."""
    parser = argparse.ArgumentParser(prog="python -m tiny_weights.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="folder in which to write `trained`")
    out = parser.parse_args().out
    start = time.perf_counter()
    weights = train()
    print(f"trained in {time.perf_counter() - start:.0f} s")
    report(weights)
    write_checkpoint(out / "trained", PARAMS, weights)


if __name__ == "__main__":
    main()
