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
    """Your tokens are what you get when the leftmost known pair is merged first, or the longest
    one. The rank decides: the pair that training merged first comes first, wherever it is in the
    chunk."""
    return encoded(chunk, ranks, lambda pieces, places: places[0])


@mistake("bpe_encode", "all known pairs are merged in one pass from left to right")
def swept_from_left(chunk: bytes, ranks: Ranks) -> list[int]:
    """You go through the chunk and merge every known pair on the way, then start over. Merge only
    the pair with the lowest rank. After that the pairs are different, so look at all of them
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


@mistake("bpe_encode", "the longest token that fits is taken, from left to right")
def longest_prefix(chunk: bytes, ranks: Ranks) -> list[int]:
    """You take the longest token that the chunk begins with and go on after it. That is how
    WordPiece, BERT's tokenizer, encodes. Byte-pair encoding repeats the merges of its training, and
    may end in shorter tokens."""
    ids = []
    while chunk:
        length = max(n for n in range(1, len(chunk) + 1) if chunk[:n] in ranks)
        ids.append(ranks[chunk[:length]])
        chunk = chunk[length:]
    return ids


@mistake("bpe_encode", "tokens grow byte by byte from the left")
def grown_from_left(chunk: bytes, ranks: Ranks) -> list[int]:
    """You add byte after byte to a token as long as it is in `ranks`, then start a new one. Merging
    has no direction: the pair with the lowest rank can be anywhere."""
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
    """You merge the pair with the highest rank first. Ranks number the merges of training in order,
    and the most frequent pairs were merged first, so the lowest rank comes first."""
    return encoded(
        chunk, ranks, lambda p, places: max(places, key=lambda i: ranks[p[i] + p[i + 1]])
    )


@mistake("bpe_encode", "ranks are compared as text")
def ranks_as_text(chunk: bytes, ranks: Ranks) -> list[int]:
    """You compare the ranks as text, where 1000 comes before 999. As long as all ranks have the
    same number of digits it makes no difference, but Llama 3's go from 0 to 127,999. Compare them
    as numbers."""
    return encoded(
        chunk, ranks, lambda p, places: min(places, key=lambda i: str(ranks[p[i] + p[i + 1]]))
    )


@mistake("bpe_encode", "only ranks below 1000 are considered")
def ranks_below_a_thousand(chunk: bytes, ranks: Ranks) -> list[int]:
    """You merge no pair whose rank is about 1000 or more, for example because your search for the
    lowest rank starts from 999. Llama 3's ranks go up to 127,999, so most pairs would never be
    merged. Infinity is a safe start."""
    always = single_bytes(chunk) + [chunk]
    return bpe_encode(
        chunk, {one: rank for one, rank in ranks.items() if rank < 999 or one in always}
    )


@mistake("bpe_encode", "pairs are compared as bytes, not by rank")
def smallest_bytes_first(chunk: bytes, ranks: Ranks) -> list[int]:
    """You take the smallest of the known pairs when compared as bytes, roughly in alphabetical
    order. Compare their ranks instead: `min` has an argument that says what to compare."""
    return encoded(chunk, ranks, lambda p, places: min(places, key=lambda i: p[i] + p[i + 1]))


@mistake("bpe_encode", "the ranks of the two parts are compared, not the pair's")
def ranks_of_the_parts(chunk: bytes, ranks: Ranks) -> list[int]:
    """You choose by the ranks of the two parts. A pair has its own rank: that of its joined
    bytes."""
    return encoded(
        chunk, ranks, lambda p, places: min(places, key=lambda i: ranks[p[i]] + ranks[p[i + 1]])
    )


@mistake("bpe_encode", "the most frequent pair in the chunk is merged first")
def most_frequent_first(chunk: bytes, ranks: Ranks) -> list[int]:
    """You count pairs and merge the most frequent one. That is how the table was trained, on a
    large amount of text. Encoding counts nothing: the table already holds the order, as ranks."""

    def choose(pieces: list[bytes], places: list[int]) -> int:
        pairs = pairs_of(pieces)
        counts = Counter(pairs)
        return max(places, key=lambda place: counts[pairs[place]])

    return encoded(chunk, ranks, choose)


@mistake("bpe_encode", "of equal pairs, the rightmost is merged first")
def rightmost_of_equals(chunk: bytes, ranks: Ranks) -> list[int]:
    """Where the same pair occurs twice, you merge the last one first. It matters only where the two
    overlap: three equal bytes become a pair and a byte, in this order."""
    return encoded(
        chunk, ranks, lambda p, places: min(places, key=lambda i: (ranks[p[i] + p[i + 1]], -i))
    )


@mistake("bpe_encode", "a whole chunk is not looked up")
def no_whole_chunk_lookup(chunk: bytes, ranks: Ranks) -> list[int]:
    """You merge even where the whole chunk is a token. Merging usually ends in that very token, but
    not always: 588 of the 8B's tokens can't be reached that way. Look the chunk up before you
    merge."""
    pieces = merged(
        single_bytes(chunk),
        ranks,
        lambda p, places: min(places, key=lambda i: ranks[p[i] + p[i + 1]]),
    )
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "a whole chunk's token is not in a list")
def whole_chunk_not_in_a_list(chunk: bytes, ranks: Ranks) -> int | list[int]:
    """For a chunk that is one token you return a bare number. The caller joins the lists of all
    chunks, so return a list here, too."""
    return ranks[chunk] if chunk in ranks else bpe_encode(chunk, ranks)


@mistake("bpe_encode", "only one pair is merged")
def one_merge_only(chunk: bytes, ranks: Ranks) -> list[int]:
    """You merge once and stop. The merged pair makes new pairs with its neighbors: go on until no
    pair is in `ranks`."""
    known = [pair for pair in pairs_of(single_bytes(chunk)) if pair in ranks]
    if chunk in ranks or not known:
        return bpe_encode(chunk, ranks)
    pieces, best = single_bytes(chunk), min(known, key=lambda pair: ranks[pair])
    place = pairs_of(pieces).index(best)
    pieces[place : place + 2] = [best]
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "nothing is merged")
def nothing_merged(chunk: bytes, ranks: Ranks) -> list[int]:
    """You return one token for every byte. That is where encoding starts. After that, pairs are
    merged."""
    return [ranks[byte] for byte in single_bytes(chunk)]


@mistake("bpe_encode", "merging does not stop at unknown pairs")
def merged_beyond_the_ranks(chunk: bytes, ranks: Ranks) -> list[int]:
    """You go on merging when no pair is in `ranks` anymore, until a single piece is left that isn't
    a token. Never merge a pair that isn't in the table."""
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
    """You put the merged pair in place of its left part and leave the right part where it is, so
    its bytes occur twice. One piece has to replace both."""
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
    every chunk can be decoded, but all 256 single bytes are in the table."""
    if chunk in ranks:
        return [ranks[chunk]]
    characters = [character.encode() for character in chunk.decode()]
    pieces = merged_rightly(characters, ranks)
    return [ranks[piece] for piece in pieces]


@mistake("bpe_encode", "a byte's value is used as its id")
def byte_values_as_ids(chunk: bytes, ranks: Ranks) -> list[int]:
    """For a byte that isn't merged you return its value. Llama 3 numbers the bytes in a different
    order: the exclamation mark, byte 33, has rank 0. Look bytes up like every other token."""
    token_of = {rank: token for token, rank in ranks.items()}
    tokens = [token_of[one] for one in bpe_encode(chunk, ranks)]
    return [token[0] if len(token) == 1 else ranks[token] for token in tokens]


@mistake("bpe_encode", "pieces are returned instead of their ids")
def pieces_returned(chunk: bytes, ranks: Ranks) -> list[bytes]:
    """Your pieces are right, but they are still bytes. The model needs their ids, which are their
    ranks."""
    token_of = {rank: token for token, rank in ranks.items()}
    return [token_of[one] for one in bpe_encode(chunk, ranks)]


@mistake("bpe_encode", "an empty chunk is an error")
def empty_chunk_refused(chunk: bytes, ranks: Ranks) -> list[int]:
    """You look for the best pair without asking whether there is one. An empty chunk has no pairs,
    and `min` of nothing is an error. No bytes, no tokens: the result is an empty list."""
    if not chunk:
        return [min(ranks[pair] for pair in pairs_of(single_bytes(chunk)))]
    return bpe_encode(chunk, ranks)
