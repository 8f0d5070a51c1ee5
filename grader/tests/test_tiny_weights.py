"""The tiny checkpoints can be remade bit for bit, are small and complete, and say 42."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.kata import Kata
from grader.suite.yours_and_reference import Reference

RANDOM = ("random_gqa", "random_mha", "random_mqa")
FOLDERS = ("trained", *RANDOM)
PIECES = ["<|begin_of_text|>", "the", " answer", " to", " the", " ultimate", " question", " of"]
PIECES += [" life", ",", " the", " universe", ",", " and", " everything", " is", " "]


@pytest.fixture(scope="module")
def made_again(kata: Kata, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the script has written the checkpoints again."""
    out = tmp_path_factory.mktemp("tiny_weights")
    command = [sys.executable, "-m", "tiny_weights", "--out", str(out)]
    subprocess.run(command, cwd=kata.root, check=True, capture_output=True)
    return out


def read_params(folder: Path) -> dict[str, Any]:
    """Read `params.json` without the reference."""
    params: dict[str, Any] = json.loads((folder / "params.json").read_text(encoding="utf-8"))
    return params


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Read the weights without the reference."""
    weights: dict[str, torch.Tensor] = torch.load(folder / "consolidated.00.pth", weights_only=True)
    return weights


@pytest.fixture(scope="module")
def prompts(kata: Kata) -> dict[str, Any]:
    """The prompts with their answers."""
    found: dict[str, Any] = json.loads(
        (kata.tiny_weights / "prompts.json").read_text(encoding="utf-8")
    )
    return found


@pytest.mark.parametrize("name", RANDOM)
def test_the_script_makes_the_same_weights(kata: Kata, made_again: Path, name: str) -> None:
    committed = read_weights(kata.tiny_weights / name)
    made = read_weights(made_again / name)
    assert list(made) == list(committed)
    for key, tensor in made.items():
        assert tensor.dtype == committed[key].dtype
        assert torch.equal(tensor.view(torch.uint8), committed[key].view(torch.uint8)), key


@pytest.mark.parametrize("name", RANDOM)
def test_the_script_makes_the_same_small_files(kata: Kata, made_again: Path, name: str) -> None:
    for file in ("params.json", "tokenizer.model"):
        made = (made_again / name / file).read_bytes()
        assert made == (kata.tiny_weights / name / file).read_bytes(), file


def test_the_script_makes_the_same_prompts(kata: Kata, made_again: Path) -> None:
    made = (made_again / "prompts.json").read_bytes()
    assert made == (kata.tiny_weights / "prompts.json").read_bytes()


def test_the_trained_one_has_the_same_vocabulary(kata: Kata, made_again: Path) -> None:
    made = (made_again / "random_gqa" / "tokenizer.model").read_bytes()
    assert made == (kata.tiny_weights / "trained" / "tokenizer.model").read_bytes()


def test_all_of_it_stays_small(kata: Kata) -> None:
    files = [path for path in kata.tiny_weights.rglob("*") if path.is_file()]
    sizes = [path.stat().st_size for path in files if "__pycache__" not in path.parts]
    assert 0 < sum(sizes) < 2_000_000


@pytest.mark.parametrize("name", FOLDERS)
def test_shapes_and_counts_are_those_of_the_files(
    kata: Kata, reference: Reference, name: str
) -> None:
    params, weights = (read(kata.tiny_weights / name) for read in (read_params, read_weights))
    shapes = {key: tuple(tensor.shape) for key, tensor in weights.items()}
    assert reference.expected_shapes(params) == shapes
    assert reference.parameter_count(params) == sum(t.numel() for t in weights.values())


@pytest.mark.parametrize("name", FOLDERS)
def test_the_reference_loads_them(kata: Kata, reference: Reference, name: str) -> None:
    folder = kata.tiny_weights / name
    params, weights = reference.load_checkpoint(folder)
    expected = read_weights(folder)
    assert params == read_params(folder)
    assert weights.keys() == expected.keys()
    for key, tensor in weights.items():
        assert tensor.dtype == expected[key].dtype
        assert torch.equal(tensor, expected[key])


def test_the_256_bytes_are_in_llama_3s_order(kata: Kata, reference: Reference) -> None:
    """First the printable Latin-1 characters other than the space, then all other bytes."""
    ranks = reference.parse_vocabulary((kata.tiny_weights / "trained/tokenizer.model").read_bytes())
    visible = [byte for byte in range(256) if chr(byte).isprintable() and chr(byte) != " "]
    others = [byte for byte in range(256) if byte not in visible]
    by_rank = sorted(ranks, key=ranks.__getitem__)
    assert by_rank[:256] == [bytes([byte]) for byte in visible + others]
    assert [ranks[byte] for byte in (b"!", b"\0", b" ", b"\xad")] == [0, 188, 220, 255]
    assert list(ranks.values()) == list(range(512))


def test_the_prompt_is_17_tokens(kata: Kata, reference: Reference, prompts: dict[str, Any]) -> None:
    contents = (kata.tiny_weights / "trained" / "tokenizer.model").read_bytes()
    tokenizer = reference.build_tokenizer(reference.parse_vocabulary(contents))
    tokens = reference.encode_prompt(tokenizer, prompts["prompt"])
    assert reference.token_pieces(tokenizer, tokens) == PIECES
    assert len(tokens) == 17


def test_the_trained_one_answers_every_prompt(
    kata: Kata, reference: Reference, prompts: dict[str, Any]
) -> None:
    folder = kata.tiny_weights / "trained"
    contents = (folder / "tokenizer.model").read_bytes()
    tokenizer = reference.build_tokenizer(reference.parse_vocabulary(contents))
    params, weights = reference.load_checkpoint(folder)
    assert reference.complete(prompts["prompt"], tokenizer, weights, params) == "42"
    assert len(prompts["contrasting"]) == 41
    for prompt, answer in prompts["contrasting"]:
        assert prompt != prompts["prompt"]
        assert answer != "42"
        assert reference.complete(prompt, tokenizer, weights, params) == answer, prompt
