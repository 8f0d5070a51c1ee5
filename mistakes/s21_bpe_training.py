"""The ways that stage 21 goes wrong."""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain, pairwise
from typing import Any

import regex

from grader.diagnosis import mistake, worked_out
from solutions.s02_regex_split import PATTERN, split_text
from solutions.s21_bpe_training import train_bpe

Pair = tuple[bytes, bytes]
Pairs = Counter[Pair]
Pieces = list[bytes]
Ranks = dict[bytes, int]

PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]


def and_the_others(first: list[int]) -> list[int]:
    """Return these bytes and then all others."""
    return first + [byte for byte in range(256) if byte not in first]


ORDER = and_the_others(PRINTABLE)


def single_bytes(chunk: str) -> Pieces:
    return [bytes([byte]) for byte in chunk.encode()]


def pairs_in(chunks: list[Pieces]) -> Pairs:
    return Counter(chain.from_iterable(map(pairwise, chunks)))


def most_frequent(pairs: Pairs, ranks: Ranks) -> Pair:
    return min(pairs, key=lambda pair: (-pairs[pair], pair))


def merged(pieces: Pieces, pair: Pair) -> Pieces:
    """Merge a pair wherever it occurs, from left to right."""
    done: Pieces = []
    for piece in pieces:
        if (*done[-1:], piece) == pair:
            done[-1] += piece
        else:
            done.append(piece)
    return done


def merged_once(pieces: Pieces, pair: Pair) -> Pieces:
    """Merge a pair only where it occurs first."""
    for at, found in enumerate(pairwise(pieces)):
        if found == pair:
            return [*pieces[:at], b"".join(pair), *pieces[at + 2 :]]
    return pieces


@worked_out("train_bpe")
def trained_with(
    text: str,
    vocab_size: int,
    *,
    order: list[int] = ORDER,
    cut: Callable[[str], Iterable[str]] = split_text,
    pieces_of: Callable[[str], Pieces] = single_bytes,
    count: Callable[[list[Pieces]], Pairs] = pairs_in,
    choose: Callable[[Pairs, Ranks], Pair] = most_frequent,
    merge: Callable[[Pieces, Pair], Pieces] = merged,
    enter: Callable[[Ranks, bytes], Any] = lambda ranks, token: ranks.setdefault(token, len(ranks)),
) -> Ranks:
    """Do what the reference does, except for the steps passed by name."""
    ranks = {bytes([byte]): rank for rank, byte in enumerate(order)}
    chunks = [pieces_of(chunk) for chunk in cut(text)]
    while len(ranks) < vocab_size and (pairs := count(chunks)):
        pair = choose(pairs, ranks)
        enter(ranks, b"".join(pair))
        chunks = [merge(pieces, pair) for pieces in chunks]
    return ranks


def entered_again(ranks: Ranks, token: bytes) -> None:
    """Give a token the next rank even if it has one."""
    ranks[token] = len(ranks)


def lowest_by(key: Callable[[Pair, Ranks], Any]) -> Callable[[Pairs, Ranks], Pair]:
    """Return a choice of the most frequent pair where `key` decides between equals; of those that
    are equal in that, too, it chooses the one that was met first."""
    return lambda pairs, ranks: min(pairs, key=lambda pair: (-pairs[pair], key(pair, ranks)))


@mistake("train_bpe", "the single bytes are in plain order")
def bytes_in_plain_order(text: str, vocab_size: int) -> Ranks:
    """Your single bytes have their own values as ranks, from 0 to 255. Llama 3 adopted GPT-2's
    order, in which the printable bytes come first: `!` has rank 0, and the space has rank 220."""
    return trained_with(text, vocab_size, order=list(range(256)))


@mistake("train_bpe", "only the ASCII part of the printable bytes comes first")
def printable_ascii_first(text: str, vocab_size: int) -> Ranks:
    """You put 0x21 to 0x7E first and then all other bytes. Two more ranges belong to the first
    group: the printable characters of Latin-1."""
    return trained_with(text, vocab_size, order=and_the_others(PRINTABLE[:94]))


