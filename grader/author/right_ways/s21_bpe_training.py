"""Other right ways to write stage 21."""

import re
from collections import Counter, defaultdict
from itertools import pairwise

import tiktoken

from grader.author.right_ways import right_way
from solutions.s02_regex_split import PATTERN, split_text

Ranks = dict[bytes, int]
Pair = tuple[bytes, bytes]


def first_ranks() -> Ranks:
    """Sort the bytes: those that are printable in Latin-1 and no spaces first."""

    def second_group(byte: int) -> bool:
        return not chr(byte).isprintable() or byte == 0x20

    order = sorted(range(256), key=lambda byte: (second_group(byte), byte))
    return {bytes([byte]): rank for rank, byte in enumerate(order)}


@right_way("train_bpe")
def as_tiktoken_does(text: str, vocab_size: int) -> Ranks:
    """Every chunk by itself, in lists, counted from scratch."""
    ranks = first_ranks()
    words = [[bytes([byte]) for byte in word.encode()] for word in split_text(text)]
    while len(ranks) < vocab_size:
        counts: Counter[Pair] = Counter()
        for word in words:
            counts.update(zip(word[:-1], word[1:], strict=True))
        if not counts:
            break
        best = sorted(counts, key=lambda pair: (-counts[pair], pair[0], pair[1]))[0]
        ranks[best[0] + best[1]] = len(ranks)
        new_words = []
        for word in words:
            new_word, i = [], 0
            while i < len(word):
                if i + 1 < len(word) and (word[i], word[i + 1]) == best:
                    new_word.append(word[i] + word[i + 1])
                    i += 2
                else:
                    new_word.append(word[i])
                    i += 1
            new_words.append(new_word)
        words = new_words
    return ranks


@right_way("train_bpe")
def on_ids_as_minbpe_does(text: str, vocab_size: int) -> Ranks:
    """Ids instead of bytes; the vocabulary tells what an id stands for."""
    ranks = first_ranks()
    vocabulary = {rank: token for token, rank in ranks.items()}
    ids = [[ranks[bytes([byte])] for byte in chunk.encode("utf-8")] for chunk in split_text(text)]
    for new in range(256, vocab_size):
        stats: dict[tuple[int, int], int] = {}
        for chunk in ids:
            for pair in zip(chunk, chunk[1:], strict=False):
                stats[pair] = stats.get(pair, 0) + 1
        if not stats:
            break
        best = min(stats, key=lambda p: (-stats[p], vocabulary[p[0]], vocabulary[p[1]]))
        vocabulary[new] = vocabulary[best[0]] + vocabulary[best[1]]
        for chunk in ids:
            place = 0
            while place < len(chunk) - 1:
                if (chunk[place], chunk[place + 1]) == best:
                    chunk[place : place + 2] = [new]
                place += 1
    return {token: rank for rank, token in vocabulary.items()}


@right_way("train_bpe")
def counts_kept_up_to_date(text: str, vocab_size: int) -> Ranks:
    """Only the chunks in which a pair occurs are counted again, as fast trainers do."""
    ranks = first_ranks()
    words = [(list(map(bytes, zip(w.encode(), strict=True))), n) for w, n in count_of(text).items()]
    counts: Counter[Pair] = Counter()
    where: defaultdict[Pair, set[int]] = defaultdict(set)

    def count(number: int, sign: int) -> None:
        pieces, times = words[number]
        for pair in pairwise(pieces):
            counts[pair] += sign * times
            where[pair].add(number)

    for number in range(len(words)):
        count(number, 1)
    while len(ranks) < vocab_size:
        most = max(counts.values(), default=0)
        if most == 0:
            break
        left, right = min(pair for pair, times in counts.items() if times == most)
        ranks[left + right] = len(ranks)
        for number in where.pop((left, right)):
            count(number, -1)
            pieces = words[number][0]
            for place in range(len(pieces) - 1):
                if pieces[place : place + 2] == [left, right]:
                    pieces[place : place + 2] = [left + right]
            count(number, 1)
    return ranks


def count_of(text: str) -> dict[str, int]:
    counts: defaultdict[str, int] = defaultdict(int)
    for chunk in split_text(text):
        counts[chunk] += 1
    return counts


