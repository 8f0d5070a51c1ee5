"""The graded suite of stage 24.

Tokens that are drawn depend on rounding if a coin falls near the border between two of them, so
every text here is one that rounding can't change (`is_clear`).
"""

import random

import torch

from grader.language import tr
from grader.suite import (
    Failure,
    equal,
    first_items,
    grades,
    read_and_returned,
    require,
    same,
    same_each,
    shared,
)
from grader.suite.shared_inputs import random_weights, small_params

SETTINGS = [(0.8, 0.9), (1.5, 1.0), (1.2, 0.6)]  # temperature, top_p
FAR = 2e-5  # from a border


def small_model(rng, reference):
    params = small_params(dim=16, n_layers=2, n_heads=2, n_kv_heads=1, vocab_size=30)
    return random_weights(rng, reference, params), params


def coins_of(seed, count):
    drawn_from = random.Random(seed)
    return [drawn_from.random() for _ in range(count)]


def is_clear(reference, model, text, start, settings, seed):
    """Return whether rounding can't change which tokens `text` has from `start` on."""
    weights, params = model
    hidden = reference.transformer(torch.tensor(text), weights, params)[start - 1 : -1]  # [n, D]
    logits = hidden @ weights.args[0]["output.weight"].T  # [n, V]
    temperature, top_p = settings
    if temperature == 0:
        best = logits.topk(2).values
        return bool((best[:, 0] - best[:, 1] > 1e-3).all())
    borders = (logits.double() / temperature).softmax(-1).sort(descending=True).values.cumsum(-1)
    for row, coin in zip(logits, coins_of(seed, len(logits)), strict=True):
        sums = reference.next_token_probabilities(row, *settings).double().cumsum(-1)
        if bool(((sums - coin).abs() < FAR).any()):
            return False
    return top_p == 1 or bool(((borders - top_p).abs() > FAR).all())


def clear_calls(reference, rng, model, prompts, settings, stop_tokens=(), cached=()):
    """Return the arguments of a call for each prompt, and the tokens that are written.

    Args:
        settings: pairs of temperature and top_p, in turn.
        cached: the text before each prompt, which is in the cache; empty if there is none.
    """
    calls, written = [], []
    cache = reference.cached_forward(torch.tensor(cached), *model, None)[1] if cached else None
    for number, prompt in enumerate(prompts):
        chosen = settings[number % len(settings)]
        for _ in range(20):
            args = (prompt, *model, cache, 6, list(stop_tokens), *chosen, rng.randrange(1000))
            tokens = [token for token, _ in reference.generate(*args)]
            text = [*cached, *prompt, *tokens]
            if is_clear(reference, model, text, len(text) - len(tokens), chosen, args[-1]):
                break
        calls.append(args)
        written.append(tokens)
    return calls, written


@grades("generate", points=1)
def test_the_most_likely_tokens(yours, reference, rng):
    model = small_model(rng, reference)
    prompts = [rng.tokens(size, 30).tolist() for size in (5, 1, 3)]
    calls, _ = clear_calls(reference, rng, model, prompts, [(0.0, 1.0), (0.0, 0.5)])
    same_each(yours.generate, reference.generate, calls)


@grades("generate", points=1)
def test_drawn_tokens(yours, reference, rng):
    model = small_model(rng, reference)
    prompts = [rng.tokens(size, 30).tolist() for size in (4, 1, 6)]
    calls, _ = clear_calls(reference, rng, model, prompts, SETTINGS)
    same_each(yours.generate, reference.generate, calls)


@grades("generate", points=1)
def test_goes_on_after_a_cache(yours, reference, rng):
    model = small_model(rng, reference)
    before = rng.tokens(4, 30).tolist()
    prompts = [rng.tokens(size, 30).tolist() for size in (3, 1)]
    calls, _ = clear_calls(reference, rng, model, prompts, SETTINGS[::2], cached=before)
    same_each(yours.generate, reference.generate, calls)


@grades("generate", points=1)
def test_any_stop_token_ends_the_text(yours, reference, rng):
    model = small_model(rng, reference)
    prompts = [rng.tokens(4, 30).tolist() for _ in range(3)]
    calls, written = clear_calls(reference, rng, model, prompts, [(1.5, 1.0)])
    stopped = []
    for number, (args, tokens) in enumerate(zip(calls, written, strict=True)):
        # The last new token, so that some are written before it, or the very first.
        ends = tokens[0] if number == 2 else last_new(tokens)
        others = [token for token in range(30) if token not in (*tokens, *args[0])]
        stops = [ends, rng.choice(others)] if number else [rng.choice(others), ends]
        stopped.append((*args[:5], stops, *args[6:]))
    in_the_prompt = [prompt for prompt in calls[0][0] if prompt not in written[0]]
    # One token fewer than is known, so that none of these would stop the text right afterwards.
    stopped.append((*calls[0][:4], 5, in_the_prompt, *calls[0][6:]))
    same_each(yours.generate, reference.generate, stopped)


def last_new(tokens):
    """Return the last token that isn't there before."""
    return [token for index, token in enumerate(tokens) if token not in tokens[:index]][-1]


@grades("generate")
def test_as_many_tokens_as_asked_for(yours, reference, rng):
    model = small_model(rng, reference)
    calls, _ = clear_calls(reference, rng, model, [rng.tokens(2, 30).tolist()], SETTINGS)
    counts = [(*calls[0][:4], count, *calls[0][5:]) for count in (0, 1, 4)]
    same_each(yours.generate, reference.generate, counts)


