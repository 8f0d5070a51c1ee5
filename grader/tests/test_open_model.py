"""A cut of a trained open model gives transformers' logits and texts, where the model is here."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.open_model import PROMPTS, Ours, Theirs, long_text
from benchmarks.smollm2 import what_is_missing, write_smollm2
from grader.tests.made_once import made_once

LAYERS, LENGTH, WRITTEN = 4, 300, 8

pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing() or "here")


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first layers of SmolLM2, in float32."""

    def make(folder: Path) -> None:
        write_smollm2(folder, torch.float32)
        transformers: Any = import_module("transformers")
        model = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, num_hidden_layers=LAYERS
        )
        (folder / "model.safetensors").unlink()
        model.save_pretrained(folder)

    return made_once(tmp_path_factory, "smollm2", make)


@pytest.fixture
def both(cut: Path) -> Iterator[tuple[Ours, Theirs]]:
    with torch.inference_mode():
        yield Ours(cut, torch.float32), Theirs(cut, torch.float32)


def test_the_logits_are_those_of_transformers(both: tuple[Ours, Theirs]) -> None:
    ours, theirs = both
    tokens = theirs.tokenizer(long_text())["input_ids"][:LENGTH]
    one, other = ours.logits(tokens), theirs.logits(tokens)
    assert torch.linalg.vector_norm(one - other) < 1e-5 * torch.linalg.vector_norm(other)
    assert torch.equal(one.argmax(-1), other.argmax(-1))


def test_the_texts_are_those_of_transformers(both: tuple[Ours, Theirs]) -> None:
    ours, theirs = both
    for prompt in PROMPTS:
        tokens = theirs.tokenizer(prompt)["input_ids"]
        assert ours.write(tokens, WRITTEN) == theirs.write(tokens, WRITTEN)
