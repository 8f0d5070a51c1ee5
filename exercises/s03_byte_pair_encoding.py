"""Stage 3: merge bytes into tokens.

Lesson: lessons/s03_byte_pair_encoding.md
"""

from itertools import pairwise


def bpe_encode(chunk: bytes, ranks: dict[bytes, int]) -> list[int]:
    """Return the ids of the tokens that one chunk of text is made of.

    A chunk that is in `ranks` as a whole is that one token. Any other chunk starts as single bytes.
    Then, again and again, the adjacent pair whose joined bytes have the lowest rank is merged (the
    leftmost of equal pairs), until no adjacent pair is in `ranks`.

    Args:
        chunk: the bytes of one chunk, usually UTF-8; may be empty.
        ranks: the rank of every token, among them all 256 single bytes. A token's rank is also its
            id. The table must not be changed.

    Returns:
        the ids of the tokens, in order; `[]` for an empty chunk.

    Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", on
    bytes as in OpenAI's tiktoken.
    """
    raise NotImplementedError("bpe_encode is not written yet")
