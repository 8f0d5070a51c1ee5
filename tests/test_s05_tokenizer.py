"""The graded suite of stage 5."""

from grader.calls.describe import shorten
from grader.suite import fails, grades, require, same, same_each, shared
from grader.suite.shared_inputs import tokenizer_with, trained_ranks

PROMPT = "the answer to the ultimate question of life, the universe, and everything is "
WORDS = ["the", "answer", "is", "nothing", "42", "12342", "(why)", "it's", "O'Donnell", "#tag"]
WORDS += ["tab\tword", "two  spaces", "café", "日本語", "🙂", "a\n\nb", "end\r\n", "$5", "IT'LL"]
WORDS += ["cafe\u0301"]  # with the accent as a character of its own


def text_of(rng):
    """Return all the words in random order."""
    return " ".join(rng.sample(WORDS, len(WORDS)))


def right_tokenizer(reference, tiny_weights):
    """Return a tokenizer with 400 ordinary tokens, so that `<|begin_of_text|>` has id 400."""
    return tokenizer_with(trained_ranks(tiny_weights, reference, 400), reference)


def split_and_merge(reference, ranks):
    """Return a function that encodes a text with stages 2 and 3."""
    return lambda text: [
        token
        for chunk in reference.PATTERN.findall(text)
        for token in reference.bpe_encode(chunk.encode(), ranks)
    ]


@grades("build_tokenizer", points=1)
def test_ids_of_a_text(yours, reference, rng, tiny_weights):
    ranks = trained_ranks(tiny_weights, reference)
    encode = yours.build_tokenizer(ranks).encode_ordinary
    same(encode, split_and_merge(reference, ranks), text_of(rng))


@grades("build_tokenizer", points=1)
def test_special_tokens_follow_the_ordinary_ones(yours, reference, rng, tiny_weights):
    size = rng.randint(300, 500)
    ids = reference.special_token_ids(size)
    tokenizer = yours.build_tokenizer(trained_ranks(tiny_weights, reference, size))
    same(tokenizer.encode_single_token, ids.get, "<|begin_of_text|>")
    same(tokenizer.decode, lambda tokens: "".join(ids), list(range(size, size + 256)))
    fails(tokenizer.encode, ValueError, "<|eot_id|>", "a special token <|eot_id|> in a text")


@grades("build_tokenizer", hidden=True)
def test_a_table_of_ranks_in_any_order(yours, reference, rng, tiny_weights):
    (table,) = trained_ranks(tiny_weights, reference).args
    *others, highest = sorted(table.items(), key=lambda item: item[1])
    shuffled = shared(dict([highest, *rng.sample(others, len(others))]))
    tokenizer = yours.build_tokenizer(shuffled)
    same(tokenizer.encode_ordinary, split_and_merge(reference, shuffled), text_of(rng))
    ids = reference.special_token_ids(len(table))
    same(tokenizer.encode_single_token, ids.get, "<|begin_of_text|>")


@grades("encode_prompt", points=1)
def test_begin_of_text_and_then_the_text(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    prompts = [PROMPT, text_of(rng), "  spaces at both ends \n", ""]
    calls = [(tokenizer, prompt) for prompt in prompts]
    same_each(yours.encode_prompt, reference.encode_prompt, calls)


@grades("encode_prompt")
def test_text_that_looks_like_a_special_token(yours, reference, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    prompts = ["say <|eot_id|> or <|begin_of_text|>", "<|begin_of_text|>twice<|end_of_text|>"]
    calls = [(tokenizer, prompt) for prompt in prompts]
    same_each(yours.encode_prompt, reference.encode_prompt, calls)


@grades("token_pieces", points=1)
def test_pieces_of_all_kinds_of_tokens(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    prompt = reference.encode_prompt(tokenizer, PROMPT)
    parts_of_characters = reference.encode_prompt(tokenizer, "日本語 🙂")[1:]
    any_tokens = rng.sample(range(400 + 256), 20)
    calls = [(tokenizer, tokens) for tokens in (prompt, parts_of_characters, any_tokens, [])]
    same_each(yours.token_pieces, reference.token_pieces, calls)


@grades("token_pieces")
def test_the_pieces_joined_are_the_text(yours, reference, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    tokens = reference.encode_prompt(tokenizer, PROMPT)[1:]
    pieces = yours.token_pieces(tokenizer, tokens)
    plain = isinstance(pieces, list) and all(isinstance(piece, str) for piece in pieces)
    require(
        plain and "".join(pieces) == PROMPT,
        "the pieces are {pieces}",
        pieces=shorten(repr(pieces), 200),
    )
