"""Text to tokens and back for a checkpoint: stages 1 to 6, or the checkpoint's own tokenizer.

Stages 1 to 6 write Llama 3's tokenizer. A checkpoint with another vocabulary was trained on other
tokens, so its own `tokenizer.json` is used, through the `tokenizers` library.
"""

import importlib
import re
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from grader.answer.open_checkpoint import FindFunction, Opened
from grader.answer.vocabulary import VOCABULARY_JSON, byte_of_letter, is_foreign
from grader.errors import UsageError
from grader.language import mark, tr

_UNKNOWN = "\N{REPLACEMENT CHARACTER}".encode()  # for ids that no token has
_BYTE = re.compile("<0x([0-9A-F]{2})>")  # how vocabularies that aren't made of bytes spell one
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"  # and how they spell a space
TEXT_STAGES = range(1, 7)
_NOTE = mark(
    "Stages 1 to 6 don't fit this model, because {why}. So the text side is the checkpoint's own "
    "tokenizer, and the model side is stages 7 and up."
)


class TextSide(Protocol):
    """Turns text into tokens, and tokens into text."""

    is_learners: bool  # whether that is the job of stages 1 to 6
    note: str  # to print before running; empty if there is nothing to say

    def encode(self, prompt: str) -> list[int]:
        """Return the tokens of a prompt, after a begin-of-text where the model has one."""

    def pieces(self, tokens: list[int]) -> list[str]:
        """Return each token's text."""

    def bytes_of(self, token: int) -> bytes:
        """Return the bytes that a token stands for, which may be a part of a character."""


def text_side(opened: Opened, function: FindFunction) -> TextSide:
    """Return what turns text into tokens for an open checkpoint.

    Args:
        function: returns a function of stage 5.

    Raises:
        UsageError: if the checkpoint needs its own tokenizer, and that can't be used.
    """
    if not opened.foreign:
        return LearnersText(opened, function)
    assert opened.vocabulary_path is not None
    return CheckpointsText(opened.vocabulary_path.parent, tr(_NOTE, why=opened.foreign))


def idle_stages(checkpoint: Path | None) -> Collection[int]:
    """Return the stages that a checkpoint doesn't call because it brings its own text side.

    Raises:
        UsageError: if its vocabulary can't be read.
    """
    return TEXT_STAGES if checkpoint and is_foreign(checkpoint) else ()


def whose_stages(own: Collection[int], running: Collection[int], text: TextSide) -> str:
    """Return how many of the running stages are the learner's, such as "3 of 19 stages yours"."""
    ran = set(running) if text.is_learners else set(running) - set(TEXT_STAGES)
    mine = len(ran.intersection(own))
    return str(tr("{own} of {count} stages yours", own=mine, count=len(ran)))  # kept in a file, too


class LearnersText:
    """The tokenizer that stages 1 to 5 build from the checkpoint's vocabulary."""

    is_learners, note = True, ""

    def __init__(self, opened: Opened, function: FindFunction) -> None:
        """Build the tokenizer."""
        self.tokenizer = function("build_tokenizer")(opened.ranks)
        self._function = function

    def encode(self, prompt: str) -> list[int]:
        return list(self._function("encode_prompt")(self.tokenizer, prompt))

    def pieces(self, tokens: list[int]) -> list[str]:
        return list(self._function("token_pieces")(self.tokenizer, tokens))

    def bytes_of(self, token: int) -> bytes:
        try:
            return bytes(self.tokenizer.decode_single_token_bytes(token))
        except KeyError:
            return _UNKNOWN


class CheckpointsText:
    """The checkpoint's own tokenizer, read by the `tokenizers` library."""

    is_learners = False

    def __init__(self, folder: Path, note: str = "") -> None:
        """Read `tokenizer.json`.

        Args:
            note: to print before running.
        """
        self.note = note
        path = folder / VOCABULARY_JSON
        if not path.is_file():
            words = tr(
                "{folder} has no {file}: download it again", folder=folder, file=VOCABULARY_JSON
            )
            raise UsageError(words)
        try:  # by name, because it is optional
            library = importlib.import_module("tokenizers")
        except ImportError:
            words = tr(
                "{path} is not Llama 3's vocabulary, and the library that reads it is missing: "
                "`python -m pip install tokenizers`",
                path=path,
            )
            raise UsageError(words) from None
        try:
            self._tokenizer = library.Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing more specific
            words = tr("{path} can't be read ({error}): download it again", path=path, error=error)
            raise UsageError(words) from None
        added = self._tokenizer.get_added_tokens_decoder()
        self._special = {number: str(token.content) for number, token in added.items()}
        self._letters = byte_of_letter()

    def encode(self, prompt: str) -> list[int]:
        return self._ids(prompt, special=False, whole=True)

    def encode_with_special(self, text: str) -> list[int]:
        """Return the tokens of a text in which special tokens are spelled out."""
        return self._ids(text, special=True, whole=False)

    def encode_ordinary(self, text: str) -> list[int]:
        """Return the tokens of a text that has no special tokens, whatever it looks like."""
        return self._ids(text, special=False, whole=False)

    def special_names(self) -> list[str]:
        """Return the special tokens as they are spelled, the longest first."""
        return sorted(self._special.values(), key=len, reverse=True)

    def pieces(self, tokens: list[int]) -> list[str]:
        return [self.bytes_of(token).decode("utf-8", "replace") for token in tokens]

    def bytes_of(self, token: int) -> bytes:
        if token in self._special:
            return self._special[token].encode()
        spelled = self._tokenizer.id_to_token(token)
        if spelled is None:
            return _UNKNOWN
        if byte := _BYTE.fullmatch(spelled):
            return bytes([int(byte[1], 16)])
        if all(letter in self._letters for letter in spelled):
            return bytes(self._letters[letter] for letter in spelled)
        return str(spelled).replace(_SPACE, " ").encode()

    def _ids(self, text: str, special: bool, whole: bool) -> list[int]:
        self._tokenizer.encode_special_tokens = not special
        return list(self._tokenizer.encode(text, add_special_tokens=whole).ids)