@mistake("train_bpe", "the space counts as printable")
def space_first(text: str, vocab_size: int) -> Ranks:
    """Your byte order begins with the space, 0x20, so nearly all ranks of single bytes are one too
    high. The printable bytes begin with `!`, 0x21."""
    return trained_with(text, vocab_size, order=and_the_others([0x20, *PRINTABLE]))


@mistake("train_bpe", "the byte 0xAD is in the first group")
def soft_hyphen_included(text: str, vocab_size: int) -> Ranks:
    """Your first group, the printable bytes, has everything from 0xA1 to 0xFF. In Latin-1, 0xAD is
    a hyphen that is usually invisible, so it belongs to the second group."""
    first = [*range(0x21, 0x7F), *range(0xA1, 0x100)]
    return trained_with(text, vocab_size, order=and_the_others(first))


@mistake("train_bpe", "the last byte of each range is left out")
def range_ends_left_out(text: str, vocab_size: int) -> Ranks:
    """Your first group, the printable bytes, lacks 0x7E, 0xAC and 0xFF. Python's `range` stops
    before its end."""
    first = [*range(0x21, 0x7E), *range(0xA1, 0xAC), *range(0xAE, 0xFF)]
    return trained_with(text, vocab_size, order=and_the_others(first))


@mistake("train_bpe", "only bytes of the text are in the table")
def bytes_of_the_text(text: str, vocab_size: int) -> Ranks:
    """Your table has only those single bytes that occur in the text. A tokenizer must be able to
    encode any text, so it needs all 256 bytes, whatever text it was trained on."""
    met = [byte for byte in ORDER if byte in text.encode()]
    return trained_with(text, vocab_size - 256 + len(met), order=met)


@mistake("train_bpe", "tokens are made of characters, not bytes")
def characters_not_bytes(text: str, vocab_size: int) -> Ranks:
    """You merge characters. For English text, that makes no difference. But in UTF-8, a character
    may take up to four bytes, and training begins with single bytes, even those that are only part
    of a character."""
    return trained_with(text, vocab_size, pieces_of=lambda chunk: [c.encode() for c in chunk])


@mistake("train_bpe", "the single bytes are missing")
def only_merges(text: str, vocab_size: int) -> Ranks:
    """Your table has the merged tokens but not the 256 single bytes. They are the first tokens:
    everything that no merge covers is encoded with them."""
    return {token: rank for token, rank in train_bpe(text, vocab_size).items() if rank > 255}


@mistake("train_bpe", "no pair is merged")
def only_bytes(text: str, vocab_size: int) -> Ranks:
    """You return the 256 single bytes and nothing else. If your loop looks right, check whether it
    ever starts: how many tokens are there before the first merge?"""
    return train_bpe(text, 256)


@mistake("train_bpe", "the ranks begin at 1")
def ranks_from_one(text: str, vocab_size: int) -> Ranks:
    """All your ranks are one too high. A rank is also a token's id, and ids begin at 0."""
    return {token: rank + 1 for token, rank in train_bpe(text, vocab_size).items()}


@mistake("train_bpe", "the merged tokens' ranks begin at 257")
def merges_from_257(text: str, vocab_size: int) -> Ranks:
    """The ranks of your merged tokens are one too high, so that no token has rank 256. Do you
    increase your count of tokens before you use it as the rank?"""
    ranks = train_bpe(text, vocab_size)
    return {token: rank + (rank > 255) for token, rank in ranks.items()}


@mistake("train_bpe", "the table maps ranks to tokens")
def inverted(text: str, vocab_size: int) -> dict[int, bytes]:
    """You return a dict from ranks to tokens. Encoding looks up the rank of a token, as in stage 1:
    the tokens should be the keys."""
    return {rank: token for token, rank in train_bpe(text, vocab_size).items()}


