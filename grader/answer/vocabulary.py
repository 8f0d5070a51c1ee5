"""The vocabulary of a checkpoint: Meta's `tokenizer.model`, or Hugging Face's `tokenizer.json`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.errors import UsageError

ParseVocabulary = Callable[[bytes], dict[bytes, int]]
META, HUGGING_FACE = "tokenizer.model", "tokenizer.json"


def read_vocabulary(path: Path, parse_vocabulary: ParseVocabulary) -> dict[bytes, int]:
    """Read the ranks of ordinary tokens.

    Args:
        path: a `tokenizer.model` or a `tokenizer.json`.
        parse_vocabulary: the learner's or the reference's, from stage 1.

    Raises:
        UsageError: when it is not the vocabulary of a Llama 3.
    """
    contents = path.read_bytes()
    if path.name == HUGGING_FACE:
        ranks = _ranks_of_json(path, contents)
    else:
        ranks = _ranks_of_meta(path, contents, parse_vocabulary)
    if missing := [byte for byte in range(256) if bytes([byte]) not in ranks]:
        raise UsageError(
            f"{path}: the byte {missing[0]} is no token; a byte-level vocabulary has all 256, so "
            "the file is not whole"
        )
    return ranks


def _ranks_of_meta(
    path: Path, contents: bytes, parse_vocabulary: ParseVocabulary
) -> dict[bytes, int]:
    if contents[:1] == b"\n" and b"<unk>" in contents[:32]:
        raise UsageError(
            f"{path} is a SentencePiece model, as Llama 2 has it: take Llama 3's tokenizer.model, "
            "a text of 128,000 lines"
        )
    try:
        return parse_vocabulary(contents)
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None


def _ranks_of_json(path: Path, contents: bytes) -> dict[bytes, int]:
    """Turn the tokens of a byte-level tokenizer, written as letters, back into bytes."""
    try:
        whole: dict[str, Any] = json.loads(contents)
        special = {token["content"] for token in whole["added_tokens"]}
        vocabulary: dict[str, int] = whole["model"]["vocab"]
        byte_of = _byte_of_letter()
        return {
            bytes(byte_of[letter] for letter in token): rank
            for token, rank in vocabulary.items()
            if token not in special
        }
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} is no byte-level vocabulary ({error}): is it Llama 3's?"
        ) from None


def _byte_of_letter() -> dict[str, int]:
    """Tell which byte each letter stands for: GPT-2 wrote those that cannot be seen as the letters
    from U+0100 on, in order."""
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    unseen = [byte for byte in range(256) if byte not in seen]
    return {chr(byte): byte for byte in seen} | {
        chr(0x100 + place): byte for place, byte in enumerate(unseen)
    }
