"""Find the first index at which two lists of token ids differ, with the pieces beside the ids."""

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any

from grader.diagnosis.comparing import OfOneItem, instead
from grader.diagnosis.pieces import Pieces
from grader.diagnosis.readings import told
from grader.diagnosis.text_relations import Pair, text_relation
from grader.verdict import Located

_LARGEST = 600  # ids that are aligned
_KINDS = 3  # half of the ids that an edit may have to be named


def ids_part(
    got: Any, expected: Any, pieces: Pieces, part_of: Callable[[int], str] = lambda at: ""
) -> Located | None:
    """Return where two lists of ids differ first; None if they don't, or are no lists.

    Args:
        part_of: says where in the whole an index of the expected ids is, such as
            `in the content of message 1`.
    """
    if not isinstance(got, list) or not isinstance(expected, list):
        return None
    if any(isinstance(one, list) for one in got):
        return None  # lists in the list: the relation says so
    at = sum(1 for _ in takewhile(lambda pair: _same(*pair), zip(got, expected, strict=False)))
    if at == len(got) == len(expected):
        return None
    came = f"you have {pieces.shown(got[at])}" if at < len(got) else "your list ends there"
    part = part_of(at)
    where = f"the id at [{at}]" + (f", {part}" if part else "")
    until = f"the id at [{at - 1}], {pieces.shown(expected[at - 1])}" if at else None
    end = f"end after [{at - 1}]" if at else "be empty"
    text = told(
        f"The first wrong id is at [{at}]{f', {part}' if part else ''}: "
        f"it should be {pieces.shown(expected[at])}, but {came}."
        if at < len(expected)
        else f"The list should {end}, but yours goes on with {pieces.shown(got[at])}.",
        f"expected: {pieces.around(expected, at)}",
        f"you have: {pieces.around(got, at)}",
    )
    return Located(None, until, where, edits(got, expected, pieces), text)


def ids_relation(pairs: Sequence[Pair]) -> str | None:
    """Return how ids relate to the expected ones, as `text_relation` does. If some are added or
    left out, other arguments may explain that better."""
    how = text_relation(pairs, "ids")
    return OfOneItem(how) if how and how.startswith("the expected ids with") else how


def edits(got: Sequence[Any], expected: Sequence[Any], pieces: Pieces) -> str | None:
    """Return what was added, left out or replaced, if it is the same everywhere."""
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
    times = "" if len(changes) == 1 else f", in {len(changes)} places"
    if not came:
        return OfOneItem(f"the expected ids without {pieces.listed(belongs)}{times}")
    if not belongs:
        return OfOneItem(f"the expected ids with {pieces.listed(came)} added{times}")
    return OfOneItem(instead(pieces.listed(came), pieces.listed(belongs)) + times)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)