@mistake("train_bpe", "the tokens are text, not bytes")
def text_as_keys(text: str, vocab_size: int) -> dict[str, int]:
    """Your tokens are of type `str`. A token may be half a character, which isn't text: keep the
    bytes."""
    ranks = train_bpe(text, vocab_size)
    return {token.decode("latin-1"): rank for token, rank in ranks.items()}


@mistake("train_bpe", "tokens are spelled with GPT-2's replacement characters")
def replacement_characters(text: str, vocab_size: int) -> Ranks:
    """Your tokens don't have the bytes of the text: a space has become `Ġ`, for example. GPT-2's
    files spell unprintable bytes that way. Llama 3 adopted only GPT-2's order of the bytes."""
    shown = {byte: byte if rank < 188 else 256 + rank - 188 for rank, byte in enumerate(ORDER)}
    ranks = train_bpe(text, vocab_size)
    return {"".join(chr(shown[b]) for b in token).encode(): rank for token, rank in ranks.items()}


@mistake("train_bpe", "vocab_size counts the merges alone")
def vocab_size_more(text: str, vocab_size: int) -> Ranks:
    """You make `vocab_size` merges, so the table ends up with 256 tokens too many. The single bytes
    are part of the vocabulary."""
    return train_bpe(text, 256 + vocab_size)


@mistake("train_bpe", "room is left for the special tokens")
def room_for_special_tokens(text: str, vocab_size: int) -> Ranks:
    """You stop 256 tokens early, as if the special tokens were part of `vocab_size`. Stage 4 adds
    them later, after the last ordinary token."""
    return train_bpe(text, max(256, vocab_size - 256))


@mistake("train_bpe", "training stops one token early")
def one_too_few(text: str, vocab_size: int) -> Ranks:
    """Your table has one token fewer than `vocab_size`. Go on until it has exactly that many."""
    return train_bpe(text, vocab_size - 1)


@mistake("train_bpe", "training stops one token late")
def one_too_many(text: str, vocab_size: int) -> Ranks:
    """Your table has one token more than `vocab_size`. Check the size before each merge, not
    after it."""
    return train_bpe(text, vocab_size + 1)


@mistake("train_bpe", "pairs that occur once are not merged")
def twice_at_least(text: str, vocab_size: int) -> Ranks:
    """You stop when no pair occurs more than once. Many trainers do that, and for good reason, but
    yours should go on until there are `vocab_size` tokens or no pair is left."""

    def frequent(chunks: list[Pieces]) -> Pairs:
        return Counter({pair: n for pair, n in pairs_in(chunks).items() if n > 1})

    return trained_with(text, vocab_size, count=frequent)


@mistake("train_bpe", "the text is not cut into chunks")
def one_chunk(text: str, vocab_size: int) -> Ranks:
    """You count pairs in the text as a whole, so merges cross word boundaries and make tokens such
    as `e t`. Cut the text first, with stage 2: pairs count only inside a chunk."""
    return trained_with(text, vocab_size, cut=lambda text: [text])


@mistake("train_bpe", "pairs across two chunks are counted")
def counted_across_chunks(text: str, vocab_size: int) -> Ranks:
    """You count the last piece of a chunk and the first piece of the next chunk as a pair. You
    never merge the two, and encoding doesn't merge them either. Count each chunk by itself."""
    ranks, chunks = train_bpe("", 256), [single_bytes(chunk) for chunk in split_text(text)]
    while len(ranks) < vocab_size:
        pairs = pairs_in([[*chain.from_iterable(chunks)]])
        new = Counter({pair: n for pair, n in pairs.items() if b"".join(pair) not in ranks})
        if not new:
            break
        pair = most_frequent(new, ranks)
        ranks[b"".join(pair)] = len(ranks)
        chunks = [merged(pieces, pair) for pieces in chunks]
    return ranks


