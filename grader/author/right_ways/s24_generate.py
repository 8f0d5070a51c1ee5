"""Right and different ways of stage 24."""

import codecs
import itertools
import random
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from grader.author.right_ways import right_way
from solutions.s22_kv_cache import cached_forward
from solutions.s23_sampling import next_token_probabilities, sample

Weights = dict[str, Tensor]
Cache = list[tuple[Tensor, Tensor]]
Texts = Iterator[tuple[int, Cache]]


@right_way("generate")
def in_a_while_loop(
    tokens: list[int],
    weights: Weights,
    params: dict[str, Any],
    cache: Cache | None,
    max_new_tokens: int,
    stop_tokens: list[int],
    temperature: float,
    top_p: float,
    seed: int,
) -> Texts:
    """The prompt has a step of its own, whose logits wait for the loop."""
    if max_new_tokens < 1:
        return
    coins, written = random.Random(seed), 0
    logits, cache = cached_forward(torch.tensor(tokens), weights, params, cache)
    while True:
        probabilities = next_token_probabilities(logits, temperature, top_p)
        token = sample(probabilities, coins.random())
        if any(token == stop for stop in stop_tokens):
            break
        yield token, cache
        written += 1
        if written == max_new_tokens:
            break
        logits, cache = cached_forward(torch.tensor([token]), weights, params, cache)


@right_way("generate")
def token_by_token(
    tokens: list[int],
    weights: Weights,
    params: dict[str, Any],
    cache: Cache | None,
    max_new_tokens: int,
    stop_tokens: list[int],
    temperature: float,
    top_p: float,
    seed: int,
) -> Texts:
    """The model reads the prompt one token at a time."""
    coins, unread = random.Random(seed), list(tokens)
    for _ in range(max_new_tokens):
        while unread:
            one = torch.tensor([unread.pop(0)], dtype=torch.int64)
            logits, cache = cached_forward(one, weights, params, cache)
        token = sample(next_token_probabilities(logits, temperature, top_p), coins.random())
        if stop_tokens.count(token):
            return
        assert cache is not None
        yield token, cache
        unread.append(token)


@right_way("generate")
def all_coins_first(
    tokens: list[int],
    weights: Weights,
    params: dict[str, Any],
    cache: Cache | None,
    max_new_tokens: int,
    stop_tokens: list[int],
    temperature: float,
    top_p: float,
    seed: int,
) -> Texts:
    generator = random.Random(seed)
    coins = [generator.random() for _ in range(max_new_tokens)]
    latest = torch.as_tensor(tokens)
    for coin in coins:
        logits, cache = cached_forward(latest, weights, params, cache)
        token = sample(next_token_probabilities(logits, temperature, top_p), coin)
        if token in set(stop_tokens):
            break
        yield (token, cache)
        latest = latest.new_tensor([token])


@right_way("generate")
def without_the_cache_of_the_last_step(
    tokens: list[int],
    weights: Weights,
    params: dict[str, Any],
    cache: Cache | None,
    max_new_tokens: int,
    stop_tokens: list[int],
    temperature: float,
    top_p: float,
    seed: int,
) -> Texts:
    """Slow: every step reads all new tokens again, from the given cache."""
    coins, text = random.Random(seed), list(tokens)
    for coin in (coins.random() for _ in range(max_new_tokens)):
        logits, longer = cached_forward(torch.tensor(text), weights, params, cache)
        token = sample(next_token_probabilities(logits, temperature, top_p), coin)
        if token in stop_tokens:
            return
        text.append(token)
        yield token, longer


@right_way("generate")
def greedy_apart(
    tokens: list[int],
    weights: Weights,
    params: dict[str, Any],
    cache: Cache | None,
    max_new_tokens: int,
    stop_tokens: list[int],
    temperature: float,
    top_p: float,
    seed: int,
) -> Texts:
    """At temperature 0 there is an argmax and no coin, which nobody can see."""
    coins = random.Random(seed)
    for _ in itertools.repeat(None, max_new_tokens):
        logits, cache = cached_forward(torch.LongTensor(tokens), weights, params, cache)
        if temperature == 0:
            token = int(torch.argmax(logits))
        else:
            probabilities = next_token_probabilities(logits, temperature, top_p)
            ids = range(len(probabilities))
            token = coins.choices(ids, weights=probabilities.tolist())[0]
        if token in stop_tokens:
            return
        yield token, cache
        tokens = [token]


