"""Follow byte-pair merging merge by merge: its state is where the chunk is still cut."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

Cuts = frozenset[int]


@dataclass(frozen=True)
class Merge:
    """Two neighboring pieces that become one token: `chunk[start:cut]` and `chunk[cut:end]`."""

    start: int
    cut: int
    end: int
    rank: int


def right_merges(chunk: bytes, ranks: dict[bytes, int]) -> Iterator[Merge]:
    """Yield all merges of a chunk in order."""
    state = frozenset(range(1, len(chunk)))
    while merge := next_merge(chunk, ranks, state):
        yield merge
        state -= {merge.cut}


def next_merge(chunk: bytes, ranks: dict[bytes, int], state: Cuts) -> Merge | None:
    """Return the merge of the lowest rank, the leftmost of equal ones; None if none is left."""
    ends = [0, *sorted(state), len(chunk)]
    found = [
        Merge(start, cut, end, ranks[chunk[start:end]])
        for start, cut, end in zip(ends, ends[1:], ends[2:], strict=False)
        if chunk[start:end] in ranks
    ]
    return min(found, key=lambda merge: merge.rank, default=None)


def cuts_of(pieces: Sequence[bytes]) -> Cuts:
    """Return where these pieces cut the chunk."""
    return frozenset(list(accumulate(map(len, pieces)))[:-1])


def coarser(new: Cuts, state: Cuts) -> bool:
    """Return whether merging leads from a state to a new one."""
    return new < state


def pieces_at(chunk: bytes, state: Cuts, cut: int) -> tuple[bytes, bytes]:
    """Return the pieces on both sides of a cut."""
    start = max((one for one in state if one < cut), default=0)
    end = min((one for one in state if one > cut), default=len(chunk))
    return chunk[start:cut], chunk[cut:end]