@mistake("train_bpe", "the text is cut at spaces, which get lost")
def cut_at_spaces(text: str, vocab_size: int) -> Ranks:
    """You cut the text with `str.split`, which throws away the spaces. In Llama 3's pieces, a word
    keeps the space before it, so ` the` should be a token. Use stage 2."""
    return trained_with(text, vocab_size, cut=str.split)


@mistake("train_bpe", "the spaces at the ends of chunks get lost")
def chunks_stripped(text: str, vocab_size: int) -> Ranks:
    """You strip the chunks, so the space before a word is lost. In Llama 3's pieces, a word keeps
    that space: ` the` should be a token. Use the chunks of stage 2 unchanged."""
    return trained_with(
        text, vocab_size, cut=lambda text: [chunk.strip() for chunk in split_text(text)]
    )


@mistake("train_bpe", "the text is cut as for GPT-2")
def as_gpt2_cuts(text: str, vocab_size: int) -> Ranks:
    """You cut the text with another pattern, such as GPT-2's. Llama 3's pattern treats numbers,
    line breaks and capital letters after an apostrophe in its own way. Use stage 2."""
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    return trained_with(text, vocab_size, cut=lambda text: regex.findall(pattern, text))


@mistake("train_bpe", "numbers are not cut after three digits")
def long_numbers(text: str, vocab_size: int) -> Ranks:
    """You keep the digits of a number together, however long it is. In Llama 3 a chunk has three
    digits at most. Use stage 2 unchanged."""
    longer = PATTERN.replace(r"\p{N}{1,3}", r"\p{N}+")
    return trained_with(text, vocab_size, cut=lambda text: regex.findall(longer, text))


@mistake("train_bpe", "every chunk counts once")
def chunks_once(text: str, vocab_size: int) -> Ranks:
    """You count each different chunk once, for example because you put the chunks into a set. A
    word that occurs a hundred times should weigh a hundred times as much."""
    return trained_with(text, vocab_size, cut=lambda text: dict.fromkeys(split_text(text)))


@mistake("train_bpe", "a pair counts once per chunk")
def once_per_chunk(text: str, vocab_size: int) -> Ranks:
    """You count the chunks in which a pair occurs. In a chunk like ` banana`, the pair `a`, `n`
    occurs twice, so it should count twice."""
    return trained_with(
        text, vocab_size, count=lambda chunks: Counter(p for c in chunks for p in set(pairwise(c)))
    )


@mistake("train_bpe", "a pair's count is that of the last chunk that has it")
def counts_overwritten(text: str, vocab_size: int) -> Ranks:
    """You set a pair's count for each chunk instead of adding to it, so only the last chunk with
    that pair counts. Counts of all chunks, and of all places in a chunk, belong together. Did you
    write `=` for `+=`?"""

    def count(chunks: list[Pieces]) -> Pairs:
        pairs: Pairs = Counter()
        for pieces, times in Counter(map(tuple, chunks)).items():
            for pair in pairwise(pieces):
                pairs[pair] = times
        return pairs

    return trained_with(text, vocab_size, count=count)


@mistake("train_bpe", "overlapping pairs are not counted")
def overlaps_not_counted(text: str, vocab_size: int) -> Ranks:
    """In `aaa` you count one pair, because only one can be merged. Every position where a pair
    occurs counts, so you should count two pairs, as other trainers do."""

    def apart(chunks: list[Pieces]) -> Pairs:
        pairs: Pairs = Counter()
        for pieces in chunks:
            for pair in set(pairwise(pieces)):
                pairs[pair] += len(pieces) - len(merged(pieces, pair))
        return pairs

    return trained_with(text, vocab_size, count=apart)