@grades("generate")
def test_two_texts_in_turn(yours, reference, rng):
    model = small_model(rng, reference)
    before = rng.tokens(3, 30).tolist()
    prompts = [rng.tokens(2, 30).tolist() for _ in range(2)]
    calls, _ = clear_calls(reference, rng, model, prompts, [(1.5, 1.0)], cached=before)
    items = first_items(yours.generate, 4, *calls)
    for index, args in enumerate(calls):
        what = tr(
            "two texts are written in turn; text {number} should be as it is alone",
            number=index + 1,
        )
        equal([item[index] for item in items], reference.generate(*args)[:4], what)


@grades("generate")
def test_nothing_is_computed_too_early(yours, reference, rng):
    weights, params = small_model(rng, reference)
    prompt = rng.tokens(3, 10).tolist()
    tokens = []
    while len(tokens) < 3 or tokens[2] <= max(*prompt, *tokens[:2]):
        (args,), (tokens,) = clear_calls(reference, rng, (weights, params), [prompt], [(1.5, 1.0)])
    three = (prompt, weights, params, None, 3, *args[5:])
    same(yours.generate, reference.generate, *three)
    embedding = weights.args[0]["tok_embeddings.weight"][: tokens[2]]
    cut = shared({**weights.args[0], "tok_embeddings.weight": embedding})
    try:
        for count in (2, 3):
            first_items(yours.generate, count, (prompt, cut, *args[2:]))
        same(yours.generate, reference.generate, prompt, cut, *three[2:])
    except Failure as failed:
        why = tr(
            "this model can write its third token, but not read it, and no more are asked for: "
            "{failed}",
            failed=failed,
        )
        raise Failure(why) from None


@grades("generate", hidden=True)
def test_a_larger_model(yours, reference, rng):
    params = small_params(dim=24, n_heads=4, vocab_size=50)
    model = random_weights(rng, reference, params), params
    prompts = [rng.tokens(size, 50).tolist() for size in (7, 2)]
    before = rng.tokens(5, 50).tolist()
    calls, _ = clear_calls(reference, rng, model, prompts, [(1.1, 0.8), (0.7, 0.95)], cached=before)
    same_each(yours.generate, reference.generate, calls)


TEXTS = [
    "\ufeffThe answer, 回答, is 四十二 \U0001f42c\r\n and a café\n\n",
    "So long \U0001f9d1\u200d\U0001f680 and thanks for all the \U0001f41f\U0001f41f!",
    "мир, שלום, नमस्ते, 日本語 é\u0301 \x00 ok",
]
NO_TEXT = [
    b"\xff and \xfe\xfe twice",
    b"\xf0\x9f\x90 cut short, \x80\x80 stray, \xc3(",
    b"\xed\xa0\x80 half a pair, \xf4\x90\x80\x80 too high, \xc0\xaf",
    "no end \U0001f42c".encode()[:-1],
    "四十".encode()[:-2],
]


def cut_up(rng, data, longest=4):
    """Return bytes in pieces, many of which begin or end inside a character; one piece is empty."""
    pieces = []
    while data:
        size = rng.randint(1, longest)
        pieces.append(data[:size])
        data = data[size:]
    pieces.insert(rng.randint(1, len(pieces)), b"")
    return pieces


def joined(pieces):
    """Return all pieces as one, which is how they are compared: code may cut where it likes."""
    is_text = isinstance(pieces, list) and all(isinstance(piece, str) for piece in pieces)
    return type(pieces)(["".join(pieces)]) if is_text else pieces


@grades("stream_text", points=1)
def test_the_whole_text(yours, reference, rng):
    calls = [(cut_up(rng, text.encode()),) for text in TEXTS]
    calls += [(cut_up(rng, data),) for data in NO_TEXT]
    calls.append(([b"\xf0", b"\x9f", b"\x90", b"\xac", b"\xe5", b"\x9b"],))
    same_each(yours.stream_text, reference.stream_text, calls, form=joined)


@grades("stream_text", points=1)
def test_each_character_comes_with_its_last_byte(yours, rng):
    for text in TEXTS:
        comes_in_time(yours, cut_up(rng, text.encode()))
    for data in NO_TEXT[:3]:
        comes_in_time(yours, [*cut_up(rng, data), "ok \U0001f42c".encode(), b"!"])


def comes_in_time(yours, pieces):
    """Check how much text has come by the time the next bytes are read; if the bytes aren't all
    text, only where those read so far end with a character."""
    came = read_and_returned(yours.stream_text, pieces)
    for count in range(1, len(pieces) + 1):
        data = b"".join(pieces[:count])
        whole = data.decode("utf-8", "ignore" if is_text(pieces) else "replace")
        if whole.endswith("\N{REPLACEMENT CHARACTER}"):
            continue  # the next bytes decide what this is
        got = "".join(str(text) for read, text in came if read <= count)
        require(
            got == whole,
            "of {pieces!r}, once {count} are read and before the next is, "
            "the text should be {whole!r}, but it is {got!r}",
            pieces=pieces[: count + 1],
            count=count,
            whole=whole,
            got=got,
        )


def is_text(pieces):
    data = b"".join(pieces)
    return "\ufffd" not in data.decode("utf-8", "replace")


@grades("stream_text")
def test_no_piece_is_empty(yours, rng):
    for data in (TEXTS[1].encode(), NO_TEXT[0], b""):
        pieces = yours.stream_text(cut_up(rng, data) if data else [b"", b""])
        require(
            "" not in pieces,
            "some of your pieces have no text in them: {pieces}",
            pieces=list(pieces),
        )


@grades("stream_text", hidden=True)
def test_random_bytes(yours, reference, rng):
    alphabet = [*"aé回\U0001f42c ".encode(), 0xFF, 0xC3, 0xE5]
    calls = [(cut_up(rng, bytes(rng.choices(alphabet, k=40)), longest),) for longest in (1, 3, 9)]
    same_each(yours.stream_text, reference.stream_text, calls, form=joined)
