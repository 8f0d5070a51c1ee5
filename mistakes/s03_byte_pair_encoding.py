"""The ways that stage 3 goes wrong."""

from collections import Counter
from collections.abc import Callable

from grader.diagnosis import mistake
from solutions.s03_byte_pair_encoding import bpe_encode

Ranks = dict[bytes, int]
Choose = Callable[[list[bytes], list[int]], int]  # picks one of the indices of known pairs


def single_bytes(chunk: bytes) -> list[bytes]:
    """Cut a chunk into its bytes."""
    return [bytes([byte]) for byte in chunk]


def pairs_of(pieces: list[bytes]) -> list[bytes]:
    """Join each piece with the next."""
    return [left + right for left, right in zip(pieces, pieces[1:], strict=False)]


def merged(pieces: list[bytes], ranks: Ranks, choose: Choose) -> list[bytes]:
    """Merge the known pair whose index `choose` picks, until no known pair is left."""
    while True:
        pairs = pairs_of(pieces)
        places = [place for place, pair in enumerate(pairs) if pair in ranks]
        if not places:
            return pieces
        place = choose(pieces, places)
        pieces = [*pieces[:place], pairs[place], *pieces[place + 2 :]]


def merged_rightly(pieces: list[bytes], ranks: Ranks) -> list[bytes]:
    """Merge the known pair with the lowest rank, until no known pair is left."""
    return merged(
        pieces, ranks, lambda p, places: min(places, key=lambda i: ranks[p[i] + p[i + 1]])
    )


def encoded(chunk: bytes, ranks: Ranks, choose: Choose) -> list[int]:
    """Encode a chunk, merging what `choose` picks."""
    if chunk in ranks:
        return [ranks[chunk]]
    return [ranks[piece] for piece in merged(single_bytes(chunk), ranks, choose)]


@mistake("bpe_encode", "something other than the rank decides which pair is merged first")
def leftmost_pair_first(chunk: bytes, ranks: Ranks) -> list[int]:
    """Your tokens are the ones you'd get if you merged the leftmost known pair first, or the
    longest. The rank should decide: merge the pair that training merged first, wherever it is in
    the chunk."""
    return encoded(chunk, ranks, lambda pieces, places: places[0])


@mistake("bpe_encode", "all known pairs are merged in one pass from left to right")
def swept_from_left(chunk: bytes, ranks: Ranks) -> list[int]:
    """You go through the chunk from left to right, merge every known pair you find, then start
    over. Merge only the pair with the lowest rank. That changes the pairs, so look at all of them
    again."""
    if chunk in ranks:
        return [ranks[chunk]]
    pieces, before = single_bytes(chunk), 0
    while len(pieces) != before:
        before, place = len(pieces), 0
        while place < len(pieces) - 1:
            if pieces[place] + pieces[place + 1] in ranks:
                pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]
            place += 1
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "the longest matching token is taken, from left to right")
def longest_prefix(chunk: bytes, ranks: Ranks) -> list[int]:
    """You take the longest token that the chunk begins with, then do the same with the rest.
    WordPiece, BERT's tokenizer, works that way. Byte-pair encoding repeats the merges from
    training, and may end up with shorter tokens."""
    ids = []
    while chunk:
        length = max(n for n in range(1, len(chunk) + 1) if chunk[:n] in ranks)
        ids.append(ranks[chunk[:length]])
        chunk = chunk[length:]
    return ids


@mistake("bpe_encode", "tokens grow byte by byte from the left")
def grown_from_left(chunk: bytes, ranks: Ranks) -> list[int]:
    """You extend a token byte by byte while it is in `ranks`, then start a new one. Merging has no
    direction: the pair with the lowest rank can be anywhere in the chunk."""
    if chunk in ranks:
        return [ranks[chunk]]
    pieces: list[bytes] = []
    for byte in single_bytes(chunk):
        if pieces and pieces[-1] + byte in ranks:
            pieces[-1] += byte
        else:
            pieces.append(byte)
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "the pair with the highest rank is merged first")
def highest_rank_first(chunk: bytes, ranks: Ranks) -> list[int]:
    """You merge the pair with the highest rank first. Training numbered its merges in the order in
    which it made them, and it started with the most frequent pair. So the pair with the lowest rank
    comes first."""
    return encoded(
        chunk, ranks, lambda p, places: max(places, key=lambda i: ranks[p[i] + p[i + 1]])
    )


