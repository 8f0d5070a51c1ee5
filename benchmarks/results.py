"""Compare what two runs over the same class have written."""

from itertools import zip_longest
from os.path import commonprefix
from pathlib import Path

from grader.tests.class_folder import files_of
from grader.tests.killing import whole_lines

SHOWN = 60  # bytes shown before and after the first difference of two lines


def results_of(out: Path) -> dict[str, bytes]:
    """Return the contents of all files of results, with the journal's lines sorted.

    The journal is in the order in which submissions were finished, which may vary with two at once.
    """
    return {**files_of(out), "journal.jsonl": b"\n".join(sorted(whole_lines(out)))}


def differing(one: Path, other: Path) -> list[str]:
    """Return the names of the files whose bytes differ between two runs."""
    first, second = results_of(one), results_of(other)
    return sorted(
        name for name in first.keys() | second.keys() if first.get(name) != second.get(name)
    )


def first_difference(one: Path, other: Path, name: str) -> str:
    """Return the first lines in which a file of two runs differs, cut around the difference."""
    texts = [results_of(out).get(name, b"").splitlines() for out in (one, other)]
    pairs = zip_longest(*texts, fillvalue=b"(nothing)")
    lines = next((pair for pair in pairs if pair[0] != pair[1]), (b"", b""))
    at = len(commonprefix(lines))
    return "\n".join(f"    {line[max(0, at - SHOWN) : at + SHOWN]!r}" for line in lines)