@mistake("train_bpe", "the last pair of a chunk is not counted")
def last_pair_not_counted(text: str, vocab_size: int) -> Ranks:
    """You never count the last pair of a chunk, so the ends of words merge too late or never. A
    chunk of n pieces has n - 1 pairs."""
    return trained_with(text, vocab_size, count=lambda chunks: pairs_in([c[:-1] for c in chunks]))


@mistake("train_bpe", "only every second pair is counted")
def every_second_pair(text: str, vocab_size: int) -> Ranks:
    """You advance by two pieces after each pair, so in `t`, `h`, `e`, `n` you count `th` and `en`
    but not `he`. Every piece except the last makes a pair with its right neighbor. By how much
    should your index grow?"""

    def apart(chunks: list[Pieces]) -> Pairs:
        return Counter(pair for c in chunks for pair in zip(c[::2], c[1::2], strict=False))

    return trained_with(text, vocab_size, count=apart)


@mistake("train_bpe", "pairs of long chunks count more")
def weighted_by_length(text: str, vocab_size: int) -> Ranks:
    """For each pair, you add the number of pieces in its chunk to the count, so pairs in long words
    win. A pair should count once at every position where it occurs. Are you adding a chunk's length
    instead of the number of times the chunk occurs?"""

    def weighted(chunks: list[Pieces]) -> Pairs:
        pairs: Pairs = Counter()
        for pieces in chunks:
            for pair in pairwise(pieces):
                pairs[pair] += len(pieces)
        return pairs

    return trained_with(text, vocab_size, count=weighted)


def and_then(text: str, vocab_size: int, choose: Callable[[Pairs], Any]) -> Ranks:
    """Train as long as there are pairs, and if more tokens are wanted, choose from none."""
    ranks = train_bpe(text, vocab_size)
    if len(ranks) < vocab_size:
        choose(Counter())
    return ranks


@mistake("train_bpe", "training goes on when no pair is left")
def min_of_nothing(text: str, vocab_size: int) -> Ranks:
    """You take the minimum of the pairs even when none is left. If every chunk has become a single
    piece, there is nothing to merge, however large `vocab_size` is. Training should end then."""
    return and_then(text, vocab_size, min)


@mistake("train_bpe", "the maximum is taken when no pair is left")
def max_of_nothing(text: str, vocab_size: int) -> Ranks:
    """You call `max` even when there are no counts. A short text runs out of pairs before the table
    has `vocab_size` tokens, and then training is over. Check that something was counted."""
    return and_then(text, vocab_size, max)


@mistake("train_bpe", "the most common pair is asked for when no pair is left")
def first_of_nothing(text: str, vocab_size: int) -> Ranks:
    """You take the first pair of a list that may be empty, such as the one from `most_common`. When
    all chunks are single pieces, no pair is left, and the table stays as small as it is."""
    return and_then(text, vocab_size, lambda pairs: pairs.most_common(1)[0])


@mistake("train_bpe", "pairs are counted only once, before the first merge")
def counted_at_the_start(text: str, vocab_size: int) -> Ranks:
    """You count the pairs of the text once and take the most frequent pairs from that list, so no
    token has more than two bytes. Every merge makes new pairs: count again after each merge."""
    pairs = pairs_in([single_bytes(chunk) for chunk in split_text(text)])
    ranks = train_bpe("", 256)
    for pair in sorted(pairs, key=lambda pair: (-pairs[pair], pair))[: vocab_size - 256]:
        ranks[b"".join(pair)] = len(ranks)
    return ranks


@mistake("train_bpe", "the rarest pair is merged")
def rarest(text: str, vocab_size: int) -> Ranks:
    """You merge the pair that occurs least often. Frequent pairs make the useful tokens: they turn
    up in every text."""
    return trained_with(
        text, vocab_size, choose=lambda pairs, ranks: min(pairs, key=lambda p: (pairs[p], p))
    )


