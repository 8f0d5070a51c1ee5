"""The numbers of lesson 24."""

import random
from collections.abc import Iterator, Sequence

from benchmarks.figures import figures
from benchmarks.figures.trained_tiny_model import checkpoint, encoded, piece, tokenizer
from grader.llama3_8b import PARAMS
from solutions.s04_special_tokens import special_token_ids
from solutions.s24_generate import Cache, generate, stream_text

UNIVERSE = "the answer to the ultimate question of life, the universe, and"
END = special_token_ids(512)["<|end_of_text|>"]
SEED, ONE = 4, 1.0
DOLPHIN, FOUR = "\N{DOLPHIN}", "\N{CJK UNIFIED IDEOGRAPH-56DB}"
STREAMED = "4é€\N{GRINNING FACE}"


def written(
    prompt: str, temperature: float, seed: int, stop_tokens: Sequence[int] = (END,)
) -> list[tuple[int, Cache]]:
    """Return what the tiny model writes, up to 30 tokens."""
    params, weights = checkpoint()
    settings = (30, list(stop_tokens), temperature, 1.0, seed)
    return list(generate(encoded(prompt), weights, params, None, *settings))


def text_of(items: Sequence[tuple[int, Cache]]) -> str:
    return "".join(piece(token) for token, _ in items)


@figures("17", "56")
def a_text_from_nothing() -> Sequence[float]:
    items = written("", 0.0, 0)
    text = "the answer to the last question of everything, the universe, and life is "
    assert text_of(items[:-1]) == text
    return len(items), int(piece(items[-1][0]))


@figures("4", "3", "129", "512")
def tokens_that_are_not_text() -> Sequence[float]:
    sizes = [len(encoded(text)) - 1 for text in (DOLPHIN, FOUR)]
    ordinary = [tokenizer().decode_single_token_bytes(token) for token in range(512)]
    not_text = [token for token in ordinary if token.decode("utf-8", "ignore").encode() != token]
    return *sizes, len(not_text), len(ordinary)


@figures("14", "32", "4")
def tokens_of_the_prompt_and_layers() -> Sequence[float]:
    params, _ = checkpoint()
    return len(encoded(UNIVERSE)), PARAMS["n_layers"], params["n_layers"]


@figures("4", "1", "14", "0.24", "2", "15", "0.10", "3", "16", "0.40", "4", "17", "0.15", "5")
def steps_by_hand() -> Sequence[float]:
    """Return the seed; each step's number, cache and coin; and the last step."""
    items, coins = written(UNIVERSE, ONE, SEED), random.Random(SEED)
    assert text_of(items) == " everything is 42"
    found: list[float] = [SEED]
    for step, (_, cache) in enumerate(items, 1):
        found += [step, cache[0][0].shape[1], coins.random()]
    return [*found, len(items) + 1]


@figures("18", "0.07", "18", "80")
def the_last_step() -> Sequence[float]:
    """Return what its cache covers and its coin, and what all steps read, with and without it."""
    items = written(UNIVERSE, ONE, SEED, stop_tokens=())[:5]
    assert items[-1][0] == END
    coins = random.Random(SEED)
    covered = [cache[0][0].shape[1] for _, cache in items]
    coin = [coins.random() for _ in items][-1]
    return covered[-1], coin, covered[0] + len(items) - 1, sum(covered)


@figures("0", "6")
def other_seeds() -> Sequence[float]:
    found = {0: " anything is 82", 6: " truth is 67"}
    for seed, text in found.items():
        assert text_of(written(UNIVERSE, ONE, seed)) == text
    return list(found)


@figures("1", "3", "6", "10")
def bytes_read_when_text_comes() -> Sequence[float]:
    assert [text.encode().hex()[:2] for text in STREAMED] == ["34", "c3", "e2", "f0"]
    read = 0

    def reading() -> Iterator[bytes]:
        nonlocal read
        for byte in STREAMED.encode():
            read += 1
            yield bytes([byte])

    return [read for _ in stream_text(reading())]


@figures("3", "1")
def bytes_of_a_cut_dolphin() -> Sequence[float]:
    assert DOLPHIN.encode().hex(" ") == "f0 9f 90 ac"
    cut = DOLPHIN.encode()[:-1]
    return len(cut), len("".join(stream_text([cut])))


@figures("4")
def replacements_of_a_dolphin_byte_by_byte() -> Sequence[float]:
    alone = [bytes([byte]).decode("utf-8", "replace") for byte in DOLPHIN.encode()]
    return (len("".join(alone)),)


@figures("128001", "128009")
def two_stop_tokens() -> Sequence[float]:
    ids = special_token_ids(128000)
    return ids["<|end_of_text|>"], ids["<|eot_id|>"]
