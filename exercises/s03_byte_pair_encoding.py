"""Stage 3: merge bytes into tokens.

Lesson: lessons/s03_byte_pair_encoding.md
"""

from itertools import pairwise


def bpe_encode(chunk: bytes, ranks: dict[bytes, int]) -> list[int]:
    """Encode one chunk of text with byte-pair encoding.

    A chunk that stands in `ranks` whole is that one token. Any other chunk starts as single bytes;
    then, again and again, the adjacent pair whose joined bytes have the lowest rank is merged (of
    equal pairs the leftmost), until no adjacent pair stands in `ranks`.

    Args:
        chunk: the bytes of one chunk, as UTF-8; may be empty.
        ranks: the rank of every token; holds all 256 single bytes. A token's rank is also its id.

    Returns:
        the ids of the tokens, in order; `[]` for an empty chunk.

    Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", on
    bytes as in OpenAI's tiktoken.
    """
    raise NotImplementedError("bpe_encode is not written yet")
