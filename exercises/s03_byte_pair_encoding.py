"""Stage 3: merge bytes into tokens.

Lesson: lessons/s03_byte_pair_encoding.md
"""

from itertools import pairwise


def bpe_encode(chunk: bytes, ranks: dict[bytes, int]) -> list[int]:
    """Return the ids of the tokens that make up one chunk of text.

    If the whole chunk is in `ranks`, it's a single token. Otherwise, start from its single bytes
    and keep merging the adjacent pair whose joined bytes have the lowest rank (of equal pairs, the
    leftmost), until no joined pair is in `ranks`.

    Args:
        chunk: the bytes of one chunk, usually UTF-8; may be empty.
        ranks: the rank of every token, including all 256 single bytes. A token's rank is also its
            id. Don't modify this table.

    Returns:
        the ids of the tokens, in order; `[]` for an empty chunk.

    Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units",
    applied to bytes as in OpenAI's tiktoken.
    """
    raise NotImplementedError("bpe_encode is not written yet")
