"""The ways that stage 3 goes wrong."""

from collections import Counter
from collections.abc import Callable

from grader.diagnosis import mistake
from solutions.s03_byte_pair_encoding import bpe_encode

Ranks = dict[bytes, int]
Choose = Callable[[list[bytes], list[int]], int]  # from pieces and places to the place to merge


def single_bytes(chunk: bytes) -> list[bytes]:
    """Cut a chunk into its bytes."""
    return [bytes([byte]) for byte in chunk]


def pairs_of(pieces: list[bytes]) -> list[bytes]:
    """Join each piece with the next."""
    return [left + right for left, right in zip(pieces, pieces[1:], strict=False)]


def merged(pieces: list[bytes], ranks: Ranks, choose: Choose) -> list[bytes]:
    """Merge the pair that `choose` picks among the places of known pairs, until none is left."""
    while True:
        pairs = pairs_of(pieces)
        places = [place for place, pair in enumerate(pairs) if pair in ranks]
        if not places:
            return pieces
        place = choose(pieces, places)
        pieces = [*pieces[:place], pairs[place], *pieces[place + 2 :]]


def merged_rightly(pieces: list[bytes], ranks: Ranks) -> list[bytes]:
    """Merge pieces as they should be merged."""
    return merged(
        pieces, ranks, lambda p, places: min(places, key=lambda i: ranks[p[i] + p[i + 1]])
    )


def encoded(chunk: bytes, ranks: Ranks, choose: Choose) -> list[int]:
    """Encode a chunk, merging what `choose` picks."""
    if chunk in ranks:
        return [ranks[chunk]]
    return [ranks[piece] for piece in merged(single_bytes(chunk), ranks, choose)]


@mistake("bpe_encode", "something else than the rank decides which pair is merged first")
def leftmost_pair_first(chunk: bytes, ranks: Ranks) -> list[int]:
    """Your tokens are what comes out when the first known pair from the left is merged, or the
    longest. The rank decides: the pair that training merged first is merged first, wherever in the
    chunk it stands."""
    return encoded(chunk, ranks, lambda pieces, places: places[0])


@mistake("bpe_encode", "all known pairs are merged in one sweep from left to right")
def swept_from_left(chunk: bytes, ranks: Ranks) -> list[int]:
    """You walk through the chunk and merge every known pair that you meet, then walk again. Only
    the pair of lowest rank may be merged; then the pairs are others, and you have to look anew."""
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


@mistake("bpe_encode", "the longest token that fits is taken, from left to right")
def longest_prefix(chunk: bytes, ranks: Ranks) -> list[int]:
    """You look for the longest token that the chunk begins with, and go on behind it. That is how
    WordPiece, BERT's tokenizer, encodes. Byte-pair encoding repeats the merges of its training, and
    may well end in shorter tokens."""
    ids = []
    while chunk:
        length = max(n for n in range(1, len(chunk) + 1) if chunk[:n] in ranks)
        ids.append(ranks[chunk[:length]])
        chunk = chunk[length:]
    return ids


@mistake("bpe_encode", "tokens are grown byte by byte from the left")
def grown_from_left(chunk: bytes, ranks: Ranks) -> list[int]:
    """You add byte after byte to a token as long as it stands in the ranks, and begin a new one
    when it does not. Merging has no direction: the pair of lowest rank may stand anywhere."""
    if chunk in ranks:
        return [ranks[chunk]]
    pieces: list[bytes] = []
    for byte in single_bytes(chunk):
        if pieces and pieces[-1] + byte in ranks:
            pieces[-1] += byte
        else:
            pieces.append(byte)
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "the pair of highest rank is merged first")
def highest_rank_first(chunk: bytes, ranks: Ranks) -> list[int]:
    """You merge the pair of the highest rank. Ranks count the merges of training from the first,
    the most frequent, upwards: a low rank comes first."""
    return encoded(
        chunk, ranks, lambda p, places: max(places, key=lambda i: ranks[p[i] + p[i + 1]])
    )


@mistake("bpe_encode", "ranks are compared as text")
def ranks_as_text(chunk: bytes, ranks: Ranks) -> list[int]:
    """You compare the ranks as text, where 1000 comes before 999. With ranks of equally many digits
    nobody can tell, but Llama 3's go from 0 to 127,999: compare them as numbers."""
    return encoded(
        chunk, ranks, lambda p, places: min(places, key=lambda i: str(ranks[p[i] + p[i + 1]]))
    )


@mistake("bpe_encode", "the lowest rank is looked for among those below 1000 only")
def ranks_below_a_thousand(chunk: bytes, ranks: Ranks) -> list[int]:
    """You start the search for the lowest rank from a number like 999, as if no rank were larger.
    Llama 3's go up to 127,999, so most pairs would never be merged. Infinity is safe."""
    always = single_bytes(chunk) + [chunk]
    return bpe_encode(
        chunk, {one: rank for one, rank in ranks.items() if rank < 999 or one in always}
    )


@mistake("bpe_encode", "the smallest pair is merged first, compared as bytes")
def smallest_bytes_first(chunk: bytes, ranks: Ranks) -> list[int]:
    """You take the smallest of the known pairs, but as bytes, in alphabetical order so to speak. It
    is their ranks that are to be compared: tell `min` so."""
    return encoded(chunk, ranks, lambda p, places: min(places, key=lambda i: p[i] + p[i + 1]))


@mistake("bpe_encode", "the ranks of the two parts are compared, not of the pair")
def ranks_of_the_parts(chunk: bytes, ranks: Ranks) -> list[int]:
    """You choose by the ranks that the two parts have by themselves. A pair has a rank of its own:
    that of its joined bytes."""
    return encoded(
        chunk, ranks, lambda p, places: min(places, key=lambda i: ranks[p[i]] + ranks[p[i + 1]])
    )