@mistake("train_bpe", "of equally frequent pairs, the highest is merged")
def ties_highest(text: str, vocab_size: int) -> Ranks:
    """Where pairs are equally frequent, you take the highest pair. It should be the lowest. `max`
    on (count, pair) prefers the high count, but also the high pair."""
    return trained_with(
        text, vocab_size, choose=lambda pairs, ranks: max(pairs, key=lambda p: (pairs[p], p))
    )


@mistake("train_bpe", "of equally frequent pairs, the one met first is merged")
def ties_first_met(text: str, vocab_size: int) -> Ranks:
    """Where pairs are equally frequent, you take the one that occurs first in the text. That's what
    `max` and `most_common` do with a `Counter`. Compare the pairs themselves: the lowest wins."""
    return trained_with(text, vocab_size, choose=lowest_by(lambda pair, ranks: 0))


@mistake("train_bpe", "of equally frequent pairs, the one met last is merged")
def ties_last_met(text: str, vocab_size: int) -> Ranks:
    """Where pairs are equally frequent, you take the one that was met last, as `>=` does in a
    search for the highest count. Compare the pairs themselves: the lowest wins."""
    return trained_with(
        text,
        vocab_size,
        choose=lambda pairs, ranks: max(reversed([*pairs]), key=lambda pair: pairs[pair]),
    )


@mistake("train_bpe", "equally frequent pairs are compared by their ranks")
def ties_by_rank(text: str, vocab_size: int) -> Ranks:
    """Where pairs are equally frequent, you compare the ranks of their parts. Many trainers do, but
    here the bytes of the parts are compared. As a byte, a space comes before `a`."""
    return trained_with(
        text,
        vocab_size,
        choose=lowest_by(lambda pair, ranks: [ranks[part] for part in pair]),
    )


@mistake("train_bpe", "equally frequent pairs are compared by the token they make")
def ties_by_token(text: str, vocab_size: int) -> Ranks:
    """You count or compare the joined bytes of pairs. That doesn't change the counts, but equally
    frequent pairs should be compared as tuples, (left, right): (`a`, `z`) comes before (`ab`,
    `c`)."""
    return trained_with(text, vocab_size, choose=lowest_by(lambda pair, ranks: b"".join(pair)))


@mistake("train_bpe", "equally frequent pairs are compared by their right parts first")
def ties_by_right_part(text: str, vocab_size: int) -> Ranks:
    """Where pairs are equally frequent, you compare the right parts before the left ones. Pairs
    should be compared as tuples, (left, right), so the left part decides first."""
    return trained_with(text, vocab_size, choose=lowest_by(lambda pair, ranks: pair[::-1]))


@mistake("train_bpe", "of equally frequent pairs, the shortest is merged")
def ties_shortest(text: str, vocab_size: int) -> Ranks:
    """Where pairs are equally frequent, you take the one that makes the shortest token. Length
    doesn't matter here: compare the pairs as tuples, (left, right), and take the lowest."""
    return trained_with(
        text, vocab_size, choose=lowest_by(lambda pair, ranks: (len(b"".join(pair)), pair))
    )


@mistake("train_bpe", "every pair with the highest count is merged before counting again")
def several_at_once(text: str, vocab_size: int) -> Ranks:
    """You merge all pairs with the highest count before you count again. The first of these merges
    may already have changed the other counts. Count again after each merge."""
    ranks, chunks = train_bpe("", 256), [single_bytes(chunk) for chunk in split_text(text)]
    while len(ranks) < vocab_size and (pairs := pairs_in(chunks)):
        most = max(pairs.values())
        for pair in sorted(pair for pair in pairs if pairs[pair] == most):
            if len(ranks) < vocab_size:
                ranks.setdefault(b"".join(pair), len(ranks))
                chunks = [merged(pieces, pair) for pieces in chunks]
    return ranks


@mistake("train_bpe", "only the first occurrence in a chunk is merged")
def first_occurrence_only(text: str, vocab_size: int) -> Ranks:
    """In each chunk, you merge a pair only where it occurs first. Its other occurrences stay in two
    parts and are counted again, but they make no new token. Go through the whole chunk."""

    return trained_with(text, vocab_size, merge=merged_once)