class _Writer:
    """An iterator written as a class."""

    def __init__(self, *args: Any) -> None:
        self.tokens, self.weights, self.params, self.cache, self.left, *others = args
        self.stop_tokens, self.temperature, self.top_p, seed = others
        self.coins = random.Random(seed)

    def __iter__(self) -> "_Writer":
        return self

    def __next__(self) -> tuple[int, Cache]:
        if self.left <= 0:
            raise StopIteration
        self.left -= 1
        logits, self.cache = cached_forward(
            torch.tensor(self.tokens), self.weights, self.params, self.cache
        )
        probabilities = next_token_probabilities(logits, self.temperature, self.top_p)
        token = sample(probabilities, self.coins.random())
        if token in self.stop_tokens:
            self.left = 0
            raise StopIteration
        self.tokens = [token]
        return token, self.cache


@right_way("generate")
def as_a_class(*args: Any) -> Texts:
    return _Writer(*args)


@right_way("generate")
def taken_until_a_stop_token(
    tokens: list[int],
    weights: Weights,
    params: dict[str, Any],
    cache: Cache | None,
    max_new_tokens: int,
    stop_tokens: list[int],
    temperature: float,
    top_p: float,
    seed: int,
) -> Texts:
    """An endless text, cut by itertools."""

    def endless() -> Texts:
        coins, read, known = random.Random(seed), torch.tensor(tokens), cache
        while True:
            logits, known = cached_forward(read, weights, params, known)
            probabilities = next_token_probabilities(logits, temperature, top_p)
            read = torch.tensor([sample(probabilities, coins.random())])
            yield int(read), list(known)

    until = itertools.takewhile(lambda item: item[0] not in stop_tokens, endless())
    return itertools.islice(until, max_new_tokens)


@right_way("stream_text")
def with_iterdecode(token_bytes: Iterable[bytes]) -> Iterator[str]:
    return codecs.iterdecode(token_bytes, "utf-8", errors="replace")


@right_way("stream_text")
def by_the_length_of_a_character(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """Hold back the end of the buffer while it may be the beginning of a character."""
    buffer = b""
    for piece in token_bytes:
        buffer += piece
        end = len(buffer) - _unfinished(buffer)
        if end > 0:
            yield buffer[:end].decode("utf-8", errors="replace")
            buffer = buffer[end:]
    if buffer:
        yield buffer.decode("utf-8", errors="replace")


def _unfinished(data: bytes) -> int:
    """Return how many bytes at the end begin a character that more bytes could complete."""
    for size in range(1, min(3, len(data)) + 1):
        try:
            data[-size:].decode()
        except UnicodeDecodeError as error:
            if error.start == 0 and error.reason == "unexpected end of data":
                return size
    return 0


@right_way("stream_text")
def character_by_character(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """Every character is a piece, and every byte is a step."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    for piece in token_bytes:
        for byte in piece:
            yield from decoder.decode(bytes([byte]))
    yield from decoder.decode(b"", True)


@right_way("stream_text")
def as_the_error_says(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """Decode strictly, and let the error say what is invalid and what is unfinished."""
    buffer = b""
    for piece in token_bytes:
        buffer += piece
        text = ""
        while buffer:
            try:
                text, buffer = text + buffer.decode(), b""
            except UnicodeDecodeError as error:
                text += buffer[: error.start].decode()
                if error.reason == "unexpected end of data":
                    buffer = buffer[error.start :]
                    break
                text, buffer = text + "\ufffd", buffer[error.end :]
        if text:
            yield text
    if buffer:
        yield "\ufffd"


@right_way("stream_text")
def by_what_has_been_decoded(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """`utf_8_decode` says how many bytes it has used."""
    buffer = b""
    for piece in token_bytes:
        text, used = codecs.utf_8_decode(buffer + piece, "replace", False)
        buffer = (buffer + piece)[used:]
        if text:
            yield text
    text, _ = codecs.utf_8_decode(buffer, "replace", True)
    if text:
        yield text
