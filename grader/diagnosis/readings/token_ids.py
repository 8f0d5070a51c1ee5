"""Find the first index at which two lists of token ids differ, with the pieces beside the ids."""

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any

from grader.diagnosis.comparing import OfOneItem, instead, of_one_item
from grader.diagnosis.pieces import Pieces
from grader.diagnosis.readings import told
from grader.diagnosis.text_relations import Pair, text_relation
from grader.language import Words, in_english, mark, tr
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
    part, until = part_of(at), None
    where = tr("the id at [{at}]", at=at)
    if part:
        where = tr("the id at [{at}], {part}", at=at, part=part)
    if at:
        until = tr("the id at [{at}], {part}", at=at - 1, part=pieces.shown(expected[at - 1]))
    text = told(
        _wrong_id(got, expected, at, pieces, part)
        if at < len(expected)
        else _too_long(at, pieces.shown(got[at])),
        tr("expected: {ids}", ids=pieces.around(expected, at)),
        tr("you have: {ids}", ids=pieces.around(got, at)),
    )
    return Located(None, until, where, edits(got, expected, pieces), text)


def _wrong_id(
    got: Sequence[Any], expected: Sequence[Any], at: int, pieces: Pieces, part: str
) -> Words:
    """Return what the first wrong id is and should be."""
    where = tr("[{at}], {part}", at=at, part=part) if part else f"[{at}]"
    words = mark(
        "The first wrong id is at {where}: it should be {right}, but your list ends there."
    )
    if at < len(got):
        words = mark("The first wrong id is at {where}: it should be {right}, but you have {came}.")
    right, came = pieces.shown(expected[at]), pieces.shown(got[at]) if at < len(got) else ""
    return tr(words, where=where, right=right, came=came)


def _too_long(at: int, came: str) -> Words:
    if not at:
        return tr("The list should be empty, but yours goes on with {came}.", came=came)
    words = mark("The list should end after [{at}], but yours goes on with {came}.")
    return tr(words, at=at - 1, came=came)


def ids_relation(pairs: Sequence[Pair]) -> str | None:
    """Return how ids relate to the expected ones, as `text_relation` does. If some are added or
    left out, other arguments may explain that better."""
    how = text_relation(pairs, mark("ids"))
    if how and in_english(how).startswith("the expected ids with"):
        return of_one_item(how)
    return how


def edits(got: Sequence[Any], expected: Sequence[Any], pieces: Pieces) -> OfOneItem | None:
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
    if not came:
        how = tr("the expected ids without {ids}", ids=pieces.listed(belongs))
    elif not belongs:
        how = tr("the expected ids with {ids} added", ids=pieces.listed(came))
    else:
        how = instead(pieces.listed(came), pieces.listed(belongs))
    if len(changes) > 1:
        how = tr("{how}, in {count} places", how=how, count=len(changes))
    return of_one_item(how)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)
