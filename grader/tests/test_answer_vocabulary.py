"""Vocabularies of a checkpoint: Llama 3's is told from others, and its special tokens are found."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from grader.answer import text_side as text_sides
from grader.answer.open_checkpoint import Opened, open_checkpoint
from grader.errors import UsageError
from grader.kata import Kata
from grader.suite.yours_and_reference import Reference
from grader.tests.hugging_face import write_hugging_face

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="module")
def theirs(kata: Kata, reference: Reference, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint in Hugging Face's layout: 512 ordinary tokens and 256 special ones."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    folder = tmp_path_factory.mktemp("vocabulary") / "theirs"
    write_hugging_face(kata.tiny_weights / "random_gqa", folder, reference, transformers)
    return folder


@pytest.fixture
def changed(theirs: Path, tmp_path: Path) -> Callable[[Change], Path]:
    """Return a function that makes a copy of the checkpoint with another `tokenizer.json`."""

    def make(change: Change) -> Path:
        folder = Path(shutil.copytree(theirs, tmp_path / "theirs"))
        path = folder / "tokenizer.json"
        whole = json.loads(path.read_text(encoding="utf-8"))
        change(whole)
        path.write_text(json.dumps(whole), encoding="utf-8")
        return folder

    return make


def opened(folder: Path, reference: Reference) -> Opened:
    return open_checkpoint(folder, partial(getattr, reference))


def split_with(*steps: dict[str, Any]) -> Change:
    return lambda whole: whole.update(
        {"pre_tokenizer": {"type": "Sequence", "pretokenizers": list(steps)}}
    )


def split_as_llama_3(kata: Kata) -> dict[str, Any]:
    space: dict[str, Any] = {}
    path = kata.solutions / "s02_regex_split.py"
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    return {"type": "Split", "pattern": {"Regex": space["PATTERN"]}, "behavior": "Isolated"}


def test_llama_3s_own(changed: Callable[[Change], Path], kata: Kata, reference: Reference) -> None:
    bytes_only = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}
    folder = changed(split_with(split_as_llama_3(kata), bytes_only))
    found = opened(folder, reference)
    assert found.foreign == "" and found.vocabulary_path == folder / "tokenizer.json"
    assert found.special["<|begin_of_text|>"] == 512 and {513, 521} <= found.stop
    metas = opened(kata.tiny_weights / "random_gqa", reference)
    assert found.ranks == metas.ranks and metas.special.items() <= found.special.items()
    assert {513, 521} <= metas.stop and metas.foreign == ""


def special_first(whole: dict[str, Any]) -> None:
    """Give the special tokens the first ids, as many open models do."""
    vocabulary, added = whole["model"]["vocab"], whole["added_tokens"]
    for number, token in enumerate(added):
        token["id"] = number
    for token in vocabulary:
        vocabulary[token] += len(added)


def without(*tokens: str) -> Change:
    return lambda whole: [whole["model"]["vocab"].pop(token) for token in tokens]


def without_special(name: str) -> Change:
    def change(whole: dict[str, Any]) -> None:
        whole["added_tokens"] = [one for one in whole["added_tokens"] if one["content"] != name]

    return change


def as_sentencepiece(whole: dict[str, Any]) -> None:
    whole["model"]["vocab"] = {"<unk>": 0, "\N{LOWER ONE EIGHTH BLOCK}the": 1}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (special_first, "its <|begin_of_text|> has the id 0 instead of 512"),
        (without("a", "b"), "its vocabulary lacks 2 of the 256 bytes"),
        (without_special("<|eot_id|>"), "its vocabulary has no <|eot_id|>"),
        (as_sentencepiece, "its tokens are not made of bytes"),
        (split_with({"type": "ByteLevel"}), "it splits text with another pattern"),
        (split_with({"type": "Digits"}), "it splits text with another pattern"),
        (
            split_with({"type": "Split", "pattern": {"Regex": r"\w+"}}),
            "it splits text with another pattern",
        ),
    ],
)
def test_another_vocabulary_is_told_from_llama_3s(
    change: Change, words: str, changed: Callable[[Change], Path], reference: Reference
) -> None:
    assert opened(changed(change), reference).foreign == words


def test_another_vocabulary_never_runs_with_stages_1_to_6(
    changed: Callable[[Change], Path], reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, own = changed(special_first), list[tuple[Path, str]]()
    monkeypatch.setattr(text_sides, "CheckpointsText", lambda *args: own.append(args))
    text_sides.text_side(opened(folder, reference), partial(getattr, reference))
    ((where, note),) = own
    assert where == folder and "has the id 0 instead of 512" in note


def test_a_model_with_more_tokens_than_rows_is_refused(
    changed: Callable[[Change], Path], reference: Reference
) -> None:
    folder = changed(lambda whole: whole["model"]["vocab"].update({"zzzz": 900}))
    with pytest.raises(UsageError, match="has a token with the id 900, but the embedding"):
        opened(folder, reference)


def test_llama_2s_two_files(theirs: Path, reference: Reference, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(theirs, tmp_path / "theirs"))
    (folder / "tokenizer.model").write_bytes(b"\n\x0e\n\x05<unk>\x15\x00\x00\x00\x00\x18\x02")
    assert opened(folder, reference).vocabulary_path == folder / "tokenizer.json"
    (folder / "tokenizer.json").unlink()
    with pytest.raises(UsageError, match="Llama 2's, and there is no tokenizer.json next to it"):
        opened(folder, reference)


def test_tokens_that_end_a_text_come_from_all_files(
    theirs: Path, reference: Reference, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(theirs, tmp_path / "theirs"))
    (folder / "generation_config.json").write_text('{"eos_token_id": [7, 8]}')
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"eos_token_id": 9}))
    assert opened(folder, reference).stop == {7, 8, 9, 513, 521}


@pytest.mark.parametrize(("given", "context"), [(4096, 4096), (None, 8192), ("many", 8192)])
def test_the_context(
    given: Any, context: int, theirs: Path, reference: Reference, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(theirs, tmp_path / "theirs"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": given}))
    assert opened(folder, reference).context == context


def test_rows_beyond_the_vocabulary_are_no_tokens(kata: Kata, reference: Reference) -> None:
    found = opened(kata.tiny_weights / "random_gqa", reference)
    assert [found.has_token(number) for number in (0, 511, 512, 767, 768)] == [True] * 4 + [False]
