"""Put untrusted text in Markdown code blocks that it can't close."""

import re


def fence_for(text: str, shortest: int = 3) -> str:
    """Return a run of backticks longer than any in a text."""
    longest_run = max(map(len, re.findall("`+", text)), default=0)
    return "`" * max(shortest, longest_run + 1)


def fenced(text: str, language: str) -> str:
    """Return a text as a Markdown code block."""
    fence = fence_for(text)
    return f"{fence}{language}\n{text}\n{fence}"
