"""Other right ways to write stage 3."""

import heapq

import tiktoken

from grader.author.right_ways import right_way

Ranks = dict[bytes, int]


@right_way("bpe_encode")
def by_tiktoken(chunk: bytes, ranks: Ranks) -> list[int]:
    encoding = tiktoken.Encoding(
        name="one chunk", pat_str=".", mergeable_ranks=ranks, special_tokens={}
    )
    return list(encoding._core_bpe.encode_single_piece(chunk)) if chunk else []


@right_way("bpe_encode")
def on_ids(chunk: bytes, ranks: Ranks) -> list[int]:
    """Merge ids instead of bytes, and all occurrences of the best pair at once."""
    if chunk in ranks:
        return [ranks[chunk]]
    token_of = {rank: token for token, rank in ranks.items()}
    ids = [ranks[bytes([byte])] for byte in chunk]
    while True:
        known = {}
        for left, right in zip(ids, ids[1:], strict=False):
            if token_of[left] + token_of[right] in ranks:
                known[left, right] = ranks[token_of[left] + token_of[right]]
        if not known:
            return ids
        best = min(known, key=lambda pair: known[pair])
        merged: list[int] = []
        place = 0
        while place < len(ids):
            found = tuple(ids[place : place + 2]) == best
            merged.append(known[best] if found else ids[place])
            place += 2 if found else 1
        ids = merged


@right_way("bpe_encode")
def token_by_token(chunk: bytes, ranks: Ranks) -> list[int]:
    """Take every token in the order of ranks, and merge it wherever two pieces make it."""
    if chunk in ranks:
        return [ranks[chunk]]
    pieces = [chunk[i : i + 1] for i in range(len(chunk))]
    for token in sorted(ranks, key=lambda token: ranks[token]):
        place = 0
        while token in chunk and place < len(pieces) - 1:
            if pieces[place] + pieces[place + 1] == token:
                pieces[place : place + 2] = [token]
            place += 1
    return [ranks[piece] for piece in pieces]


@right_way("bpe_encode")
def with_a_heap(chunk: bytes, ranks: Ranks) -> list[int]:
    """Keep the borders between pieces and a heap of pairs, some of which no longer exist."""
    if chunk in ranks:
        return [ranks[chunk]]
    borders = list(range(len(chunk) + 1))
    heap: list[tuple[int, int, bytes]] = []

    def push(index: int) -> None:
        if 0 <= index < len(borders) - 2:
            pair = chunk[borders[index] : borders[index + 2]]
            if pair in ranks:
                heapq.heappush(heap, (ranks[pair], borders[index], pair))

    for index in range(len(borders)):
        push(index)
    while heap:
        _, start, pair = heapq.heappop(heap)
        if start not in borders:
            continue
        index = borders.index(start)
        if index + 2 < len(borders) and borders[index + 2] == start + len(pair):
            del borders[index + 1]
            push(index)
            push(index - 1)
    return [ranks[chunk[a:b]] for a, b in zip(borders, borders[1:], strict=False)]
