"""Untrusted text in Markdown, between fences that are nowhere in it."""

import re


def fence_for(text: str, shortest: int = 3) -> str:
    """Return backticks that are nowhere in a text."""
    longest_run = max(map(len, re.findall("`+", text)), default=0)
    return "`" * max(shortest, longest_run + 1)


def fenced(text: str, language: str) -> str:
    """Return a block of code."""
    fence = fence_for(text)
    return f"{fence}{language}\n{text}\n{fence}"
