"""Another pattern in place of Llama 3's: every digit alone, and all white space together."""

import regex

PATTERN: str = r" ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+"


def split_text(text: str) -> list[str]:
    """Split `text` into chunks."""
    return regex.findall(PATTERN, text)