@mistake("bpe_encode", "the most frequent pair of the chunk is merged first")
def most_frequent_first(chunk: bytes, ranks: Ranks) -> list[int]:
    """You count pairs and merge the most frequent. That is how the table was trained, on a whole
    corpus. Encoding counts nothing: the table already holds the order, as ranks."""

    def choose(pieces: list[bytes], places: list[int]) -> int:
        pairs = pairs_of(pieces)
        counts = Counter(pairs)
        return max(places, key=lambda place: counts[pairs[place]])

    return encoded(chunk, ranks, choose)


@mistake("bpe_encode", "of equal pairs the rightmost is merged first")
def rightmost_of_equals(chunk: bytes, ranks: Ranks) -> list[int]:
    """Where the same pair stands twice, you merge the last one first. It matters only where the two
    overlap: three equal bytes are a pair and a byte, in this order."""
    return encoded(
        chunk, ranks, lambda p, places: min(places, key=lambda i: (ranks[p[i] + p[i + 1]], -i))
    )


@mistake("bpe_encode", "a whole chunk is not looked up")
def no_whole_chunk_lookup(chunk: bytes, ranks: Ranks) -> list[int]:
    """You merge even where the whole chunk is a token. Most often merging ends in that very token,
    but not always: 588 of the 8B's tokens are reached in no other way. Look before you merge."""
    pieces = merged(
        single_bytes(chunk),
        ranks,
        lambda p, places: min(places, key=lambda i: ranks[p[i] + p[i + 1]]),
    )
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "a whole chunk's token is not in a list")
def whole_chunk_not_in_a_list(chunk: bytes, ranks: Ranks) -> int | list[int]:
    """For a chunk that is one token you give a bare number. The caller puts the lists of all chunks
    one behind the other, so one token is a list of one."""
    return ranks[chunk] if chunk in ranks else bpe_encode(chunk, ranks)


@mistake("bpe_encode", "only one pair is merged")
def one_merge_only(chunk: bytes, ranks: Ranks) -> list[int]:
    """You merge once and stop. The merged pair makes new pairs with its neighbours: go on until no
    pair stands in the ranks."""
    known = [pair for pair in pairs_of(single_bytes(chunk)) if pair in ranks]
    if chunk in ranks or not known:
        return bpe_encode(chunk, ranks)
    pieces, best = single_bytes(chunk), min(known, key=lambda pair: ranks[pair])
    place = pairs_of(pieces).index(best)
    pieces[place : place + 2] = [best]
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "nothing is merged")
def nothing_merged(chunk: bytes, ranks: Ranks) -> list[int]:
    """You give one token for every byte. That is where encoding starts; then pairs are merged."""
    return [ranks[byte] for byte in single_bytes(chunk)]


@mistake("bpe_encode", "merging does not stop at unknown pairs")
def merged_beyond_the_ranks(chunk: bytes, ranks: Ranks) -> list[int]:
    """You go on merging when no pair stands in the ranks any more, until one piece is left, and
    that is no token. Pairs that are not in the table are never merged."""
    if chunk in ranks:
        return [ranks[chunk]]
    pieces = single_bytes(chunk)
    while len(pieces) > 1:
        pairs = pairs_of(pieces)
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
        place = pairs.index(best)
        pieces[place : place + 2] = [best]
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "the right part stays behind after a merge")
def right_part_stays(chunk: bytes, ranks: Ranks) -> list[int]:
    """You put the merged pair in the place of its left part and leave the right part where it is,
    so its bytes are there twice. Two pieces go, one comes."""
    if chunk in ranks:
        return [ranks[chunk]]
    pieces = single_bytes(chunk)
    while known := [pair for pair in pairs_of(pieces) if pair in ranks]:
        best = min(known, key=lambda pair: ranks[pair])
        pieces[pairs_of(pieces).index(best)] = best
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "it starts from characters, not from bytes")
def starts_from_characters(chunk: bytes, ranks: Ranks) -> list[int]:
    """You decode the chunk and start from its characters. Not every character is a token, and not
    every chunk can be decoded; the 256 single bytes are always there."""
    if chunk in ranks:
        return [ranks[chunk]]
    characters = [character.encode() for character in chunk.decode()]
    pieces = merged_rightly(characters, ranks)
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "the value of a byte is taken for its id")
def byte_values_as_ids(chunk: bytes, ranks: Ranks) -> list[int]:
    """For a byte that was not merged you give its value. Llama 3 numbers the bytes in another
    order: the exclamation mark, byte 33, has rank 0. Look bytes up like every other token."""
    token_of = {rank: token for token, rank in ranks.items()}
    tokens = [token_of[one] for one in bpe_encode(chunk, ranks)]
    return [token[0] if len(token) == 1 else ranks[token] for token in tokens]


@mistake("bpe_encode", "pieces are given in place of their ids")
def pieces_returned(chunk: bytes, ranks: Ranks) -> list[bytes]:
    """Your pieces are right, but they are still bytes. The model wants their ids, which are their
    ranks."""
    token_of = {rank: token for token, rank in ranks.items()}
    return [token_of[one] for one in bpe_encode(chunk, ranks)]


@mistake("bpe_encode", "an empty chunk is an error")
def empty_chunk_refused(chunk: bytes, ranks: Ranks) -> list[int]:
    """You look for the best pair without asking whether there is one. An empty chunk has none, and
    `min` of nothing is an error. No bytes, no tokens: an empty list."""
    if not chunk:
        return [min(ranks[pair] for pair in pairs_of(single_bytes(chunk)))]
    return bpe_encode(chunk, ranks)
