"""Find the first merge that differs, and the one that should have come."""

from collections.abc import Callable, Sequence
from typing import Any

from grader.calls.outcome import Seen
from grader.diagnosis.comparing import instead
from grader.diagnosis.pieces import Pieces, pieces_of_ranks, written
from grader.diagnosis.readings import OneCall, WrongCall, told
from grader.diagnosis.readings.merging import (
    Merge,
    coarser,
    cuts_of,
    next_merge,
    pieces_at,
    right_merges,
)
from grader.diagnosis.readings.token_ids import ids_part, ids_relation
from grader.language import Words, mark, tr
from grader.verdict import Located

_MOST_SHOWN = 14  # pieces


def bpe_encode(wrong: WrongCall) -> Located | None:
    chunk, ranks = wrong.args
    pieces, got = pieces_of_ranks(ranks), wrong.got
    part = ids_part(got, wrong.expected, pieces)
    if part is None:
        return None
    ids = told(
        tr("expected: {ids}", ids=pieces.listed(wrong.expected)),
        tr("you have: {ids}", ids=pieces.listed(list(got))),
    )
    tokens_by_rank = {rank: token for token, rank in ranks.items()}
    tokens = [tokens_by_rank.get(one) if type(one) is int else None for one in got]
    if _bytes_of(got) == [tokens_by_rank[one] for one in wrong.expected]:
        how: str = instead(tr("the right tokens"), tr("their ids"))
        return Located(relation=how, text=told(tr("You return {how}.", how=how), ids))
    if None in tokens:
        return _unknown(got, tokens, part, ids, len(ranks))
    joined = b"".join(filter(None, tokens))
    if joined != chunk:
        all_ids = ids_relation(wrong.pairs)
        own = tr("the tokens of {text}", text=written(joined))
        how = all_ids or instead(own, written(chunk))
        text = told(tr("You return {how}.", how=how), ids)
        return Located(None, part.right_until, part.first_wrong, how, text)
    if chunk in ranks and len(list(right_merges(chunk, ranks))) < len(chunk) - 1:
        whole = pieces.shown(ranks[chunk])
        words = mark("The whole chunk is a single token, {token}. You return other tokens:")
        text = told(tr(words, token=whole), ids)
        return Located(None, None, whole, instead(tr("several tokens"), tr("one")), text)
    final = cuts_of([one for one in tokens if one is not None])
    found = _on_the_way(wrong.seen, chunk, ranks, final, pieces)
    found = found or _from_the_result(chunk, ranks, final, pieces)
    way = None if found and found.line else _known_way(wrong.all)
    says = tr("You return {how}.", how=way) if way else ""
    if found is None:
        return Located(None, part.right_until, part.first_wrong, way or part.relation, part.text)
    return Located(
        found.line,
        found.right_until,
        found.first_wrong,
        way or found.relation,
        told(says, found.text, ids),
    )


def _bytes_of(got: list[Any]) -> list[Any]:
    return [bytes(one) if type(one) is bytes else None for one in got]


def _unknown(
    got: list[Any], tokens: Sequence[bytes | None], part: Located, ids: str, count: int
) -> Located:
    at = tokens.index(None)
    words = mark("{got!r}, which isn't a rank in this table of {count}")
    how = tr(words, got=got[at], count=count)
    text = told(tr("At [{at}] you have {how}.", at=at, how=how), ids)
    return Located(None, part.right_until, tr("the id at [{at}]", at=at), how, text)


def _on_the_way(
    seen: Sequence[Seen],
    chunk: bytes,
    ranks: dict[bytes, int],
    final: frozenset[int],
    names: Pieces,
) -> Located | None:
    """Follow the lists of pieces that the code had, up to the first wrong merge."""
    state, at = frozenset(range(1, len(chunk))), None
    for one in seen:
        new = _state(one.value, chunk)
        if new is None or new == state or not coarser(new, state):
            continue
        gone = state - new
        right = next_merge(chunk, ranks, state)
        while right and right.cut in gone and len(gone) > 1:
            state, gone = state - {right.cut}, gone - {right.cut}
            right = next_merge(chunk, ranks, state)
        if right is None or gone != {right.cut}:
            return _another_merge(one, chunk, ranks, state, min(gone), right, at, names)
        state, at = new, one
    right = next_merge(chunk, ranks, state)
    if at is None or state != final or right is None:
        return None
    until = _listed(chunk, state)
    line, token = at.place.line, names.shown(right.rank)
    words = mark("You stop there, though {pair} can still be merged into {token}.")
    text = told(
        tr("Your pieces are right up to line {line}: {pieces}.", line=line, pieces=until),
        tr(words, pair=_pair(chunk, right), token=token),
    )
    what = tr("the merge into {token}", token=token)
    return Located(line, until, what, tr("merging ends too early"), text)


def _state(value: Any, chunk: bytes) -> frozenset[int] | None:
    """Return where a list of pieces cuts the chunk; None for anything else."""
    if not isinstance(value, (list, tuple)) or not value or len(value) > len(chunk):
        return None
    if not all(type(one) is bytes and one for one in value) or b"".join(value) != chunk:
        return None
    return cuts_of(value)


