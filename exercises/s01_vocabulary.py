"""Stage 1: read the vocabulary file.

Lesson: lessons/s01_vocabulary.md
"""

import base64


def parse_vocabulary(contents: bytes) -> dict[bytes, int]:
    """Return the table from token to rank that `tokenizer.model` holds.

    Each line has one token: its bytes in base64, a space, and its rank in decimal, for example
    `IQ== 0` for `b"!"`. Blank lines are skipped, but they count when lines are numbered. The last
    line may have no line end.

    Args:
        contents: the whole file, as bytes.

    Returns:
        the rank of each token. A token is raw bytes, not text.

    Raises:
        ValueError: if a line doesn't have exactly two fields, if strict decoding refuses its
            base64, or if its rank isn't a decimal integer. The message gives the line's number,
            counted from 1.

    Source: the file format of OpenAI's tiktoken, which Meta uses for Llama 3.
    """
    raise NotImplementedError("parse_vocabulary is not written yet")
