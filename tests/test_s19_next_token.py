"""The graded suite of stage 19."""

from functools import cache

import torch

from grader.suite import grades, require, same, same_each, shared
from grader.suite.inputs import random_weights, small_params, tokenizer_with, trained_ranks


@grades("next_token_logits", points=2)
def test_scores_every_token_after_the_last_one(yours, reference, rng):
    for seq_len, dim, vocab_size in ((5, 12, 20), (7, 10, 10), (1, 8, 30)):
        hidden, output = rng.normal(seq_len, dim), rng.weight(vocab_size, dim)
        same(yours.next_token_logits, reference.next_token_logits, hidden, output)


@grades("next_token_logits")
def test_half_precision_logits(yours, reference, rng):
    for dtype in (torch.bfloat16, torch.float16):
        hidden, output = rng.normal(6, 16).to(dtype), rng.weight(24, 16).to(dtype)
        same(yours.next_token_logits, reference.next_token_logits, hidden, output)


@grades("next_token_logits")
def test_earlier_tokens_do_not_count(yours, rng):
    hidden, output = rng.normal(6, 12), rng.weight(20, 12)
    others = torch.cat([rng.normal(5, 12), hidden[5:]])  # the same last vector
    one, other = (yours.next_token_logits(x, output) for x in (hidden, others))
    tensors = isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor)
    require(
        tensors and one.shape == other.shape and torch.allclose(one, other, rtol=1e-4, atol=1e-5),
        "the last vector is the same, but the logits change with the vectors before it",
    )


def last_vectors(reference, weights, params, sequences):
    """What the model makes of the last token of each sequence, `[len(sequences), D]`."""
    ends = [reference.transformer(tokens, weights, params)[-1] for tokens in sequences]
    return torch.stack(ends)


def with_clear_answers(rng, weights, vectors, may_say):
    """The weights with an output matrix that says something else after each of the vectors, always
    a token of `may_say`, and by a margin that no rounding can touch."""
    vocab_size, dim = weights["output.weight"].shape
    audible = torch.zeros(vocab_size, 1)
    audible[may_say] = 1.0  # a row of zeros never wins
    while True:
        output = rng.weight(vocab_size, dim) * audible
        best, ids = (vectors @ output.T).topk(2)  # [n, 2]
        margin = (best[:, 0] - best[:, 1]).min()
        if margin > 0.01 and len(set(ids[:, 0].tolist())) == len(vectors):
            return shared({**weights, "output.weight": output})


@grades("predict_next_token", points=1)
def test_names_the_most_likely_token(yours, reference, rng):
    params = small_params(dim=24, n_heads=4, n_layers=1, vocab_size=80)
    weights = random_weights(rng, reference, params).args[0]
    tokens = rng.tokens(16, 80)  # no two of them equal
    prompts = [tokens[:6], tokens[6:7], tokens[7:]]
    ends = last_vectors(reference, weights, params, prompts)
    # Slips with the first prompt, which shall give other answers: the norm once more, or the
    # first or the last token alone.
    again = reference.rms_norm(ends[:1], weights["norm.weight"], params["norm_eps"])
    slips = last_vectors(reference, weights, params, [tokens[:1], tokens[5:6]])
    weights = with_clear_answers(rng, weights, torch.cat([ends, again, slips]), list(range(80)))
    calls = [(tokens, weights, params) for tokens in prompts]
    same_each(yours.predict_next_token, reference.predict_next_token, calls)


@cache
def right_tokenizer(reference, tiny_weights):
    """A tokenizer with 400 ordinary tokens, so the special ones have the ids 400 to 655."""
    return tokenizer_with(trained_ranks(tiny_weights, reference, 400), reference)


def ordinary_ids(tokenizer, first=b""):
    """The ids of tokens that are whole pieces of text, and begin with `first`."""
    ranks = tokenizer.args[1].args[0]
    return [i for token, i in ranks.items() if token.isascii() and token.startswith(first)]


def encoded(reference, tokenizer, *texts):
    return [torch.tensor(reference.encode_prompt(tokenizer, text)) for text in texts]


def small_model(rng, reference, sequences, may_say):
    """Weights and params of a model that says something else after each of the sequences."""
    params = small_params(dim=24, n_heads=4, n_layers=1, vocab_size=656)
    weights = random_weights(rng, reference, params).args[0]
    ends = last_vectors(reference, weights, params, sequences)
    return with_clear_answers(rng, weights, ends, may_say), params


@grades("complete", points=1)
def test_says_the_next_piece(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    prompts = ["the answer", "It is 4", ""]
    sequences = encoded(reference, tokenizer, *prompts)
    model = small_model(rng, reference, sequences, ordinary_ids(tokenizer))
    same_each(yours.complete, reference.complete, [(p, tokenizer, *model) for p in prompts])


@grades("complete")
def test_the_prompt_begins_once(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    (tokens,) = encoded(reference, tokenizer, "the")
    slips = [tokens[1:], torch.cat([tokens[:1], tokens])]  # begin-of-text never, or twice
    model = small_model(rng, reference, [tokens, *slips], ordinary_ids(tokenizer))
    same(yours.complete, reference.complete, "the", tokenizer, *model)


@grades("complete")
def test_spaces_at_the_ends_stay(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    prompt = "  the answer is "
    texts = [prompt, prompt.strip(), prompt.lstrip(), prompt.rstrip()]
    sequences = encoded(reference, tokenizer, *texts)
    model = small_model(rng, reference, sequences, ordinary_ids(tokenizer, first=b" "))
    same(yours.complete, reference.complete, prompt, tokenizer, *model)


@grades("complete")
def test_text_that_looks_like_a_special_token_is_text(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    tokens, before, after = encoded(reference, tokenizer, "stop<|eot_id|>now", "stop", "now")
    end_of_turn = torch.tensor([reference.special_token_ids(400)["<|eot_id|>"]])
    slip = torch.cat([before, end_of_turn, after[1:]])
    model = small_model(rng, reference, [tokens, slip], ordinary_ids(tokenizer))
    same(yours.complete, reference.complete, "stop<|eot_id|>now", tokenizer, *model)


@grades("complete")
def test_a_special_token_is_a_piece_too(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    sequences = encoded(reference, tokenizer, "the end")
    model = small_model(rng, reference, sequences, may_say=list(range(400, 656)))
    same(yours.complete, reference.complete, "the end", tokenizer, *model)
