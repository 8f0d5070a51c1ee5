"""Write token ids with their pieces of text, as explanations show them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from grader.calls.describe import shorten
from grader.language import tr

_AROUND = 3  # ids shown on each side of the one that matters
_LONGEST = 24  # characters of a piece


class Pieces:
    """Writes ids with their pieces: `258 'er'`, `409 <|eot_id|>`."""

    def __init__(self, piece_of: Callable[[int], bytes | None], special: Mapping[int, str]) -> None:
        """Set the function that returns an id's bytes (None if there is no such id), and the names
        of the special tokens by id."""
        self._piece_of, self._special = piece_of, special

    def shown(self, token: Any) -> str:
        """Return an id with its piece; anything else as `repr` writes it, shortened."""
        piece = self.piece(token)
        return f"{token} {piece}" if piece else shorten(repr(token), _LONGEST)

    def piece(self, token: Any) -> str | None:
        """Return the piece of an id; None for anything else."""
        if type(token) is not int or not 0 <= token < 2**31:
            return None
        if token in self._special:
            return self._special[token]
        data = self._piece_of(token)
        return None if data is None else written(data)

    def listed(self, tokens: Sequence[Any], most: int = 12) -> str:
        """Write a few ids in a row, at most `most`."""
        shown = ", ".join(map(self.shown, tokens[:most]))
        return f"{shown}, ..." if len(tokens) > most else shown

    def around(self, tokens: Sequence[Any], at: int) -> str:
        """Write the ids around an index."""
        start, end = max(at - _AROUND, 0), at + _AROUND + 1
        before, after = "... " if start else "", " ..." if end < len(tokens) else ""
        if at >= len(tokens):
            after = " " + tr("(the end)")
        return before + ", ".join(map(self.shown, tokens[start:end])) + after


def written(data: bytes) -> str:
    """Write bytes as text if they are UTF-8."""
    try:
        text = repr(data.decode())
    except UnicodeDecodeError:
        text = repr(data)
    return shorten(text, _LONGEST)


def pieces_of_ranks(ranks: Mapping[bytes, int]) -> Pieces:
    by_rank = {rank: token for token, rank in ranks.items()}
    return Pieces(by_rank.get, {})


def pieces_of_tokenizer(tokenizer: Any) -> Pieces:
    """Return the pieces of a tiktoken Encoding."""

    def piece_of(token: int) -> bytes | None:
        try:
            return bytes(tokenizer.decode_single_token_bytes(token))
        except (KeyError, OverflowError):
            return None

    return Pieces(piece_of, _special_of(tokenizer, tokenizer.special_tokens_set))


def _special_of(tokenizer: Any, names: Iterable[str]) -> dict[int, str]:
    return {tokenizer.encode_single_token(name): name for name in names}