@right_way("train_bpe")
def borders_in_each_chunk(text: str, vocab_size: int) -> Ranks:
    """A chunk stays whole, with the places where its pieces begin and end."""
    ranks = first_ranks()
    chunks = [chunk.encode() for chunk in split_text(text)]
    borders = [list(range(len(chunk) + 1)) for chunk in chunks]
    while len(ranks) < vocab_size:
        counts: Counter[Pair] = Counter()
        for chunk, ends in zip(chunks, borders, strict=True):
            for a, b, c in zip(ends, ends[1:], ends[2:], strict=False):
                counts[chunk[a:b], chunk[b:c]] += 1
        if len(counts) == 0:
            return ranks
        highest = max(counts.values())
        best = min(pair for pair in counts if counts[pair] == highest)
        ranks[best[0] + best[1]] = len(ranks)
        for chunk, ends in zip(chunks, borders, strict=True):
            place = 1
            while place < len(ends) - 1:
                a, b, c = ends[place - 1 : place + 2]
                if (chunk[a:b], chunk[b:c]) == best:
                    del ends[place]
                place += 1
    return ranks


@right_way("train_bpe")
def by_pattern_on_text(text: str, vocab_size: int) -> Ranks:
    """As in the paper: pieces with spaces in between, and a pattern that finds whole pieces."""
    ranks = first_ranks()
    words = Counter(" ".join(f"{byte:02x}" for byte in w.encode()) for w in split_text(text))
    for _ in range(vocab_size - 256):
        pairs: Counter[tuple[str, str]] = Counter()
        for word, count in words.items():
            symbols = word.split()
            for i in range(len(symbols) - 1):
                pairs[symbols[i], symbols[i + 1]] += count
        if not pairs:
            break
        ordered = sorted(pairs, key=lambda pair: [bytes.fromhex(part) for part in pair])
        best = [bytes.fromhex(part) for part in max(ordered, key=lambda pair: pairs[pair])]
        ranks[b"".join(best)] = len(ranks)
        shown = r"\ ".join(part.hex() for part in best)
        pattern = re.compile(rf"(?<!\S){shown}(?!\S)")
        words = Counter({pattern.sub(b"".join(best).hex(), w): n for w, n in words.items()})
    return ranks


@right_way("train_bpe")
def encoded_anew_each_time(text: str, vocab_size: int) -> Ranks:
    """tiktoken encodes every chunk with the table so far."""
    ranks = first_ranks()
    chunks = [chunk.encode() for chunk in split_text(text)]
    while len(ranks) < vocab_size:
        encoding = tiktoken.Encoding(
            name="so far", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={}
        )
        pairs = Counter(
            pair for c in chunks if c for pair in pairwise(encoding._encode_single_piece(c))
        )
        if not pairs:
            break
        spelled = encoding.decode_single_token_bytes
        named = {(spelled(a), spelled(b)): n for (a, b), n in pairs.items()}
        left, right = min(named, key=lambda pair: (-named[pair], pair))
        ranks = {**ranks, left + right: len(ranks)}
    return ranks


@right_way("train_bpe")
def a_token_twice_takes_no_slot(text: str, vocab_size: int) -> Ranks:
    """A list of tokens that are looked up before they are added, with tuples for the chunks."""
    tokens = list(first_ranks())
    chunks: dict[tuple[bytes, ...], int] = {}
    for chunk in split_text(text):
        key = tuple(bytes([byte]) for byte in chunk.encode())
        chunks[key] = chunks.get(key, 0) + 1
    while len(tokens) < vocab_size:
        pairs: dict[Pair, int] = {}
        for key, count in chunks.items():
            for place in range(1, len(key)):
                pair = key[place - 1], key[place]
                pairs[pair] = pairs.get(pair, 0) + count
        try:
            pair = max(sorted(pairs), key=pairs.__getitem__)
        except ValueError:
            break
        if pair[0] + pair[1] not in tokens:
            tokens.append(pair[0] + pair[1])
        chunks = {merged(key, pair): count for key, count in chunks.items()}
    return {token: tokens.index(token) for token in tokens}


def merged(key: tuple[bytes, ...], pair: Pair) -> tuple[bytes, ...]:
    if len(key) < 2:
        return key
    if key[:2] == pair:
        return (pair[0] + pair[1], *merged(key[2:], pair))
    return (key[0], *merged(key[1:], pair))
