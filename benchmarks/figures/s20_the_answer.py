"""The numbers of lesson 20."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import torch

from benchmarks.figures import figures, vocabulary_figures
from benchmarks.figures.trained_tiny_model import (
    checkpoint,
    encoded,
    hidden_after,
    logits_after,
    piece,
)
from benchmarks.trained_model import variant
from grader.answer.answer import PROMPT
from grader.diagnosis.known_mistakes import mistakes_of
from grader.editions import find_kata
from grader.llama3_8b import PARAMS
from grader.plot.pictures.s20_the_answer import one_word_changed
from grader.stages import stage_of
from solutions.s01_vocabulary import parse_vocabulary
from solutions.s05_tokenizer import build_tokenizer, encode_prompt
from tiny_weights.checkpoint import HERE


@cache
def prompts() -> dict[str, Any]:
    return json.loads((HERE / "prompts.json").read_text(encoding="utf-8"))


def answer_to(prompt: str) -> tuple[str, int, float]:
    """Return the most likely next piece, its id and its probability."""
    shares = torch.softmax(logits_after(encoded(prompt)), -1)  # [V]
    token = int(shares.argmax())
    return piece(token), token, shares.max().item()


@figures("17", "32", "4", "509", "42")
def sizes_and_the_answer_of_the_tiny_model() -> Sequence[float]:
    said, token, _ = answer_to(PROMPT)
    layers = PARAMS["n_layers"], checkpoint()[0]["n_layers"]
    return len(encoded(PROMPT)), *layers, token, int(said)


PROMPT_ON_THE_8B = (
    *("128000", "1820", "4320", "311", "279", "17139", "3488", "315", "2324"),
    *("11", "279", "15861", "11", "323", "4395", "374", "220"),
)


@vocabulary_figures(*PROMPT_ON_THE_8B, "2983")
def ids_on_the_8b(vocabulary: Path) -> Sequence[float]:
    tokenizer = build_tokenizer(parse_vocabulary(vocabulary.read_bytes()))
    return [*encode_prompt(tokenizer, PROMPT), *encode_prompt(tokenizer, "42")[1:]]


@figures("79", "12", "17")
def without_the_causal_mask() -> Sequence[float]:
    kata = find_kata()
    (no_mask,) = (one for one in mistakes_of(kata, stage_of(15)) if one.name == "no_mask")
    transformer = variant(kata, 15, no_mask.replaces).module(18).transformer
    params, weights = checkpoint()
    tokens = torch.tensor(encoded(PROMPT))
    both = torch.stack([hidden_after(encoded(PROMPT)), transformer(tokens, weights, params)])
    right, wrong = (both @ weights["output.weight"].T).argmax(-1)  # [T] each
    return int(piece(int(wrong[-1]))), int((right != wrong).sum()), len(right)


@figures("42", "32", "10")
def answers_to_three_questions() -> Sequence[float]:
    rest = PROMPT.removeprefix("the answer")
    return [int(answer_to(start + rest)[0]) for start in ("the answer", "the key", "my answer")]


@figures("98")
def least_sure_with_one_word_changed() -> Sequence[float]:
    others = one_word_changed(PROMPT, [prompt for prompt, _ in prompts()["contrasting"]])
    answers = [answer_to(prompt) for prompt in others]
    assert len(answers) == 13
    assert all(said != "42" for said, _, _ in answers)
    return (int(100 * min(share for _, _, share in answers)),)


@figures("32", "2.0", "10", "5")
def open_questions() -> Sequence[float]:
    leads = []
    for prompt in prompts()["open"]:
        first, second = torch.softmax(logits_after(encoded(prompt)), -1).topk(2).values.tolist()
        leads.append(first / second)
    percent = 10
    return len(leads), median(leads), percent, sum(lead < 1 + percent / 100 for lead in leads)


@figures("0")
def position_that_sees_only_itself() -> Sequence[float]:
    """Return the only position whose vector stays the same without the tokens after the first."""
    tokens = encoded(PROMPT)
    whole, first = hidden_after(tokens), hidden_after(tokens[:1])
    alone = [t for t in range(len(tokens)) if torch.allclose(whole[t], first[0], atol=1e-4)]
    (position,) = alone
    return (position,)
