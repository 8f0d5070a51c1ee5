"""The graded suite of stage 3."""

from grader.suite import grades, require, same, same_each, shared
from grader.suite.inputs import trained_ranks

WORDS = (
    b"the answer another weather questions greater everythings lives seventeen puzzled universal"
)
NO_TEXT = [b"\xff\xfe", b"\x80\x00\xff\n", b"\xe8\xaa", b"the \xce \xc3(answer", b"\xf0\x9fth"]


def encode_alike(yours, reference, chunks, ranks):
    calls = [(chunk, ranks) for chunk in chunks]
    same_each(yours.bpe_encode, reference.bpe_encode, calls)


def random_chunks(rng, ranks, count):
    """Tokens and bytes of the table in random order: there are many ways to merge them."""
    tokens = list(ranks.args[0])
    return [b"".join(rng.choices(tokens[64:], k=rng.randint(2, 7))) for _ in range(count)]


@grades("bpe_encode", points=2)
def test_words_with_tables_of_several_sizes(yours, reference, tiny_weights):
    chunks = [space + word for word in WORDS.split() for space in (b"", b" ")]
    for n_tokens in (512, 350, 280):
        encode_alike(yours, reference, chunks, trained_ranks(tiny_weights, reference, n_tokens))


@grades("bpe_encode", points=2)
def test_the_pair_of_lowest_rank_comes_first(yours, reference, rng, tiny_weights):
    for n_tokens in (512, 300):
        ranks = trained_ranks(tiny_weights, reference, n_tokens)
        encode_alike(yours, reference, random_chunks(rng, ranks, 40), ranks)


@grades("bpe_encode", points=1)
def test_of_equal_pairs_the_leftmost_comes_first(yours, reference, rng, tiny_weights):
    ranks = trained_ranks(tiny_weights, reference)
    runs = [b"222", b"\n\n\n", b"2222222", b"\n\n\n\n\n", b"a555b", b" 99999 the", b"the22277"]
    encode_alike(yours, reference, runs + random_chunks(rng, ranks, 10), ranks)


@grades("bpe_encode", points=1)
def test_a_chunk_that_stands_in_the_ranks_whole(yours, reference, tiny_weights):
    table = dict(trained_ranks(tiny_weights, reference).args[0])
    added = [
        b" questionable",
        b"weathering",
        " Vi\u1ec7t".encode(),
        b" unanswered",
        b"\xff\xfe\xff",
    ]
    for word in added:  # as Llama 3's vocabulary has words that no merging makes
        table[word] = len(table)
    longer = [word + b"s" for word in added] + [b"_" + word for word in added]
    encode_alike(yours, reference, added + longer, shared(table))


@grades("bpe_encode", points=1)
def test_bytes_that_are_no_text(yours, reference, rng, tiny_weights):
    ranks = trained_ranks(tiny_weights, reference)
    single_bytes = [bytes([byte]) for byte in range(256)]
    random_bytes = [rng.randbytes(rng.randint(2, 9)) + b" the" for _ in range(10)]
    encode_alike(yours, reference, NO_TEXT + random_bytes + single_bytes, ranks)


@grades("bpe_encode")
def test_an_empty_chunk_has_no_tokens(yours, reference, tiny_weights):
    same(yours.bpe_encode, reference.bpe_encode, b"", trained_ranks(tiny_weights, reference))


@grades("bpe_encode")
def test_without_merges_every_byte_is_a_token(yours, reference, tiny_weights):
    ranks = trained_ranks(tiny_weights, reference, 256)
    encode_alike(yours, reference, [b"the answer is 42", "四十二".encode()], ranks)


@grades("bpe_encode")
def test_the_tokens_joined_are_the_chunk(yours, reference, rng, tiny_weights):
    ranks = trained_ranks(tiny_weights, reference)
    token_of = {rank: token for token, rank in ranks.args[0].items()}
    chunks = random_chunks(rng, ranks, 20)
    encoded = [yours.bpe_encode(chunk, ranks) for chunk in chunks]
    for chunk, ids in zip(chunks, encoded, strict=True):
        joined = b"".join(token_of[one] for one in ids)
        require(joined == chunk, f"the tokens of {chunk!r} make {joined!r}")