def _another_merge(
    seen: Seen,
    chunk: bytes,
    ranks: dict[bytes, int],
    state: frozenset[int],
    cut: int,
    right: Merge | None,
    before: Seen | None,
    names: Pieces,
) -> Located:
    """Return which merge came, and which should have."""
    until = _listed(chunk, state)
    left, other = pieces_at(chunk, state, cut)
    joined = left + other
    came = names.shown(ranks[joined]) if joined in ranks else None
    came = came or tr("{token}, no token", token=written(joined))
    first = tr("Pieces so far: {pieces}.", pieces=until)
    if before:
        words = mark("Your pieces are right up to line {line}: {pieces}.")
        first = tr(words, line=before.place.line, pieces=until)
    known = {
        "line": seen.place.line,
        "pair": _both(left, other),
        "came": came,
        "start": right.start if right else 0,
        "first": _pair(chunk, right) if right else "",
        "token": names.shown(right.rank) if right else "",
    }
    if right is None:
        words = mark("Line {line} then merges {pair} into {came}, though nothing is left to merge.")
        what = tr("the end of merging")
    elif ranks.get(joined) == right.rank:
        words = mark(
            "Line {line} then merges {pair} into {came}; the same pair also occurs further left, "
            "after {start} bytes."
        )
        what = tr("the leftmost merge into {token}", token=known["token"])
    else:
        words = mark(
            "Line {line} then merges {pair} into {came}; {first} should come first: they make "
            "{token}, the lowest rank."
        )
        what = tr("the merge into {token}", token=known["token"])
    how, text = tr("the merge into {came} in its place", came=came), told(first, tr(words, **known))
    return Located(seen.place.line, until if before else None, what, how, text)


def _from_the_result(
    chunk: bytes, ranks: dict[bytes, int], final: frozenset[int], names: Pieces
) -> Located | None:
    """Find the first right merge that the result can't have made, because it still has that cut."""
    state = frozenset(range(1, len(chunk)))
    for number, merge in enumerate(right_merges(chunk, ranks)):
        if merge.cut in final:
            until = _listed(chunk, state) if number else None
            token = names.shown(merge.rank)
            text = tr(
                "From the pieces {pieces}\nthe next merge is {pair} into {token}, the lowest rank "
                "there. Your result doesn't have this merge.",
                pieces=_listed(chunk, state),
                pair=_pair(chunk, merge),
                token=token,
            )
            what = tr("the merge into {token}", token=token)
            return Located(None, until, what, tr("a merge is missing"), text)
        state -= {merge.cut}
    left = next_merge(chunk, ranks, final)
    if left or final == state:
        return None
    cut = min(state - final)
    one, other = pieces_at(chunk, state, cut)
    text = tr("You join {pair}, which no merge does.", pair=_both(one, other))
    end, how = tr("the end of merging"), tr("one merge too many")
    return Located(None, _listed(chunk, state), end, how, text)


def _pair(chunk: bytes, merge: Merge) -> Words:
    return _both(chunk[merge.start : merge.cut], chunk[merge.cut : merge.end])


def _both(one: bytes, other: bytes) -> Words:
    return tr("{one} and {other}", one=written(one), other=written(other))


def _listed(chunk: bytes, cuts: frozenset[int]) -> str:
    ends = [0, *sorted(cuts), len(chunk)]
    pieces = [written(chunk[a:b]) for a, b in zip(ends, ends[1:], strict=False)]
    more = " ..." if len(pieces) > _MOST_SHOWN else ""
    return " ".join(pieces[:_MOST_SHOWN]) + more


def _known_way(calls: Sequence[OneCall]) -> Words | None:
    """Return which other way of cutting a chunk gives the tokens of all these calls."""
    for words, way in _WAYS.items():
        if all(_comes_out(way, one) for one in calls if one.args[0] not in one.args[1]):
            return tr(words)
    return None


def _comes_out(way: Callable[[bytes, dict[bytes, int]], list[bytes]], call: OneCall) -> bool:
    chunk, ranks = call.args
    return [ranks.get(token) for token in way(chunk, ranks)] == call.got


def _single_bytes(chunk: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    return [chunk[at : at + 1] for at, _ in enumerate(chunk)]


def _longest_last(chunk: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    reverse = _longest_first(chunk[::-1], {token[::-1]: rank for token, rank in ranks.items()})
    return [token[::-1] for token in reverse[::-1]]


def _longest_first(chunk: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    found, start = [], 0
    while start < len(chunk):
        ends = range(len(chunk), start, -1)
        end = next((end for end in ends if chunk[start:end] in ranks), start + 1)
        found.append(chunk[start:end])
        start = end
    return found


def _fewest(chunk: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    """Return the fewest tokens that make up a chunk, the last ones as long as possible."""
    best: list[list[bytes]] = [[]]
    for end in range(1, len(chunk) + 1):
        starts = [start for start in range(end) if chunk[start:end] in ranks]
        ways = [[*best[start], chunk[start:end]] for start in starts]
        best.append(min(ways, key=len))
    return best[-1]


_WAYS: dict[str, Callable[[bytes, dict[bytes, int]], list[bytes]]] = {
    mark("the ids of the single bytes, with nothing merged"): _single_bytes,
    mark(
        "what you'd get by taking the longest token each time, from left to right"
    ): _longest_first,
    mark("what you'd get by taking the longest token each time, from right to left"): _longest_last,
    mark("the fewest tokens that make up the chunk"): _fewest,
}
