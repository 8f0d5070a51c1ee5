"""The graded suite of stage 19."""

from functools import cache

import torch

from grader.suite import grades, require, same, same_each, shared
from grader.suite.shared_inputs import random_weights, small_params, tokenizer_with, trained_ranks


@grades("next_token_logits", points=2)
def test_logits_after_the_last_token(yours, reference, rng):
    for seq_len, dim, vocab_size in ((5, 12, 20), (7, 10, 10), (1, 8, 30)):
        hidden, output = rng.normal(seq_len, dim), rng.weight(vocab_size, dim)
        same(yours.next_token_logits, reference.next_token_logits, hidden, output)


@grades("next_token_logits")
def test_half_precision_logits(yours, reference, rng):
    for dtype in (torch.bfloat16, torch.float16):
        hidden, output = rng.normal(6, 16).to(dtype), rng.weight(24, 16).to(dtype)
        same(yours.next_token_logits, reference.next_token_logits, hidden, output)


@grades("next_token_logits")
def test_only_the_last_vector_counts(yours, rng):
    hidden, output = rng.normal(6, 12), rng.weight(20, 12)
    others = torch.cat([rng.normal(5, 12), hidden[5:]])  # the same last vector
    one, other = (yours.next_token_logits(x, output) for x in (hidden, others))
    tensors = isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor)
    require(
        tensors and one.shape == other.shape and torch.allclose(one, other, rtol=1e-4, atol=1e-5),
        "the last vector is the same, but changing the vectors before it changes your logits",
    )


def ends_of(reference, weights, params, sequences):
    """Return the model's vector for the last token of each sequence, `[len(sequences), D]`."""
    return torch.stack([reference.transformer(t, weights, params)[-1] for t in sequences])


def slips_of(reference, weights, params, tokens):
    """Return vectors that are the wrong ones to use: the first, the average, the last one
    normalized again, and that of the last token read alone."""
    hidden = reference.transformer(tokens, weights, params)  # [T, D]
    again = reference.rms_norm(hidden[-1], weights["norm.weight"], params["norm_eps"])
    alone = reference.transformer(tokens[-1:], weights, params)[-1]
    return torch.stack([hidden[0], hidden.mean(0), again, alone])


def with_answers(rng, weights, vectors, may_say, less=0.998, first=None):
    """Return the weights with an output matrix that answers each of the vectors, `[n, D]`, with a
    different token of `may_say`, the first of them with the token `first`, if one is given. Each
    answer's logit is 3 to 5, three others are a little less, so code that draws at random often
    picks one of those. One is below 0, further from it than the answer's or less far in turn, and
    the rest are near 0."""
    vocab_size, dim = weights["output.weight"].shape
    logits = torch.linspace(5.0, 3.0, len(vectors)).unsqueeze(1)  # [n, 1]
    output = 0.1 * rng.weight(vocab_size, dim)
    chosen = [] if first is None else [first]
    rest = [token for token in may_say if token not in chosen]
    answers = chosen + rng.sample(rest, 4 * len(vectors) - len(chosen))
    rows = logits * torch.linalg.pinv(vectors.double()).T.float()  # [n, D]
    output[answers] = torch.cat([rows, less * rows.repeat(3, 1)])
    others = [token for token in range(vocab_size) if token not in answers]
    far_or_near = torch.tensor([-2.0, -0.5]).repeat(len(vectors))[: len(vectors), None]
    output[rng.sample(others, len(vectors))] = far_or_near * rows
    return shared({**weights, "output.weight": output})


@grades("predict_next_token", points=1)
def test_returns_the_most_likely_token(yours, reference, rng):
    params = small_params(dim=24, n_heads=4, n_layers=1, vocab_size=100)
    weights = random_weights(rng, reference, params).args[0]
    sizes = (6, 1, 70, 3, 9, 2, 8, 4, 7, 5)  # enough to catch code that draws at random
    prompts = [rng.tokens(size, 100) for size in sizes]
    ends = ends_of(reference, weights, params, prompts)
    slips = slips_of(reference, weights, params, prompts[0])
    cut = ends_of(reference, weights, params, [prompts[2][-length:] for length in (8, 24)])
    again = int(prompts[0][-1])  # the most likely token may be the one that the prompt ends with
    vectors = torch.cat([ends, slips, cut])
    weights = with_answers(rng, weights, vectors, range(100), first=again)
    calls = [(tokens, weights, params) for tokens in prompts]
    same_each(yours.predict_next_token, reference.predict_next_token, calls)


@grades("predict_next_token")
def test_weights_in_bfloat16(yours, reference, rng):
    params = small_params(dim=24, n_heads=4, n_layers=1, vocab_size=100)
    weights = random_weights(rng, reference, params, torch.bfloat16).args[0]
    in_float32 = {name: weight.float() for name, weight in weights.items()}
    prompts = [rng.tokens(size, 100) for size in (5, 8)]
    ends = ends_of(reference, in_float32, params, prompts)
    answering = with_answers(rng, in_float32, ends, range(100), less=0.8).args[0]
    weights = shared({**weights, "output.weight": answering["output.weight"].bfloat16()})
    calls = [(tokens, weights, params) for tokens in prompts]
    same_each(yours.predict_next_token, reference.predict_next_token, calls)


