"""Any value anywhere in a checkpoint's JSON files is either right or one clear line."""

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from grader.answer.open_checkpoint import open_checkpoint
from grader.errors import UsageError
from grader.kata import Kata
from grader.suite.yours_and_reference import Reference
from grader.tests.hugging_face import write_hugging_face

ODD: tuple[Any, ...] = (None, True, -1, 0, 0.5, float("nan"), 10**30, "", "x", [], ["x"], [5], {})
ODD += ({"x": 5},)
SCALING = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
SPLIT = {"type": "Split", "pattern": {"Regex": "x"}}


@pytest.fixture(scope="module")
def theirs(kata: Kata, reference: Reference, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint in Hugging Face's layout with all JSON files that are read."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    folder = tmp_path_factory.mktemp("odd") / "theirs"
    write_hugging_face(kata.tiny_weights / "random_gqa", folder, reference, transformers)
    config = json.loads((folder / "config.json").read_text())
    config |= {"rope_parameters": SCALING, "rope_scaling": None, "quantization_config": None}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "generation_config.json").write_text('{"eos_token_id": [7, 8]}')
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [SPLIT]}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    return folder


@pytest.fixture(scope="module")
def metas(kata: Kata, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint in Meta's layout with all entries that are read."""
    folder = tmp_path_factory.mktemp("odd") / "metas"
    shutil.copytree(kata.tiny_weights / "random_gqa", folder)
    more = {"rope_scaling": None, "use_scaled_rope": True, "rope_scaling_factor": 8}
    params = json.loads((folder / "params.json").read_text()) | more
    (folder / "params.json").write_text(json.dumps(params))
    return folder


def places(whole: Any) -> Iterator[list[Any]]:
    """Yield the way to every value in a JSON value, but only to two items of large ones."""
    yield []
    if isinstance(whole, dict | list):
        keys = list(whole) if isinstance(whole, dict) else list(range(len(whole)))
        for key in keys if len(keys) < 40 else keys[:2]:
            yield from ([key, *rest] for rest in places(whole[key]))


def replaced(whole: Any, place: list[Any], value: Any) -> Any:
    if not place:
        return value
    copy = whole.copy()
    copy[place[0]] = replaced(whole[place[0]], place[1:], value)
    return copy


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        ("theirs", "config.json"),
        ("theirs", "generation_config.json"),
        ("theirs", "model.safetensors.index.json"),
        ("theirs", "tokenizer.json"),
        ("metas", "params.json"),
    ],
)
def test_odd_values(
    layout: str, name: str, request: pytest.FixtureRequest, reference: Reference
) -> None:
    folder: Path = request.getfixturevalue(layout)
    path = folder / name
    text = path.read_text(encoding="utf-8")
    refused = 0
    try:
        for place in places(json.loads(text)):
            for value in ODD:
                path.write_text(json.dumps(replaced(json.loads(text), place, value)))
                try:
                    open_checkpoint(folder, partial(getattr, reference))
                except UsageError as error:
                    refused += 1
                    assert str(folder) in str(error) and "\n" not in str(error)
                except Exception as error:
                    pytest.fail(f"{place} as {value!r}: {error!r}")
    finally:
        path.write_text(text, encoding="utf-8")
    assert refused > 5
