"""The graded suite of stage 3."""

from grader.suite import grades, require, same_each, shared
from grader.suite.inputs import trained_ranks

WORDS = "the answer another weather questions greater everythings lives seventeen puzzled universal"
BYTES_THAT_ARE_NO_TEXT = [b"\xff\xfe", b"\x80\x00\xff\n", b"\xe8\xaa", b"the \xce \xc3(", b"\xf0\x9f"]


def random_chunks(rng, ranks, count):
    """Bytes and tokens of the table in random order, with many ways to merge them."""
    tokens = list(ranks.args[0])
    return [b"".join(rng.choices(tokens[256:] + tokens[:100], k=rng.randint(2, 7))) for _ in range(count)]


def encode_alike(yours, reference, chunks, ranks):
    calls = [(chunk, ranks) for chunk in chunks]
    same_each(yours.bpe_encode, reference.bpe_encode, calls)


@grades("bpe_encode", points=2)
def test_words_with_tables_of_several_sizes(yours, reference, tiny_weights):
    words = WORDS.split()
    chunks = [prefix + word.encode() for word in words for prefix in (b"", b" ")]
    for n_tokens in (280, 350, 512):
        ranks = trained_ranks(tiny_weights, reference, n_tokens)
        encode_alike(yours, reference, chunks, ranks)


@grades("bpe_encode", points=2)
def test_random_chunks_merge_in_the_order_of_ranks(yours, reference, rng, tiny_weights):
    for n_tokens in (300, 512):
        ranks = trained_ranks(tiny_weights, reference, n_tokens)
        encode_alike(yours, reference, random_chunks(rng, ranks, 40), ranks)


@grades("bpe_encode", points=1)
def test_of_equal_pairs_the_leftmost(yours, reference, rng, tiny_weights):
    ranks = trained_ranks(tiny_weights, reference)
    runs = [b"222", b"\n\n\n", b"2222222", b"\n\n\n\n\n", b"a555b", b" 99999 the", b"the22277"]
    encode_alike(yours, reference, runs + random_chunks(rng, ranks, 10), ranks)
