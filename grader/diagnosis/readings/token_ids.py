"""The first place where two lists of token ids part, with the pieces beside the ids."""

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any

from grader.diagnosis.pieces import Pieces
from grader.diagnosis.readings import told
from grader.verdict import Located

_LARGEST = 600  # ids that are aligned
_KINDS = 3  # of the same edit, that an explanation names


def ids_part(
    got: Any, expected: Any, pieces: Pieces, part_of: Callable[[int], str] = lambda at: ""
) -> Located | None:
    """Say where two lists of ids part.

    Args:
        part_of: names the part of the whole that an index of the expected ids is in, such as
            `the content of message 1`.
    """
    if not isinstance(got, list) or not isinstance(expected, list):
        return None
    at = sum(1 for _ in takewhile(lambda pair: _same(*pair), zip(got, expected, strict=False)))
    if at == len(got) == len(expected):
        return None
    came = pieces.shown(got[at]) if at < len(got) else "nothing"
    belongs = pieces.shown(expected[at]) if at < len(expected) else "nothing"
    part = part_of(at)
    where = f"the id at [{at}]" + (f", in {part}" if part else "")
    until = f"the id at [{at - 1}], {pieces.shown(expected[at - 1])}" if at else None
    first = "The ids part" if at else "The ids part at once,"
    text = told(
        f"{first} at [{at}]{f', in {part}' if part else ''}: "
        f"{belongs} belongs there, and you have {came}."
        if at < len(expected)
        else f"The list should end after [{at - 1}]; you go on with {came}.",
        f"expected: {pieces.around(expected, at)}",
        f"you have: {pieces.around(got, at)}",
    )
    return Located(None, until, where, edits(got, expected, pieces), text)


def edits(got: Sequence[Any], expected: Sequence[Any], pieces: Pieces) -> str | None:
    """Say what was put in, left out or put in place of something, where it is always the same."""
    if max(len(got), len(expected)) > _LARGEST:
        return None
    if not all(type(one) is int for one in (*got, *expected)):
        return None
    matcher = SequenceMatcher(None, got, expected, autojunk=False)
    changes = [one for one in matcher.get_opcodes() if one[0] != "equal"]
    kinds = {(tuple(got[a:b]), tuple(expected[c:d])) for _, a, b, c, d in changes}
    if len(kinds) != 1 or not any(one[0] == "equal" for one in matcher.get_opcodes()):
        return None
    ((came, belongs),) = kinds
    if len(came) > _KINDS * 2 or len(belongs) > _KINDS * 2:
        return None
    times = "" if len(changes) == 1 else f", {len(changes)} times"
    if not came:
        return f"the expected ids without {pieces.listed(belongs)}{times}"
    if not belongs:
        return f"the expected ids with {pieces.listed(came)} put in{times}"
    return f"{pieces.listed(came)} in place of {pieces.listed(belongs)}{times}"


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)
