"""Stage 2: split a text into chunks with Llama 3's regular expression.

Lesson: lessons/s02_regex_split.md
"""

import regex

# Seven branches, tried in this order at every position; the first that matches wins.
PATTERN: str = ""  # write this one too


def split_text(text: str) -> list[str]:
    """Split `text` into the chunks that byte-pair encoding then treats one by one.

    Args:
        text: any text.

    Returns:
        the chunks in order; joined, they are `text` again, character for character.

    Source: the pattern of Meta's `llama/tokenizer.py`. It needs the `regex` module: the standard
    library's `re` does not know the classes \\p{L} (letters) and \\p{N} (numbers).
    """
    raise NotImplementedError("split_text is not written yet")
