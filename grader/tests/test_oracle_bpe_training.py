"""Stage 21, compared with the trainer and the encoder of OpenAI's tiktoken."""

import random
from collections import Counter
from importlib import import_module
from itertools import islice, pairwise

import pytest
import tiktoken
from tiktoken._educational import bpe_train

from grader.kata import Kata
from grader.suite.yours_and_reference import Reference
from tiny_weights import corpus

Ranks = dict[bytes, int]
Pair = tuple[bytes, bytes]

LETTERS = ["ab", "aab ", "abc  12", "the ", "é四 '.\n"]
seeds = pytest.mark.parametrize("seed", range(3))


def encoding(ranks: Ranks, pattern: str) -> tiktoken.Encoding:
    return tiktoken.Encoding(
        name="trained", pat_str=pattern, mergeable_ranks=ranks, special_tokens={}
    )


def pairs_left(ranks: Ranks, chunks: list[str], pattern: str) -> Counter[Pair]:
    """Return how often tiktoken leaves two tokens side by side in a chunk."""
    encode = encoding(ranks, pattern)
    pairs: Counter[Pair] = Counter()
    for chunk, count in Counter(chunks).items():
        tokens = [encode.decode_single_token_bytes(one) for one in encode.encode_ordinary(chunk)]
        for pair in pairwise(tokens):
            pairs[pair] += count
    return pairs


def check_each_merge(ranks: Ranks, text: str, vocab_size: int, reference: Reference) -> int:
    """Check that each token joins the pair that occurs most often in what tiktoken makes of the
    text with the tokens before it, and return at how many of them others were as frequent."""
    chunks, anything = reference.split_text(text), r"[\s\S]+"
    ties = 0
    for size in range(256, len(ranks)):
        pairs = pairs_left(dict(islice(ranks.items(), size)), chunks, anything)
        most = [pair for pair in pairs if pairs[pair] == max(pairs.values())]
        ties += len(most) > 1
        assert ranks[b"".join(min(most))] == size
    assert len(ranks) == vocab_size or not pairs_left(ranks, chunks, anything)
    return ties


@seeds
@pytest.mark.parametrize("letters", LETTERS)
def test_each_merge_is_the_most_frequent_pair(
    reference: Reference, seed: int, letters: str
) -> None:
    rng = random.Random(f"{seed} {letters}")
    text = "".join(rng.choices(letters, k=60))
    vocab_size = rng.choice([275, 1000])
    ranks = reference.train_bpe(text, vocab_size)
    assert [*ranks.values()] == [*range(len(ranks))]
    assert len(ranks) <= vocab_size
    assert check_each_merge(ranks, text, vocab_size, reference) > 0


@seeds
def test_openais_own_trainer_where_no_pairs_are_equally_frequent(
    reference: Reference, seed: int
) -> None:
    """It takes another order of single bytes, and of equals the pair that it met first."""
    rng = random.Random(seed)
    lines = corpus.sentences()
    text = "\n\n".join(rng.choices(lines, k=100))
    pattern = reference.constant("PATTERN")
    ranks = reference.train_bpe(text, 280)
    theirs = bpe_train(text, 280, pattern, visualise=None)
    chunks, joined = reference.split_text(text), [*ranks][256:]
    compared = 0
    for size, token, their_token in zip(range(256, 280), joined, [*theirs][256:], strict=True):
        pairs = pairs_left(dict(islice(ranks.items(), size)), chunks, r"[\s\S]+")
        (_, first), (_, second) = pairs.most_common(2)
        if first == second:
            break
        assert token == their_token
        compared += 1
    assert compared >= 5


def test_the_single_bytes_are_in_the_order_of_gpt2(reference: Reference) -> None:
    theirs = import_module("transformers.convert_slow_tokenizer")
    order = list(theirs.bytes_to_unicode())
    assert reference.train_bpe("", 256) == {bytes([byte]): n for n, byte in enumerate(order)}


def test_the_tiny_models_tokenizer(kata: Kata, reference: Reference) -> None:
    path = kata.tiny_weights / "trained" / "tokenizer.model"
    ranks = reference.parse_vocabulary(path.read_bytes())
    assert reference.train_bpe(corpus.text(), len(ranks)) == ranks


def test_a_text_is_encoded_and_decoded(reference: Reference, texts: list[str]) -> None:
    ranks = reference.train_bpe("".join(texts)[:4000], 500)
    trained = encoding(ranks, reference.constant("PATTERN"))
    for text in texts[:300]:
        tokens = trained.encode_ordinary(text)
        assert trained.decode(tokens) == text
        assert tokens == [
            token
            for chunk in reference.split_text(text)
            for token in reference.bpe_encode(chunk.encode(), ranks)
        ]
