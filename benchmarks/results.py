"""Comparing what two runs over the same class have written."""

from itertools import zip_longest
from os.path import commonprefix
from pathlib import Path

from grader.tests.class_folder import files_of
from grader.tests.killing import whole_lines

SHOWN = 60  # bytes on each side of where two lines part


def results_of(out: Path) -> dict[str, bytes]:
    """Give the contents of all files of results. The lines of the journal are sorted: they come in
    the order in which submissions were done, which two at once may change."""
    return {**files_of(out), "journal.jsonl": b"\n".join(sorted(whole_lines(out)))}


def differing(one: Path, other: Path) -> list[str]:
    """Name the files that two runs have not written alike, byte for byte."""
    first, second = results_of(one), results_of(other)
    return sorted(
        name for name in first.keys() | second.keys() if first.get(name) != second.get(name)
    )


def first_difference(one: Path, other: Path, name: str) -> str:
    """Show where a file of two runs parts, a line of each."""
    texts = [results_of(out).get(name, b"").splitlines() for out in (one, other)]
    pairs = zip_longest(*texts, fillvalue=b"(nothing)")
    lines = next((pair for pair in pairs if pair[0] != pair[1]), (b"", b""))
    at = len(commonprefix(lines))
    return "\n".join(f"    {line[max(0, at - SHOWN) : at + SHOWN]!r}" for line in lines)