@mistake("bpe_encode", "ranks are compared as text")
def ranks_as_text(chunk: bytes, ranks: Ranks) -> list[int]:
    """You compare ranks as text, so 1000 comes before 999. That makes no difference while all ranks
    have the same number of digits, but Llama 3's ranks go from 0 to 127,999. Compare them as
    numbers."""
    return encoded(
        chunk, ranks, lambda p, places: min(places, key=lambda i: str(ranks[p[i] + p[i + 1]]))
    )


@mistake("bpe_encode", "only low ranks are considered")
def only_low_ranks(chunk: bytes, ranks: Ranks) -> list[int]:
    """You never merge a pair whose rank is high, perhaps because your search for the lowest rank
    starts at a number such as 999 or 65,535. Llama 3's ranks go up to 127,999, so you would miss
    many merges. Infinity is a safe starting value."""
    always = single_bytes(chunk) + [chunk]
    return bpe_encode(
        chunk, {one: rank for one, rank in ranks.items() if rank < 999 or one in always}
    )


@mistake("bpe_encode", "rank 0 counts as no rank")
def rank_0_is_none(chunk: bytes, ranks: Ranks) -> list[int]:
    """You never merge a pair whose rank is 0. In Python, 0 counts as false, so `if rank` takes it
    for a missing one. Compare with `None`, or ask whether the pair is in the table."""
    always = single_bytes(chunk) + [chunk]
    return bpe_encode(
        chunk, {one: rank for one, rank in ranks.items() if rank != 0 or one in always}
    )


@mistake("bpe_encode", "pairs are compared as bytes, not by rank")
def smallest_bytes_first(chunk: bytes, ranks: Ranks) -> list[int]:
    """You merge the known pair whose bytes come first when sorted, roughly in alphabetical order.
    Compare the ranks instead: `min` has an argument that tells it what to compare."""
    return encoded(chunk, ranks, lambda p, places: min(places, key=lambda i: p[i] + p[i + 1]))


@mistake("bpe_encode", "the ranks of the two parts decide, not the pair's own rank")
def ranks_of_the_parts(chunk: bytes, ranks: Ranks) -> list[int]:
    """You choose a pair by the ranks of its two parts. A pair has its own rank, which is the rank
    of its joined bytes."""
    return encoded(
        chunk, ranks, lambda p, places: min(places, key=lambda i: ranks[p[i]] + ranks[p[i + 1]])
    )


@mistake("bpe_encode", "the most frequent pair in the chunk is merged first")
def most_frequent_first(chunk: bytes, ranks: Ranks) -> list[int]:
    """You count the pairs and merge the most frequent one. That is how training built the table,
    from a large amount of text. Encoding counts nothing, because the ranks already give the
    order."""

    def choose(pieces: list[bytes], places: list[int]) -> int:
        pairs = pairs_of(pieces)
        counts = Counter(pairs)
        return max(places, key=lambda place: counts[pairs[place]])

    return encoded(chunk, ranks, choose)


@mistake("bpe_encode", "when a pair occurs twice, its last occurrence is merged first")
def rightmost_of_equals(chunk: bytes, ranks: Ranks) -> list[int]:
    """Where the same pair occurs more than once, you merge its last occurrence first. This matters
    only where two occurrences overlap: three equal bytes should become a pair followed by a single
    byte."""
    return encoded(
        chunk, ranks, lambda p, places: min(places, key=lambda i: (ranks[p[i] + p[i + 1]], -i))
    )


@mistake("bpe_encode", "the whole chunk is not looked up first")
def no_whole_chunk_lookup(chunk: bytes, ranks: Ranks) -> list[int]:
    """You merge even when the whole chunk is a token. Merging usually ends in that same token, but
    it can't reach 588 of the 8B's tokens. Look the chunk up before you merge."""
    pieces = merged(
        single_bytes(chunk),
        ranks,
        lambda p, places: min(places, key=lambda i: ranks[p[i] + p[i + 1]]),
    )
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "a chunk that is one token gives a number, not a list")
def whole_chunk_not_in_a_list(chunk: bytes, ranks: Ranks) -> int | list[int]:
    """For a chunk that is a single token, you return a bare number. The caller joins the lists from
    all chunks, so return a list here, too."""
    return ranks[chunk] if chunk in ranks else bpe_encode(chunk, ranks)