@cache
def right_tokenizer(reference, tiny_weights):
    """Return a tokenizer with 400 ordinary tokens, so the special ones have the ids 400 to 655."""
    return tokenizer_with(trained_ranks(tiny_weights, reference, 400), reference)


def ordinary_ids(tokenizer, first=b"", part=b""):
    """Return the ids of tokens that begin with `first`, contain `part` and are longer than one
    byte."""
    pieces = [(t, i) for t, i in tokenizer.args[1].args[0].items() if len(t) > 1 and t.isascii()]
    return [i for piece, i in pieces if piece.startswith(first) and part in piece]


def ids_of_parts(tokenizer):
    """Return the ids of single bytes that are only a part of a character."""
    pieces = tokenizer.args[1].args[0].items()
    return [i for piece, i in pieces if len(piece) == 1 and not piece.isascii()]


def encoded(reference, tokenizer, *texts):
    return [torch.tensor(reference.encode_prompt(tokenizer, text)) for text in texts]


def small_model(rng, reference, sequences, may_say, slips=True):
    """Return weights and params of a model that answers each sequence with a different token, and
    also, with `slips`, the wrong vectors of the first sequence. No answer is the last token of a
    sequence, which is tested elsewhere."""
    params = small_params(dim=24, n_heads=4, n_layers=1, vocab_size=656)
    weights = random_weights(rng, reference, params).args[0]
    vectors = ends_of(reference, weights, params, sequences)
    if slips:
        vectors = torch.cat([vectors, slips_of(reference, weights, params, sequences[0])])
    repeated = {int(tokens[-1]) for tokens in sequences}
    return with_answers(rng, weights, vectors, sorted({*may_say} - repeated)), params


@grades("complete", points=1)
def test_returns_the_next_piece(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    prompts = ["the answer", "It is 4", ""]  # the last is begin-of-text alone
    sequences = encoded(reference, tokenizer, *prompts[:2])
    model = small_model(rng, reference, sequences, ordinary_ids(tokenizer))
    same_each(yours.complete, reference.complete, [(p, tokenizer, *model) for p in prompts])


@grades("complete")
def test_the_prompt_begins_once(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    (tokens,) = encoded(reference, tokenizer, "and everything")
    slips = [tokens[1:], torch.cat([tokens[:1], tokens])]  # begin-of-text never, or twice
    model = small_model(rng, reference, [tokens, *slips], ordinary_ids(tokenizer))
    same(yours.complete, reference.complete, "and everything", tokenizer, *model)


@grades("complete", hidden=True)
def test_spaces_at_the_ends_stay(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    for prompt in ("  the answer is ", "\n the answer\n"):
        cut = {prompt.strip(), prompt.strip("\n"), prompt[1:], prompt[:-1]} - {prompt}
        sequences = encoded(reference, tokenizer, prompt, *sorted(cut))
        model = small_model(rng, reference, sequences, ordinary_ids(tokenizer, first=b" "))
        same(yours.complete, reference.complete, prompt, tokenizer, *model)


@grades("complete")
def test_tabs_line_breaks_and_signs_stay(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    prompt = "\tx² is\r\n"
    changed = [prompt.replace(*change) for change in (("\t", "    "), ("\r\n", "\n"), ("²", "2"))]
    sequences = encoded(reference, tokenizer, prompt, *changed)
    model = small_model(rng, reference, sequences, ordinary_ids(tokenizer))
    same(yours.complete, reference.complete, prompt, tokenizer, *model)


@grades("complete")
def test_a_piece_that_contains_the_prompt(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    # Anywhere in the piece, and at its beginning.
    for prompt, where in (("e", {"part": b"e"}), (" ", {"first": b" "})):
        sequences, may_say = encoded(reference, tokenizer, prompt), ordinary_ids(tokenizer, **where)
        model = small_model(rng, reference, sequences, may_say, slips=False)
        same(yours.complete, reference.complete, prompt, tokenizer, *model)


@grades("complete")
def test_text_that_looks_like_a_special_token_is_text(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    prompt = "stop<|eot_id|>now"
    tokens, before, after = encoded(reference, tokenizer, prompt, "stop", "now")
    end_of_turn = torch.tensor([reference.special_token_ids(400)["<|eot_id|>"]])
    slip = torch.cat([before, end_of_turn, after[1:]])
    model = small_model(rng, reference, [tokens, slip], ordinary_ids(tokenizer))
    same(yours.complete, reference.complete, prompt, tokenizer, *model)


@grades("complete")
def test_a_special_token_is_a_piece_too(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    sequences = encoded(reference, tokenizer, "the end")
    model = small_model(rng, reference, sequences, may_say=range(400, 656))
    same(yours.complete, reference.complete, "the end", tokenizer, *model)


@grades("complete")
def test_a_part_of_a_character_is_a_piece_too(yours, reference, rng, tiny_weights):
    tokenizer = right_tokenizer(reference, tiny_weights)
    sequences = encoded(reference, tokenizer, "the end")
    model = small_model(rng, reference, sequences, may_say=ids_of_parts(tokenizer))
    same(yours.complete, reference.complete, "the end", tokenizer, *model)
