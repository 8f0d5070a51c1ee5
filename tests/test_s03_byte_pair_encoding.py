"""The graded suite of stage 3."""

from grader.suite import grades, require, same, same_each, shared
from grader.suite.shared_inputs import trained_ranks

WORDS = [b" " + word for word in b"answer there weather nines cleaner preparer networkers".split()]
NO_TEXT = [b"\xff\xfe", b"\x80\x00\xff\n", b"\xe8\xaa", b"the \xce \xc3(answer", b"\xf0\x9fth"]


def encode_alike(yours, reference, chunks, ranks):
    calls = [(chunk, ranks) for chunk in chunks]
    same_each(yours.bpe_encode, reference.bpe_encode, calls)


def random_chunks(rng, ranks, count):
    """Return tokens and bytes of the table in random order, so that many merges are possible, the
    last of them with equal pairs that overlap."""
    tokens = list(ranks.args[0])
    chunks = [b"".join(rng.choices(tokens[64:], k=rng.randint(4, 12))) for _ in range(count)]
    return [*chunks, b"2222222"]


@grades("bpe_encode", points=2)
def test_words_with_tables_of_several_sizes(yours, reference, tiny_weights):
    for n_tokens in (512, 350):
        ranks = trained_ranks(tiny_weights, reference, n_tokens)
        encode_alike(yours, reference, WORDS, ranks)


def with_larger_ranks(ranks):
    """Return the same tokens with ranks from 0 for the first merges, then for the single bytes, and
    from 100,000 for the last merges, which is as large as in Llama 3's vocabulary."""
    ordered = sorted(ranks.args[0], key=ranks.args[0].get)
    table = {token: rank for rank, token in enumerate(ordered[256:400] + ordered[:256])}
    table |= {token: 100_000 + rank for rank, token in enumerate(ordered[400:])}
    return shared(table)


@grades("bpe_encode", points=2)
def test_the_pair_with_the_lowest_rank_comes_first(yours, reference, rng, tiny_weights):
    ranks = trained_ranks(tiny_weights, reference)
    encode_alike(yours, reference, random_chunks(rng, ranks, 20) + WORDS, ranks)
    larger = with_larger_ranks(ranks)
    encode_alike(yours, reference, random_chunks(rng, ranks, 20) + WORDS, larger)


@grades("bpe_encode", points=1)
def test_of_equal_pairs_the_leftmost_comes_first(yours, reference, tiny_weights):
    ranks = trained_ranks(tiny_weights, reference)
    runs = [b"222", b"\n\n\n", b"2222222", b"\n\n\n\n\n", b"99999"]
    encode_alike(yours, reference, runs, ranks)


@grades("bpe_encode", points=1)
def test_a_chunk_that_is_a_token_as_a_whole(yours, reference, tiny_weights):
    table = dict(trained_ranks(tiny_weights, reference).args[0])
    added = [b" questionable", b"weathering", " Vi\u1ec7t".encode(), b"\xff\xfe\xff"]
    for word in added:  # Llama 3's vocabulary has such words, too: merging doesn't reach them
        table[word] = len(table)
    longer = [added[0] + b"s", b"_" + added[1], added[2] + added[3]]
    encode_alike(yours, reference, added + longer + WORDS, shared(table))


@grades("bpe_encode", points=1, hidden=True)
def test_bytes_that_are_not_text(yours, reference, rng, tiny_weights):
    ranks = trained_ranks(tiny_weights, reference)
    single_bytes = [bytes([byte]) for byte in rng.sample(range(256), 4)]
    mixed = [rng.randbytes(rng.randint(2, 9)) + b" the" for _ in range(5)]
    encode_alike(yours, reference, NO_TEXT + single_bytes + mixed, ranks)


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
    chunks = random_chunks(rng, ranks, 10)
    encoded = [yours.bpe_encode(chunk, ranks) for chunk in chunks]
    for chunk, ids in zip(chunks, encoded, strict=True):
        joined = b"".join(token_of[one] for one in ids)
        require(
            joined == chunk,
            "the tokens of {chunk!r}, joined, are {joined!r}",
            chunk=chunk,
            joined=joined,
        )
