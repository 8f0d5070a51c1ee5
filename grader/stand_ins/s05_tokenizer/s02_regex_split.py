"""Another pattern in place of Llama 3's: every digit alone, and all white space together."""

PATTERN: str = r" ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+"