@mistake(
    "train_bpe",
    "only the first occurrence in a chunk is merged, and the token gets a second rank",
)
def first_occurrence_ranked_again(text: str, vocab_size: int) -> Ranks:
    """In each chunk, you merge a pair only where it occurs first. Its other occurrences are counted
    again, and the same token gets a new rank. The table then has no token for the old rank. Go
    through the whole chunk."""
    return trained_with(text, vocab_size, merge=merged_once, enter=entered_again)


@mistake("train_bpe", "the right part stays after a merge")
def right_part_stays(text: str, vocab_size: int) -> Ranks:
    """After a merge you go on with the right part, which is already in the new token. So `t`, `h`,
    `e` becomes `th`, `h`, `e`. How many pieces does a merge use up?"""

    def keeping(pieces: Pieces, pair: Pair) -> Pieces:
        neighbors = zip(pieces, [*pieces[1:], None], strict=True)
        return [left + pair[1] if (left, right) == pair else left for left, right in neighbors]

    return trained_with(text, vocab_size, merge=keeping, enter=entered_again)


@mistake("train_bpe", "merging goes from right to left")
def from_right_to_left(text: str, vocab_size: int) -> Ranks:
    """You merge from the end of a chunk, so `aaa` becomes `a`, `aa`. It should become `aa`, `a`.
    This matters only for pairs of equal parts, because other pairs never overlap."""

    def backward(pieces: Pieces, pair: Pair) -> Pieces:
        turned = merged([p[::-1] for p in reversed(pieces)], (pair[1][::-1], pair[0][::-1]))
        return [piece[::-1] for piece in reversed(turned)]

    return trained_with(text, vocab_size, merge=backward)


@mistake("train_bpe", "the two parts are joined in the wrong order")
def joined_backward(text: str, vocab_size: int) -> Ranks:
    """You put the right part in front of the left one, so your tokens may not occur in the text at
    all. Keep the order."""
    ranks, chunks = train_bpe("", 256), [single_bytes(chunk) for chunk in split_text(text)]
    while len(ranks) < vocab_size and (pairs := pairs_in(chunks)):
        left, right = most_frequent(pairs, ranks)
        ranks.setdefault(right + left, len(ranks))
        done = [merged(pieces, (left, right)) for pieces in chunks]
        chunks = [[right + left if one == left + right else one for one in c] for c in done]
    return ranks


@mistake("train_bpe", "the last piece of a chunk gets lost")
def last_piece_lost(text: str, vocab_size: int) -> Ranks:
    """When you merge, you drop the last piece of a chunk unless it is part of a merge. In every
    round, such a chunk loses another piece. A loop over pairs has to add the piece that is left
    over."""

    def dropping(pieces: Pieces, pair: Pair) -> Pieces:
        done: Pieces = []
        at = 0
        while at < len(pieces) - 1:
            found = (*pieces[at : at + 2],) == pair
            done.append(b"".join(pair) if found else pieces[at])
            at += 1 + found
        return done

    return trained_with(text, vocab_size, merge=dropping, enter=entered_again)


@mistake("train_bpe", "parts of longer tokens are merged as well")
def replaced_in_text(text: str, vocab_size: int) -> Ranks:
    """You join the pieces with spaces and replace the pair in that text. Then `a n` is also found
    at the end of `ba n`, where the left part is `ba`. Compare whole pieces."""

    def replaced(pieces: Pieces, pair: Pair) -> Pieces:
        shown = " ".join(piece.hex() for piece in pieces)
        shown = shown.replace(" ".join(part.hex() for part in pair), b"".join(pair).hex())
        return [bytes.fromhex(piece) for piece in shown.split()]

    return trained_with(text, vocab_size, merge=replaced)
