"""Read a checkpoint's vocabulary, and find out whether it is Llama 3's.

Stages 1 to 6 are Llama 3's text side: its pattern, and its special tokens right after the ordinary
ones. Other models have other ones, which only their `tokenizer.json` describes.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.answer.folder_kinds import refuse_pointer
from grader.answer.json_file import read_json
from grader.answer.meta_layout import VOCABULARY, is_sentencepiece, read_ranks
from grader.errors import UsageError
from grader.language import mark, tr

VOCABULARY_JSON = "tokenizer.json"
# Where the special tokens that stages 5 and 6 use are, counted from the first special token.
_SPECIAL = {
    "<|begin_of_text|>": 0,
    "<|end_of_text|>": 1,
    "<|start_header_id|>": 6,
    "<|end_header_id|>": 7,
    "<|eot_id|>": 9,
}
_NO_BYTES = mark("its tokens are not made of bytes")
_STOP = ("<|end_of_text|>", "<|eot_id|>", "<|eom_id|>")
# The SHA-256 of Llama 3's pattern. Handouts contain this file, and stage 2 asks for the pattern.
_PATTERN = "d98f9631be1e9607a9848c26c1f9eac1aa9fc21ac6ba82a2fc0741af9780a48f"


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of a checkpoint."""

    path: Path
    ranks: dict[bytes, int]  # of the ordinary tokens; empty if they are not made of bytes
    special: dict[str, int]  # ids by name
    foreign: str = ""  # how it differs from Llama 3's, if it does: "its ..."

    @property
    def stop(self) -> frozenset[int]:
        """The ids that end a text or a turn in Llama 3's vocabulary."""
        return frozenset(self.special[name] for name in _STOP if name in self.special)


def metas_vocabulary(path: Path, parse: Callable[[bytes], dict[bytes, int]]) -> Vocabulary:
    """Return the vocabulary in a `tokenizer.model`.

    Args:
        parse: stage 1's `parse_vocabulary`.

    Raises:
        UsageError: if it is not a Llama 3's, or incomplete.
    """
    ranks = read_ranks(path, parse)
    if missing := _missing_bytes(ranks):
        words = tr(
            "{path}: the byte {byte} is not a token; a byte-level vocabulary has all 256, so the "
            "file is incomplete",
            path=path,
            byte=missing[0],
        )
        raise UsageError(words)
    return Vocabulary(path, ranks, {name: len(ranks) + place for name, place in _SPECIAL.items()})


def hugging_faces_vocabulary(
    folder: Path, parse: Callable[[bytes], dict[bytes, int]]
) -> Vocabulary:
    """Return the vocabulary of a folder in Hugging Face's layout.

    Args:
        parse: stage 1's `parse_vocabulary`, used if Meta's `tokenizer.model` is there too.

    Raises:
        UsageError: if there is none, or it can't be read.
    """
    sentencepiece = None
    for path in (folder / VOCABULARY, folder / "original" / VOCABULARY):
        if path.is_file():
            if not is_sentencepiece(path):
                return metas_vocabulary(path, parse)
            sentencepiece = path
    if (folder / VOCABULARY_JSON).is_file():
        return _described(folder / VOCABULARY_JSON)
    if sentencepiece is not None:
        words = tr(
            "{path} is a SentencePiece model, such as Llama 2's, and there is no {file} next to "
            "it: this kata runs Llama 3",
            path=sentencepiece,
            file=VOCABULARY_JSON,
        )
        raise UsageError(words)
    words = tr(
        "{folder} has neither {file} nor Meta's {metas}: it needs one of them",
        folder=folder,
        file=VOCABULARY_JSON,
        metas=VOCABULARY,
    )
    raise UsageError(words)


def is_foreign(folder: Path) -> bool:
    """Return whether a folder has only the vocabulary of a model that isn't Llama 3.

    Raises:
        UsageError: if it can't be read.
    """
    path = folder / VOCABULARY_JSON
    has_metas = any((place / VOCABULARY).is_file() for place in (folder, folder / "original"))
    return not has_metas and path.is_file() and bool(_described(path).foreign)


def _described(path: Path) -> Vocabulary:
    """Return the vocabulary that a `tokenizer.json` describes."""
    refuse_pointer(path)
    whole = read_json(path)
    try:
        special = {str(token["content"]): int(token["id"]) for token in whole["added_tokens"]}
        vocabulary = whole["model"]["vocab"]
        patterns = _patterns(whole.get("pre_tokenizer"))
        if not isinstance(vocabulary, dict):  # a list in some models that are not made of bytes
            return Vocabulary(path, {}, special, tr(_NO_BYTES))
        ordinary = {text: int(rank) for text, rank in vocabulary.items() if text not in special}
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        words = tr(
            "{path} has no vocabulary with added tokens ({error!r}): is it from a Llama?",
            path=path,
            error=error,
        )
        raise UsageError(words) from None
    byte_of = byte_of_letter()
    try:
        ranks = {bytes(byte_of[one] for one in text): rank for text, rank in ordinary.items()}
    except KeyError:
        return Vocabulary(path, {}, special, tr(_NO_BYTES))
    return Vocabulary(path, ranks, special, _foreign(patterns, ranks, special))


def _foreign(patterns: list[str], ranks: dict[bytes, int], special: dict[str, int]) -> str:
    """Return how a byte-level vocabulary differs from Llama 3's, or ''."""
    if missing := _missing_bytes(ranks):
        return tr("its vocabulary lacks {count} of the 256 bytes", count=len(missing))
    for name, place in _SPECIAL.items():
        if name not in special:
            return tr("its vocabulary has no {name}", name=name)
        if special[name] != len(ranks) + place:
            return tr(
                "its {name} has the id {found} instead of {wanted}",
                name=name,
                found=special[name],
                wanted=len(ranks) + place,
            )
    if min(ranks.values()) != 0 or max(ranks.values()) != len(ranks) - 1:
        return tr("its ordinary tokens are not numbered from 0 without gaps")
    if any(hashlib.sha256(one.encode()).hexdigest() != _PATTERN for one in patterns):
        return tr("it splits text with another pattern")
    return ""


def _patterns(pre_tokenizer: Any) -> list[str]:
    """Return the regular expressions with which a `tokenizer.json` splits text."""
    if not isinstance(pre_tokenizer, dict):
        return []
    if pre_tokenizer.get("type") == "Sequence":
        return [one for step in pre_tokenizer["pretokenizers"] for one in _patterns(step)]
    if pre_tokenizer.get("type") == "ByteLevel":  # GPT-2's pattern, unless it is turned off
        return ["GPT-2's"] if pre_tokenizer.get("use_regex", True) else []
    if pre_tokenizer.get("type") == "Split":
        return [str(dict(pre_tokenizer["pattern"]).get("Regex"))]
    return [str(pre_tokenizer.get("type"))]  # such as "Digits"


def _missing_bytes(ranks: dict[bytes, int]) -> list[int]:
    return [byte for byte in range(256) if bytes([byte]) not in ranks]


def byte_of_letter() -> dict[str, int]:
    """Return the byte that each letter stands for.

    GPT-2 writes visible bytes as themselves, and the others as letters from U+0100 on, in order.
    """
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    unseen = [byte for byte in range(256) if byte not in seen]
    letters = {chr(0x100 + index): byte for index, byte in enumerate(unseen)}
    return {chr(byte): byte for byte in seen} | letters
