"""Stage 1: read the vocabulary file.

Lesson: lessons/s01_vocabulary.md
"""

import base64


def parse_vocabulary(contents: bytes) -> dict[bytes, int]:
    """Return the table in `tokenizer.model`, which maps each token to its rank.

    Each line describes one token: its bytes in base64, a space, and its rank in decimal, for
    example `IQ== 0` for `b"!"`. Skip blank lines, but count them when you number the lines. The
    last line may lack a line break.

    Args:
        contents: the whole file, as bytes.

    Returns:
        a dict that maps each token to its rank. A token is raw bytes, not text.

    Raises:
        ValueError: if a line doesn't have exactly two fields, if its token isn't strictly valid
            base64, or if its rank isn't a decimal integer. The message gives the line number,
            counted from 1.

    Source: the file format of OpenAI's tiktoken, which Meta uses for Llama 3.
    """
    raise NotImplementedError("parse_vocabulary is not written yet")
