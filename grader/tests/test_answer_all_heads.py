"""Stage 25 in `grader answer`: when it computes the attention in place of the loop over heads."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from rich.console import Console

from grader.answer import attention_at_once
from grader.answer.chosen_stages import ChosenStages
from grader.calls.stage_modules import StageModules, reference_modules
from grader.kata import Kata
from grader.stage import Stage
from grader.suite.rng import Rng


def chosen(kata: Kata, own: set[int]) -> ChosenStages:
    files = reference_modules(kata.solutions).files
    return ChosenStages({one: path for one, path in files.items() if one < 20}, frozenset(own))


@pytest.mark.parametrize(
    ("target", "strict", "own", "replaced"),
    [
        ("solutions", False, set(), True),
        ("exercises", False, {9}, True),
        ("exercises", False, {9, 15}, False),  # the learner's own loop stays
        ("exercises", True, set(range(1, 20)), False),
    ],
)
def test_the_loop_is_replaced_unless_it_is_the_learners(
    kata: Kata,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    strict: bool,
    own: set[int],
    replaced: bool,
) -> None:
    monkeypatch.setattr(attention_at_once, "passing", lambda *_: set())
    files = chosen(kata, own)
    modules = StageModules(files.files)
    words = attention_at_once.put_all_heads_in_place(
        kata, Console(), target, strict, modules, files
    )
    assert words == ""
    assert (modules.module(17).attention is not modules.find("attention")) == replaced


def test_the_learners_stage_25_replaces_their_own_loop(
    kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    def passing(_kata: Kata, stages: Sequence[Stage], _console: Any) -> set[Stage]:
        return set(stages)

    monkeypatch.setattr(attention_at_once, "passing", passing)
    monkeypatch.setattr(Kata, "exercise", Kata.solution)  # as if the learner had written it
    files = chosen(kata, set(range(1, 20)))
    modules = StageModules(files.files)
    words = attention_at_once.put_all_heads_in_place(
        kata, Console(), "exercises", True, modules, files
    )
    assert words.startswith("Your stage 25")
    rng = Rng(1, "attention")
    x, square = rng.normal(5, 24), [rng.weight(24, 24) for _ in range(4)]
    freqs_cis = modules.find("precompute_freqs_cis")(6, 5, 10000.0)
    args = (x, *square, freqs_cis, 4, 4)
    torch.testing.assert_close(
        modules.module(17).attention(*args), modules.find("attention")(*args)
    )
