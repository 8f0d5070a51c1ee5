"""A pattern other than Llama 3's: every digit on its own, and all whitespace together."""

PATTERN: str = r" ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+"
