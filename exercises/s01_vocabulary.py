"""Stage 1: read the vocabulary file.

Lesson: lessons/s01_vocabulary.md
"""

import base64


def parse_vocabulary(contents: bytes) -> dict[bytes, int]:
    """Turn the contents of `tokenizer.model` into a table from token to rank.

    Each line holds one token: its bytes in base64, a space, and its rank in decimal, for example
    `IQ== 0` for `b"!"`. Blank lines are skipped (they still count when lines are numbered).

    Args:
        contents: the whole file, as bytes.

    Returns:
        the rank of every token; a token is raw bytes, not text.

    Raises:
        ValueError: naming the 1-based number of the line, when a line does not have two fields,
            when its base64 is refused by strict decoding, or when its rank is no decimal integer.

    Source: the file format of OpenAI's tiktoken, which Meta uses for Llama 3.
    """
    raise NotImplementedError("parse_vocabulary is not written yet")