@mistake("bpe_encode", "only one pair is merged")
def one_merge_only(chunk: bytes, ranks: Ranks) -> list[int]:
    """You merge once and stop. The merged piece forms new pairs with its neighbors, so keep merging
    until no pair is in `ranks`."""
    known = [pair for pair in pairs_of(single_bytes(chunk)) if pair in ranks]
    if chunk in ranks or not known:
        return bpe_encode(chunk, ranks)
    pieces, best = single_bytes(chunk), min(known, key=lambda pair: ranks[pair])
    place = pairs_of(pieces).index(best)
    pieces[place : place + 2] = [best]
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "nothing is merged")
def nothing_merged(chunk: bytes, ranks: Ranks) -> list[int]:
    """You return one token per byte. That is only the starting point: next, merge the pairs."""
    return [ranks[byte] for byte in single_bytes(chunk)]


@mistake("bpe_encode", "merging doesn't stop at unknown pairs")
def merged_beyond_the_ranks(chunk: bytes, ranks: Ranks) -> list[int]:
    """You keep merging when no pair is in `ranks` anymore, until only one piece is left, which
    isn't a token. Never merge a pair that isn't in the table."""
    if chunk in ranks:
        return [ranks[chunk]]
    pieces = single_bytes(chunk)
    while len(pieces) > 1:
        pairs = pairs_of(pieces)
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
        place = pairs.index(best)
        pieces[place : place + 2] = [best]
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "the right part isn't removed after a merge")
def right_part_stays(chunk: bytes, ranks: Ranks) -> list[int]:
    """You replace the left part with the merged pair but leave the right part where it is, so its
    bytes occur twice. The merged pair has to replace both parts."""
    if chunk in ranks:
        return [ranks[chunk]]
    pieces = single_bytes(chunk)
    while known := [pair for pair in pairs_of(pieces) if pair in ranks]:
        best = min(known, key=lambda pair: ranks[pair])
        pieces[pairs_of(pieces).index(best)] = best
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "merging starts from characters, not from bytes")
def starts_from_characters(chunk: bytes, ranks: Ranks) -> list[int]:
    """You decode the chunk and start from its characters. Some characters aren't tokens, and some
    chunks can't be decoded, but all 256 single bytes are in the table. Start from those."""
    if chunk in ranks:
        return [ranks[chunk]]
    characters = [character.encode() for character in chunk.decode()]
    pieces = merged_rightly(characters, ranks)
    return [ranks[piece] for piece in pieces]


def with_byte_values(chunk: bytes, ranks: Ranks) -> list[int]:
    """Return the ids of a chunk's tokens, where a token of one byte has the byte's value."""
    token_of = {rank: token for token, rank in ranks.items()}
    tokens = [token_of[one] for one in bpe_encode(chunk, ranks)]
    return [token[0] if len(token) == 1 else ranks[token] for token in tokens]


@mistake("bpe_encode", "a byte's value is used as its id")
def byte_values_as_ids(chunk: bytes, ranks: Ranks) -> list[int]:
    """For a byte that isn't merged, you return the byte's value. Llama 3 numbers the bytes in a
    different order: byte 33, the exclamation mark, has rank 0. Look bytes up like any other
    token."""
    return with_byte_values(chunk, ranks)


@mistake("bpe_encode", "a byte's value is used as its id", like="byte_values_as_ids")
def byte_values_in_longer_chunks(chunk: bytes, ranks: Ranks) -> list[int]:
    """For a byte that isn't merged, you return the byte's value. Llama 3 numbers the bytes in a
    different order: byte 33, the exclamation mark, has rank 0. Look bytes up like any other
    token."""
    return bpe_encode(chunk, ranks) if chunk in ranks else with_byte_values(chunk, ranks)


@mistake("bpe_encode", "pieces are returned instead of their ids")
def pieces_returned(chunk: bytes, ranks: Ranks) -> list[bytes]:
    """Your pieces are right, but you return bytes. The model needs each piece's id, which is its
    rank."""
    token_of = {rank: token for token, rank in ranks.items()}
    return [token_of[one] for one in bpe_encode(chunk, ranks)]


@mistake("bpe_encode", "an empty chunk raises an error")
def empty_chunk_refused(chunk: bytes, ranks: Ranks) -> list[int]:
    """Your code raises an error for an empty chunk, for example because it calls `min` although
    there are no pairs. An empty chunk has no tokens, so return an empty list."""
    if not chunk:
        return [min(ranks[pair] for pair in pairs_of(single_bytes(chunk)))]
    return bpe_encode(chunk, ranks)
