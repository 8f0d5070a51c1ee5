"""Other right ways to write stage 2."""

import regex

from grader.author.right_ways import RightWay, right_way
from solutions.s02_regex_split import PATTERN

as_tiktoken_writes_it = RightWay(  # possessive, and one line end is enough after greedy \s*
    "as_tiktoken_writes_it",
    {
        "PATTERN": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
    },
)

without_flags = RightWay(
    "without_flags",
    {
        "PATTERN": r"'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])"
        r"|(?:[^\r\n\p{Letter}\p{Number}])?\p{Letter}\p{Letter}*"
        r"|\p{Number}\p{Number}?\p{Number}?"
        r"| ?[^\s\p{Letter}\p{Number}]+[\r\n]*|\s*[\r\n]+|\s+$|\s+(?=\s)|\s"
    },
)

verbose = RightWay(
    "verbose",
    {
        "PATTERN": r"""(?x)
            (?i:'s|'t|'re|'ve|'m|'ll|'d)
            | [^\r\n\p{L}\p{N}]? \p{L}+
            | \p{N}{1,3}
            | [ ]? [^\s\p{L}\p{N}]+ [\r\n]*
            | \s* [\r\n]+
            | \s+ (?!\S)
            | \s+"""
    },
)


@right_way("split_text")
def by_finditer(text: str) -> list[str]:
    return [match.group() for match in regex.finditer(PATTERN, text)]


@right_way("split_text")
def from_match_to_match(text: str) -> list[str]:
    """Match again and again, each time where the last match ended."""
    compiled = regex.compile(PATTERN)
    chunks: list[str] = []
    place = 0
    while place < len(text):
        match = compiled.match(text, place)
        chunks.append(match[0])
        place = match.end()
    return chunks


@right_way("split_text")
def split_and_keep(text: str) -> list[str]:
    """Let `split` keep what a group captured; between two matches nothing is left."""
    return [piece for piece in regex.split(f"({PATTERN})", text) if piece]
