"""Count the mistakes that show in the trained model: `python benchmarks/trained_model.py`.

Each mistake of stages 8 to 19 is made in the reference by itself, and the model runs on a fixed set
of prompts. A mistake that changes the logits by more than 1 % (relative L2) should change the most
likely token at some position; near-ties, which rounding could decide, are left out.
"""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch

from grader.calls.stage_modules import StageModules, reference_modules
from grader.diagnosis.known_mistakes import mistakes_of
from grader.editions import find_kata
from grader.kata import Kata
from grader.stages import STAGES, stage_of

FIRST, LAST = 8, 19
VISIBLE = 0.01  # relative L2 change of the logits
CLEAR = 1e-3  # lead of the most likely token, as a share of the logits' range


def variant(kata: Kata, number: int, replaces: Mapping[str, Any]) -> StageModules:
    """Return the reference with one mistake in stage `number`, which later stages import."""
    files = {stage.number: kata.solution(stage) for stage in STAGES if stage.has_code}
    reference = reference_modules(kata.solutions)
    earlier = {earlier: reference.module(earlier) for earlier in range(1, number)}
    modules = StageModules(files, loaded=earlier)
    vars(modules.module(number)).update(replaces)
    return modules


def logits_of(
    modules: StageModules, prompts: list[torch.Tensor], checkpoint: Any
) -> list[torch.Tensor]:
    """Return the logits at every position of every prompt, computed by the stages' functions."""
    params, weights = checkpoint
    found = []
    for tokens in prompts:
        hidden = modules.module(18).transformer(tokens, weights, params)
        next_token_logits = modules.module(19).next_token_logits
        rows = [
            next_token_logits(hidden[: t + 1], weights["output.weight"]) for t in range(len(tokens))
        ]
        found.append(torch.stack(rows))
    return found


def main() -> None:
    """Print a line for every mistake that changes the logits, and the share that shows."""
    torch.set_num_threads(1)
    kata = find_kata()
    reference = reference_modules(kata.solutions)
    folder = kata.tiny_weights / "trained"
    # Loaded again for every mistake, because some mistakes write into the weights.
    open_checkpoint = partial(reference.module(7).load_checkpoint, folder)
    ranks = reference.module(1).parse_vocabulary((folder / "tokenizer.model").read_bytes())
    tokenizer = reference.module(5).build_tokenizer(ranks)
    prompts = [
        torch.tensor(reference.module(5).encode_prompt(tokenizer, text)) for text in texts(kata)
    ]
    right = logits_of(reference, prompts, open_checkpoint())
    tops = [rows.topk(2).values for rows in right]
    spreads = [rows.amax(1) - rows.amin(1) for rows in right]
    clear = [
        top[:, 0] - top[:, 1] > CLEAR * spread for top, spread in zip(tops, spreads, strict=True)
    ]

    moved = shown = hidden = 0
    for number in range(FIRST, LAST + 1):
        for mistake in mistakes_of(kata, stage_of(number)):
            distance, changed = compare(
                kata, number, mistake.replaces, prompts, open_checkpoint(), right, clear
            )
            if distance <= VISIBLE:
                hidden += 1
                continue
            moved += 1
            shown += changed > 0
            print(f"s{number:02d} {mistake.name:<34} logits {distance:8.3f}   tokens {changed:4}")
    print(
        f"{len(prompts)} prompts, {sum(int(c.sum()) for c in clear)} positions with a clear winner"
    )
    print(f"{hidden} mistakes change the logits by 1 % or less")
    print(f"{shown} of the other {moved} change a most likely token: {100 * shown / moved:.1f} %")


def compare(
    kata: Kata,
    number: int,
    replaces: Mapping[str, Any],
    prompts: list[torch.Tensor],
    checkpoint: Any,
    right: list[torch.Tensor],
    clear: list[torch.Tensor],
) -> tuple[float, int]:
    """Return how far a mistake changes the logits, and how many most likely tokens it changes.

    A model that raises, or returns a wrong shape or nan, is infinitely far and changes all.
    """
    everything = sum(int(rows.sum()) for rows in clear)
    try:
        wrong = logits_of(variant(kata, number, replaces), prompts, checkpoint)
    except Exception:
        return float("inf"), everything
    if any(a.shape != b.shape or not a.isfinite().all() for a, b in zip(wrong, right, strict=True)):
        return float("inf"), everything
    difference = torch.cat(wrong) - torch.cat(right)
    distance = torch.linalg.vector_norm(difference) / torch.linalg.vector_norm(torch.cat(right))
    changed = [
        int((w.argmax(1) != r.argmax(1))[sure].sum())
        for w, r, sure in zip(wrong, right, clear, strict=True)
    ]
    return float(distance), sum(changed)


def texts(kata: Kata) -> list[str]:
    """Return the fixed set of prompts."""
    path: Path = kata.tiny_weights / "prompts.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    return [known["prompt"], *(text for text, _ in known["contrasting"]), *known["open"]]


if __name__ == "__main__":
    main()
