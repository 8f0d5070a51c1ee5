"""`grader answer` on what is not a checkpoint, or not quite: one line says what it is."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.answer.open_checkpoint import open_checkpoint
from grader.errors import UsageError
from grader.kata import Kata
from grader.suite.yours_and_reference import Reference
from grader.tests.hugging_face import write_hugging_face

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 16060617592\n"


@pytest.fixture(scope="module")
def theirs(kata: Kata, reference: Reference, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint in Hugging Face's layout, in several files."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    folder = tmp_path_factory.mktemp("kinds") / "theirs"
    write_hugging_face(kata.tiny_weights / "random_gqa", folder, reference, transformers)
    return folder


@pytest.fixture
def metas(kata: Kata, tmp_path: Path) -> Path:
    """A checkpoint in Meta's layout."""
    return Path(shutil.copytree(kata.tiny_weights / "random_gqa", tmp_path / "metas"))


def refused(folder: Path, words: str, reference: Reference, named: Path | None = None) -> None:
    with pytest.raises(UsageError) as raised:
        open_checkpoint(folder, partial(getattr, reference))
    line = str(raised.value)
    assert words in line and str(named or folder) in line and "\n" not in line, line


@pytest.mark.parametrize("name", ["params.json", "tokenizer.model", "consolidated.00.pth"])
def test_a_pointer_in_metas_layout(name: str, metas: Path, reference: Reference) -> None:
    (metas / name).write_bytes(POINTER)
    refused(metas, "is a git-lfs pointer", reference, metas / name)


@pytest.mark.parametrize(
    "name", ["config.json", "tokenizer.json", "*.index.json", "model-00002-of-*.safetensors"]
)
def test_a_pointer_in_hugging_faces_layout(
    name: str, theirs: Path, reference: Reference, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(theirs, tmp_path / "theirs"))
    (path,) = folder.glob(name)
    path.write_bytes(POINTER)
    refused(folder, "run `git lfs pull`", reference, path)


@pytest.mark.parametrize(
    ("name", "contents", "words"),
    [
        ("model.gguf", b"GGUF\x03\x00", "is a GGUF file"),
        ("consolidated.00.pth", b"PK\x03\x04", "is a file: name its folder"),
        ("model.safetensors", POINTER, "is a git-lfs pointer"),
        ("model.tar.gz", b"\x1f\x8b", "is a file: name the folder of a checkpoint"),
    ],
)
def test_a_file_instead_of_a_folder(
    name: str, contents: bytes, words: str, reference: Reference, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(contents)
    refused(tmp_path / name, words, reference)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["model-Q4_K_M.gguf"], "has the model as GGUF, for llama.cpp (model-Q4_K_M.gguf)"),
        (["adapter_config.json", "adapter_model.safetensors"], "is a LoRA adapter"),
        (["pytorch_model.bin"], "has its weights only in *.bin files (pytorch_model.bin)"),
        (["nested/config.json"], "is not a checkpoint, but contains one"),
        (["notes.txt"], "has no params.json"),
    ],
)
@pytest.mark.parametrize("with_config", [False, True])
def test_a_folder_of_another_kind(
    with_config: bool,
    files: list[str],
    words: str,
    theirs: Path,
    reference: Reference,
    tmp_path: Path,
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"{}")
    if with_config and words.startswith("has no"):
        words = "has no model.safetensors"
    if with_config:
        shutil.copy(theirs / "config.json", tmp_path)
    refused(tmp_path, words, reference)


@pytest.mark.parametrize("given", ["", "models--meta-llama--Llama-3.2-1B"])
def test_a_folder_of_the_cache_points_to_the_model(
    given: str, theirs: Path, reference: Reference, tmp_path: Path
) -> None:
    model = tmp_path / "models--meta-llama--Llama-3.2-1B"
    for name in ("9d4e", "4e20"):
        shutil.copytree(theirs, model / "snapshots" / name)
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text("4e20\n")
    snapshot = model / "snapshots" / "4e20"
    refused(tmp_path / given, f"the model is in {snapshot}", reference)
    assert open_checkpoint(snapshot, partial(getattr, reference)).layout == "Hugging Face's"


def test_params_json_next_to_hugging_faces_files(
    theirs: Path, metas: Path, reference: Reference, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(theirs, tmp_path / "theirs"))
    shutil.copy(metas / "params.json", folder)
    assert open_checkpoint(folder, partial(getattr, reference)).layout == "Hugging Face's"


def test_config_json_next_to_metas_files(theirs: Path, metas: Path, reference: Reference) -> None:
    shutil.copy(theirs / "config.json", metas)
    assert open_checkpoint(metas, partial(getattr, reference)).layout == "Meta's"


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_where_a_file_should_be(
    name: str, theirs: Path, reference: Reference, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(theirs, tmp_path / "theirs"))
    (folder / name).unlink(missing_ok=True)
    if name == "model.safetensors":
        (folder / "model.safetensors.index.json").unlink()
    (folder / name).mkdir()
    words = {"config.json": "Is a directory", "tokenizer.json": "has neither"}
    refused(folder, words.get(name, "has no model.safetensors"), reference)


def edit_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], Any]) -> None:
    path = folder / "consolidated.00.pth"
    weights = torch.load(path, weights_only=True)
    change(weights)
    torch.save(weights, path)


def test_metas_layout_without_an_output_matrix_is_tied(metas: Path, reference: Reference) -> None:
    edit_weights(metas, lambda weights: weights.pop("output.weight"))
    opened = open_checkpoint(metas, partial(getattr, reference))
    assert opened.tied and list(opened.weights) == list(reference.expected_shapes(opened.params))
    assert torch.equal(opened.weights["output.weight"], opened.weights["tok_embeddings.weight"])


def test_a_tied_checkpoint_with_another_fault_is_still_refused(
    metas: Path, reference: Reference
) -> None:
    edit_weights(metas, lambda weights: weights.pop("output.weight"))
    edit_weights(metas, lambda weights: weights.update({"norm.weight": torch.ones(3)}))
    refused(metas, "norm.weight has shape (3,)", reference)
    edit_weights(metas, lambda weights: weights.pop("norm.weight"))
    refused(metas, "'norm.weight' is missing", reference)


@pytest.mark.parametrize("dtype", [torch.float64, torch.int8])
def test_metas_layout_in_another_dtype(
    dtype: torch.dtype, metas: Path, reference: Reference
) -> None:
    def change(weights: dict[str, torch.Tensor]) -> None:
        weights["norm.weight"] = weights["norm.weight"].to(dtype)

    edit_weights(metas, change)
    name = str(dtype).removeprefix("torch.")
    refused(metas, f"norm.weight has dtype {name}, but these stages use bfloat16", reference)


def test_llama_2_in_metas_layout(metas: Path, reference: Reference) -> None:
    params = json.loads((metas / "params.json").read_text()) | {"vocab_size": -1}
    (metas / "params.json").write_text(json.dumps(params))
    head = b"\n\x0e\n\x05<unk>\x15\x00\x00\x00\x00\x18\x02\n\x0c\n\x03<s>"
    (metas / "tokenizer.model").write_bytes(head)
    refused(metas, "is a SentencePiece model, such as Llama 2's: this kata runs", reference)
