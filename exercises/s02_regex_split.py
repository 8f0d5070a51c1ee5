"""Stage 2: split a text into chunks with Llama 3's regular expression.

Lesson: lessons/s02_regex_split.md
"""

import regex

# Seven branches, tried in this order at every position; the first that matches wins.
PATTERN: str = ""  # write this one too


def split_text(text: str) -> list[str]:
    """Split `text` into chunks, which byte-pair encoding then encodes one at a time.

    Args:
        text: any text.

    Returns:
        the chunks, in order. Joining them gives exactly `text`.

    Source: the pattern of Meta's `llama/tokenizer.py`. It needs the `regex` module: the standard
    library's `re` doesn't support the classes \\p{L} (letters) and \\p{N} (numbers).
    """
    raise NotImplementedError("split_text is not written yet")
