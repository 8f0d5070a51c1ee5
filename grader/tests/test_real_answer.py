"""The tests of the real 8B, on a model that says what the real one was published to say: the real
vocabulary, and weights made so that a token's successor can be read off them."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from grader.kata import Kata
from grader.stages import stage_of
from grader.suite.grade_stage import grade_stage
from grader.suite.graded_tests import collect, is_real
from grader.suite.yours_and_reference import Reference
from grader.tests.test_large_weights import SMALL
from grader.verdict import TestVerdict
from grader.workers.pool import start_pool
from tiny_weights.model import shapes

THE_ANSWER = stage_of(20)
PARAMS = SMALL | {"vocab_size": 128256, "n_layers": 1, "dim": 64, "n_heads": 4, "n_kv_heads": 2}
STRENGTH = 20.0  # between the logits of the tokens that may come next


def write_model(folder: Path, vocabulary: Path, follows: dict[int, list[int]]) -> None:
    """Write a checkpoint in which each token is followed by any of some others, equally likely."""
    weights = {name: torch.zeros(shape) for name, shape in shapes(PARAMS).items()}
    weights["norm.weight"] += 1.0
    for place, (token, successors) in enumerate(follows.items()):
        weights["tok_embeddings.weight"][token, place] = 1.0
        for successor in successors:
            weights["output.weight"][successor, place] = STRENGTH / PARAMS["dim"] ** 0.5
    folder.mkdir()
    (folder / "params.json").write_text(json.dumps(PARAMS), encoding="utf-8")
    shutil.copy(vocabulary, folder)
    halves = {name: weight.bfloat16() for name, weight in weights.items()}
    torch.save(halves, folder / "consolidated.00.pth")


@pytest.fixture
def follows(kata: Kata, reference: Reference, llama3_dir: Path) -> dict[int, list[int]]:
    """Return the published successors of each token of the prompt."""
    suite = collect(kata.suite(THE_ANSWER))[0].run.__globals__
    ranks = reference.parse_vocabulary((llama3_dir / "tokenizer.model").read_bytes())
    found: dict[int, list[int]] = {}
    for token, piece in zip(suite["REAL_IDS"], suite["PUBLISHED"], strict=True):
        found.setdefault(token, []).append(ranks[piece.encode()])
    return found


def real_verdicts(
    kata: Kata, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, TestVerdict]:
    """Grade the reference with a folder as the real 8B, and return the verdicts of its tests."""
    monkeypatch.setenv("LLAMA3_DIR", str(folder))
    real = {test.name for test in collect(kata.suite(THE_ANSWER)) if is_real(test.run)}
    assert len(real) == 2
    pool = start_pool()
    try:
        verdict = grade_stage(kata, THE_ANSWER, kata.solutions, 0, pool.worker)
    finally:
        pool.close()
    return {test.name: test for test in verdict.tests if test.name in real}


def test_a_model_that_says_what_was_published_passes(
    kata: Kata,
    llama3_dir: Path,
    follows: dict[int, list[int]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_model(tmp_path / "real", llama3_dir / "tokenizer.model", follows)
    verdicts = real_verdicts(kata, tmp_path / "real", monkeypatch)
    assert {test.outcome for test in verdicts.values()} == {"passed"}, verdicts


def test_another_second_token_fails_though_it_says_42(
    kata: Kata,
    llama3_dir: Path,
    follows: dict[int, list[int]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_mask = {**follows, 1820: [4320]}  # after "the" comes " answer": so without a mask
    write_model(tmp_path / "real", llama3_dir / "tokenizer.model", without_mask)
    verdicts = real_verdicts(kata, tmp_path / "real", monkeypatch)
    assert verdicts["test_the_real_8b_says_42"].outcome == "passed"
    failed = verdicts["test_the_real_8b_prefers_the_published_tokens"]
    assert failed.outcome == "failed"
    assert "after token 1 the real 8B prefers ' ' (220); your model prefers token 4320" in (
        failed.message
    )


def test_without_the_files_they_are_skipped_and_say_where_to_get_them(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts = real_verdicts(kata, tmp_path, monkeypatch)
    assert all(test.unavailable and test.max_points == 0 for test in verdicts.values())
    assert all("`grader lesson real-model` says how" in test.message for test in verdicts.values())
