"""`grader answer` on checkpoints in every layout, and one clear line for those it can't run."""

import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from grader.answer.open_checkpoint import open_checkpoint
from grader.errors import UsageError
from grader.kata import Kata
from grader.suite.yours_and_reference import Reference
from grader.tests.clone import run_grader
from grader.tests.hugging_face import write_hugging_face

NAMES = ("random_gqa", "random_mha", "random_mqa")


@pytest.fixture(scope="session")
def layouts(
    kata: Kata, reference: Reference, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """The random checkpoints in Hugging Face's layout."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    folder = tmp_path_factory.mktemp("layouts")
    for name in NAMES:
        write_hugging_face(kata.tiny_weights / name, folder / name, reference, transformers)
    return {name: folder / name for name in NAMES}


def said(folder: Path) -> list[str]:
    """Return the lines of tokens and probabilities that the reference prints for a checkpoint."""
    done = run_grader("answer", "--target", "solutions", "--checkpoint", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_hugging_faces_layout_gives_the_same_answer(
    name: str, layouts: dict[str, Path], kata: Kata
) -> None:
    assert len(list(layouts[name].glob("*.safetensors"))) > 1
    lines = said(layouts[name])
    assert lines == said(kata.tiny_weights / name) and len(lines) > 10


def test_one_file_with_metas_vocabulary_next_to_it(
    layouts: dict[str, Path], kata: Kata, tmp_path: Path
) -> None:
    meta, theirs = kata.tiny_weights / "random_gqa", layouts["random_gqa"]
    weights: dict[str, torch.Tensor] = {}
    for path in theirs.glob("*.safetensors"):
        weights |= load_file(path)
    save_file(weights, tmp_path / "model.safetensors")
    shutil.copy(theirs / "config.json", tmp_path)
    shutil.copy(meta / "tokenizer.model", tmp_path)
    assert said(tmp_path) == said(meta)


def test_one_matrix_for_embedding_and_output(layouts: dict[str, Path], tmp_path: Path) -> None:
    untied, tied = tmp_path / "untied", tmp_path / "tied"
    for folder in (untied, tied):
        shutil.copytree(layouts["random_gqa"], folder)
        weights: dict[str, torch.Tensor] = {}
        for path in folder.glob("*.safetensors"):
            weights |= load_file(path)
            path.unlink()
        (folder / "model.safetensors.index.json").unlink()
        if folder == tied:
            del weights["lm_head.weight"]
            _edit_json(folder, "config.json", tie_word_embeddings=True)
        else:
            weights["lm_head.weight"] = weights["model.embed_tokens.weight"].clone()
        save_file(weights, folder / "model.safetensors")
    assert said(tied) == said(untied)


def test_metas_files_in_original(layouts: dict[str, Path], kata: Kata, tmp_path: Path) -> None:
    shutil.copytree(layouts["random_gqa"], tmp_path, dirs_exist_ok=True)
    shutil.copytree(kata.tiny_weights / "random_mha", tmp_path / "original")
    assert said(tmp_path) == said(kata.tiny_weights / "random_mha")


class RunsACommand:
    """Runs a command if it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch it-ran",)


def _edit_json(folder: Path, name: str, **changes: Any) -> None:
    whole = json.loads((folder / name).read_text(encoding="utf-8"))
    kept = {key: value for key, value in {**whole, **changes}.items() if value != "absent"}
    (folder / name).write_text(json.dumps(kept), encoding="utf-8")


def _config(**changes: Any) -> Callable[[Path], None]:
    return lambda folder: _edit_json(folder, "config.json", **changes)


def _index(**changes: Any) -> Callable[[Path], None]:
    return lambda folder: _edit_json(folder, "model.safetensors.index.json", **changes)


def _index_is(text: str) -> Callable[[Path], Any]:
    return lambda folder: (folder / "model.safetensors.index.json").write_text(text)


def _scaled(key: str, **scaling: Any) -> Callable[[Path], None]:
    """Return a function that gives a config this scaling alone, under an old or a new key."""
    gone = {"rope_parameters": "absent", "rope_scaling": "absent"}
    return _config(**{**gone, "rope_theta": 500000.0, key: scaling})


def _first(folder: Path) -> Path:
    return sorted(folder.glob("*.safetensors"))[0]


def _cut(folder: Path) -> None:
    _first(folder).write_bytes(_first(folder).read_bytes()[:9000])


def _quantized(folder: Path) -> None:
    weights = load_file(_first(folder))
    name = next(iter(weights))
    save_file({**weights, name: weights[name].to(torch.int8)}, _first(folder))


def _float64(folder: Path) -> None:
    weights = load_file(_first(folder))
    save_file({name: weight.double() for name, weight in weights.items()}, _first(folder))


def _untied(folder: Path) -> None:
    _edit_json(folder, "config.json", tie_word_embeddings=False)
    for path in folder.glob("*.safetensors"):
        weights = load_file(path)
        weights.pop("lm_head.weight", None)
        save_file(weights, path)


def _renamed(folder: Path) -> None:
    weights = load_file(_first(folder))
    name = next(iter(weights))
    weights["other"] = weights.pop(name)
    save_file(weights, _first(folder))


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda folder: _first(folder).unlink(), "has no model-00001-of-"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "has neither tokenizer.json"),
        (
            lambda folder: (folder / "tokenizer.json").write_text("{}"),
            "no vocabulary with added tokens",
        ),
        (lambda folder: (folder / "config.json").write_text("{"), "is not valid JSON"),
        (_config(model_type="qwen3"), "describes a qwen3 model, but this kata runs Llama 3"),
        (_config(quantization_config={"quant_method": "gptq"}), "quantized (gptq)"),
        (_config(quantization_config={"quant_method": None}), "quantized (unknown method)"),
        (_config(quantization_config="awq"), "quantized (awq)"),
        (_config(hidden_act="gelu"), "hidden_act is 'gelu'"),
        (_config(hidden_size="48"), "'hidden_size' is '48', expected a positive integer"),
        (_config(num_key_value_heads=4), "num_key_value_heads must divide"),
        (_scaled("rope_scaling", type="linear", factor=4.0), "is of type 'linear'"),
        (_scaled("rope_scaling", type="dynamic", factor=4.0), "is of type 'dynamic'"),
        (_scaled("rope_parameters", rope_type="yarn", factor=4.0), "is of type 'yarn'"),
        (_scaled("rope_scaling", factor=4.0), "rope_scaling has no 'rope_type'"),
        (_scaled("rope_scaling", rope_type="llama3"), "rope_scaling has no 'factor'"),
        (_config(rope_theta=0), "'rope_theta' is 0, expected a positive number"),
        (_config(vocab_size=10**12), "is 1000000000000, expected a positive integer below 1"),
        (_config(num_hidden_layers=2), "says that there are 2 layers, but there is also model.lay"),
        (
            _config(rope_scaling={"rope_type": "yarn"}),
            "rope_parameters and rope_scaling differ: remove one of them",
        ),
        (_config(rope_parameters=4), "rope_parameters is 4, expected an object or null"),
        (_config(rope_parameters={}, rope_theta="absent"), "has no 'rope_theta'"),
        (_config(attention_bias=True), "attention_bias is set"),
        (_config(head_dim=7), "head_dim is 7"),
        (_config(intermediate_size="absent"), "has no 'intermediate_size'"),
        (_config(num_hidden_layers=4), "model.layers.3."),
        (_config(intermediate_size=80), "has shape"),
        (_cut, "can't be read"),
        (_quantized, "has dtype I8: these stages can't use quantized"),
        (_renamed, "is missing"),
        (_index(weight_map={"a": ["b"]}), "is not a valid index of weights"),
        (_index(weight_map={"a": 5}), "is not a valid index of weights"),
        (_index_is("[1]"), "is not a valid index of weights"),
        (_index_is("{"), "is not valid JSON"),
        (_untied, "lm_head.weight is missing, and config.json says"),
        (_float64, "has dtype F64, but these stages compute in float32"),
    ],
)
def test_what_is_wrong_in_hugging_faces_layout_is_one_line(
    break_it: Callable[[Path], None],
    words: str,
    layouts: dict[str, Path],
    reference: Reference,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(layouts["random_gqa"], folder)
    break_it(folder)
    refused(folder, words, reference)


def _llama_2(folder: Path) -> None:
    head = (
        b"\n\x0e\n\x05<unk>\x15\x00\x00\x00\x00\x18\x02\n\x0c\n\x03<s>\x15\x00\x00\x00\x00\x18\x03"
    )
    (folder / "tokenizer.model").write_bytes(head)


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (
            lambda folder: torch.save({"a": RunsACommand()}, folder / "consolidated.00.pth"),
            "contains code (posix.system)",
        ),
        (
            lambda folder: shutil.copy(
                folder / "consolidated.00.pth", folder / "consolidated.01.pth"
            ),
            "a model in several parts",
        ),
        (_llama_2, "SentencePiece model, such as Llama 2's"),
    ],
)
def test_what_is_wrong_in_metas_layout_is_one_line(
    break_it: Callable[[Path], Any], words: str, kata: Kata, reference: Reference, tmp_path: Path
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(kata.tiny_weights / "random_gqa", folder)
    break_it(folder)
    refused(folder, words, reference)
    assert not Path("it-ran").exists()


def refused(folder: Path, words: str, reference: Reference) -> None:
    with pytest.raises(UsageError) as raised:
        open_checkpoint(folder, partial(getattr, reference))
    line = str(raised.value)
    assert words in line and str(folder) in line and "\n" not in line, line
