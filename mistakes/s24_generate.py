"""The ways that stage 24 goes wrong."""

import codecs
import random
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, count, islice, repeat
from typing import Any, NamedTuple

import torch
from torch import Tensor

from grader.diagnosis import mistake
from solutions.s22_kv_cache import cached_forward
from solutions.s23_sampling import next_token_probabilities, sample
from solutions.s24_generate import generate, stream_text

Cache = list[tuple[Tensor, Tensor]]
Written = Iterator[tuple[int, Any]]
SHARED = random.Random()  # as the functions of the module `random` share one


class Asked(NamedTuple):
    """The arguments of `generate`."""

    tokens: list[int]
    weights: dict[str, Tensor]
    params: dict[str, Any]
    cache: Cache | None
    max_new_tokens: int
    stop_tokens: list[int]
    temperature: float
    top_p: float
    seed: int

    def read(self, tokens: list[int], cache: Cache | None) -> tuple[Tensor, Cache]:
        """Return the probabilities after these tokens, and the longer cache."""
        logits, cache = cached_forward(torch.tensor(tokens), self.weights, self.params, cache)
        return next_token_probabilities(logits, self.temperature, self.top_p), cache

    def but(self, **changes: Any) -> Written:
        """Return what is written if some arguments are others."""
        return generate(*self._replace(**changes))

    def reading(
        self,
        first: list[int] | None = None,
        then: Callable[[list[int]], list[int]] = lambda text: text[-1:],
        coins: Iterator[float] | None = None,
    ) -> Written:
        """Write with other coins, after reading other tokens: those that come `first`, and `then`
        some of the text so far."""
        text, cache = list(self.tokens), self.cache
        tokens = text if first is None else first
        for coin in islice(coins or coins_of(self.seed), self.max_new_tokens):
            probabilities, cache = self.read(tokens, cache)
            token = sample(probabilities, coin)
            if token in self.stop_tokens:
                return
            yield token, cache
            text = [*text, token]
            tokens = then(text)


def coins_of(seed: int) -> Iterator[float]:
    coins = random.Random(seed)
    while True:
        yield coins.random()


@mistake("generate", "the model gets the tokens as a list")
def list_of_tokens(*args: Any) -> Written:
    """You pass `cached_forward` a plain list of ids. It takes a tensor: the prompt's ids in the
    first step, a single id in each later step."""
    asked = Asked(*args)
    ids: Any = asked.tokens
    if asked.max_new_tokens:
        cached_forward(ids, asked.weights, asked.params, asked.cache)  # raises
    yield from ()


@mistake("generate", "the whole text is read again, on top of the cache")
def whole_text_again(*args: Any) -> Written:
    """After each token, the model reads the whole text again, on top of a cache that already covers
    it. The model sees everything twice, then three times. Only what is new has to be read."""
    return Asked(*args).reading(then=list)


@mistake("generate", "the prompt is read again for every token")
def prompt_again(*args: Any) -> Written:
    """Every step reads the prompt, and none reads the token that was just written. The model never
    learns what it has said, and the cache fills with copies of the prompt."""
    return Asked(*args).reading(then=lambda text: args[0])


@mistake("generate", "only the last token of the prompt is read")
def only_the_last_token(*args: Any) -> Written:
    """The model reads a single token in every step, even in the first, so it sees only the last
    token of the prompt. The first step has to read the whole prompt, because the cache doesn't have
    it yet."""
    return Asked(*args).reading(first=args[0][-1:])


@mistake("generate", "the last token of the prompt is left out")
def prompt_cut_short(*args: Any) -> Written:
    """The model reads the prompt without its last token, so it predicts a token that you already
    have. If the prompt is a single token, there is nothing left to read."""
    return Asked(*args).reading(first=args[0][:-1])


@mistake("generate", "the prompt's last token is read twice")
def last_token_twice(*args: Any) -> Written:
    """You read the whole prompt into the cache, and then its last token once more to get logits.
    The model sees that token twice. You need the logits that were returned together with the
    cache."""
    asked = Asked(*args)
    if asked.max_new_tokens:
        _, cache = asked.read(asked.tokens, asked.cache)
        yield from asked.but(tokens=asked.tokens[-1:], cache=cache)


@mistake("generate", "the longer cache is not passed on")
def cache_not_passed_on(*args: Any) -> Written:
    """Every step starts from the cache that you were given, so when the model reads a new token, it
    doesn't see the tokens read in earlier steps. Each step has to go on from the cache that the
    previous step returned."""
    asked, tokens = Asked(*args), args[0]
    for coin in islice(coins_of(asked.seed), asked.max_new_tokens):
        probabilities, cache = asked.read(tokens, asked.cache)
        token = sample(probabilities, coin)
        if token in asked.stop_tokens:
            return
        yield token, cache
        tokens = [token]


@mistake("generate", "the given cache is ignored")
def cache_ignored(*args: Any) -> Written:
    """You begin without a cache even if you are given one. The text that the cache covers is lost,
    and `tokens` are read as if the text began with them."""
    return Asked(*args).but(cache=None)


@mistake("generate", "the cache already covers the token")
def cache_after_the_token(*args: Any) -> Written:
    """You read the new token before you yield it, so the cache that you yield with the token
    already covers it. A caller who goes on from there reads that token twice. The cache should end
    before the token."""
    return ((token, Asked(*args).read([token], cache)[1]) for token, cache in generate(*args))


@mistake("generate", "the cache is the one from before the step")
def cache_of_the_step_before(*args: Any) -> Written:
    """With each token you yield the cache that the step began with. It lacks the tokens that the
    step has read, and at the start of a text it's None."""
    before = args[3]
    for token, cache in generate(*args):
        yield token, before
        before = cache


@mistake("generate", "the cache is always the one you were given")
def cache_of_the_caller(*args: Any) -> Written:
    """The tokens are right, but with each token you yield the cache that you were given, which
    never grows. A caller who goes on from there has to read everything again."""
    return ((token, args[3]) for token, _ in generate(*args))


@mistake("generate", "all caches are the same list")
def one_list_for_all(*args: Any) -> Written:
    """You put the new keys and values into one list, and yield that list each time. So the caches
    that you have already yielded grow as well: in the end, all of them cover as much text as the
    last one."""
    same: Cache = []
    for token, cache in generate(*args):
        same[:] = cache
        yield token, same


@mistake("generate", "the caller's cache is modified")
def callers_cache_modified(*args: Any) -> Written:
    """The tokens are right, but you put the new keys and values into the list that you were given.
    The caller may want to go on from that list again, for example to write a second answer."""
    given: Cache | None = args[3]
    for token, cache in Asked(*args).but(cache=given and list(given)):
        if given is not None:
            given[:] = cache
        yield token, cache


@mistake("generate", "the caller's tokens are modified")
def callers_tokens_modified(*args: Any) -> Written:
    """The tokens are right, but you add the new tokens to the list that you were given, so the
    caller's prompt gets longer. Use a list of your own."""
    for token, cache in Asked(*args).but(tokens=list(args[0])):
        args[0].append(token)
        yield token, cache


@mistake("generate", "one token too many is written")
def one_too_many(*args: Any) -> Written:
    """You write one token more than `max_new_tokens`. The first new token, which follows the
    prompt, counts as well."""
    return Asked(*args).but(max_new_tokens=args[4] + 1)


@mistake("generate", "one token too few is written")
def one_too_few(*args: Any) -> Written:
    """You stop one token before `max_new_tokens`. Look at the bounds of your loop, and at whether
    you count before or after you compare."""
    return Asked(*args).but(max_new_tokens=args[4] - 1)


@mistake("generate", "at least one token is always written")
def at_least_one(*args: Any) -> Written:
    """If `max_new_tokens` is 0, you still write one token: you look at the number only after a
    token has been written."""
    return Asked(*args).but(max_new_tokens=max(args[4], 1))


@mistake("generate", "the prompt counts as new tokens")
def prompt_counts(*args: Any) -> Written:
    """You count the tokens of the prompt too, so after a long prompt the answer is short, or there
    is none. `max_new_tokens` counts only the tokens that you write."""
    return Asked(*args).but(max_new_tokens=args[4] - len(args[0]))


@mistake("generate", "the stop token is yielded")
def stop_token_yielded(*args: Any) -> Written:
    """The text ends where it should, but you yield the stop token too. It is a signal to you, not
    part of the text: a chat would show `<|eot_id|>` after every answer."""
    for token, cache in Asked(*args).but(stop_tokens=[]):
        yield token, cache
        if token in args[5]:
            return


@mistake("generate", "stop tokens are ignored")
def stop_ignored(*args: Any) -> Written:
    """No stop token ends your text. If you compare the token with `stop_tokens` itself, the two are
    never equal, because `stop_tokens` is a list."""
    return Asked(*args).but(stop_tokens=[])


@mistake("generate", "a stop token is skipped, but the text goes on")
def stop_skipped(*args: Any) -> Written:
    """You leave the stop token out and go on writing. What a model writes after the end of its text
    is noise, or the next question. Nothing may follow a stop token."""
    return (one for one in Asked(*args).but(stop_tokens=[]) if one[0] not in args[5])


@mistake("generate", "a stop token is skipped, and the token before it is read again")
def stop_drawn_again(*args: Any) -> Written:
    """You leave the stop token out, but your loop goes on: it reads the previous token a second
    time and draws a new token. A stop token means that the text is over. Does your loop end
    there?"""
    asked, tokens, cache = Asked(*args), args[0], args[3]
    for coin in islice(coins_of(asked.seed), asked.max_new_tokens):
        probabilities, cache = asked.read(tokens, cache)
        token = sample(probabilities, coin)
        if token not in asked.stop_tokens:
            yield token, cache
            tokens = [token]


@mistake("generate", "only the first stop token counts")
def only_first_stop(*args: Any) -> Written:
    """You look only at the first stop token. Llama 3 ends a text with `<|end_of_text|>` and an
    answer in a chat with `<|eot_id|>`: either of them should end the text."""
    return Asked(*args).but(stop_tokens=args[5][:1])


@mistake("generate", "only the last stop token counts")
def only_last_stop(*args: Any) -> Written:
    """You look only at the last stop token. If you compare in a loop, does each comparison replace
    the result of the one before? Any of the stop tokens should end the text."""
    return Asked(*args).but(stop_tokens=args[5][-1:])


@mistake("generate", "the first new token is not checked against the stop tokens")
def first_not_checked(*args: Any) -> Written:
    """You yield the first new token without asking whether it is a stop token, and check only the
    later ones. A model may have nothing to say: then nothing should be yielded."""
    for index, (token, cache) in enumerate(Asked(*args).but(stop_tokens=[])):
        if index and token in args[5]:
            return
        yield token, cache


@mistake("generate", "a stop token in the prompt ends the text")
def stop_in_the_prompt(*args: Any) -> Written:
    """You look for stop tokens in the prompt as well. A chat's prompt has an `<|eot_id|>` after
    every message, so no answer would ever be written. Only a new token can end the text."""
    return iter(()) if set(args[0]) & set(args[5]) else generate(*args)


@mistake("generate", "the text is ended with raise, not with return")
def raises_stop_iteration(*args: Any) -> Written:
    """You end the text with `raise StopIteration`. Inside a generator, Python turns that into a
    RuntimeError, because it is usually a bug. A plain `return` ends a generator."""
    written = 0
    for item in generate(*args):
        yield item
        written += 1
    if written < args[4]:
        raise RuntimeError("generator raised StopIteration")


@mistake("generate", "every token gets the same coin")
def same_coin(*args: Any) -> Written:
    """Every token is drawn with the first coin of the seed: either you make a new generator for
    each token, or you draw one coin before the loop. Make the generator once, and draw a coin for
    every token."""
    return Asked(*args).reading(coins=repeat(next(coins_of(args[8]))))


@mistake("generate", "each token has a seed of its own")
def seed_counts_up(*args: Any) -> Written:
    """You make a new generator for each token, with a seed one higher than the last. A single
    generator, made from the caller's seed, should give all the coins of the text."""
    coins = (next(coins_of(args[8] + index)) for index in count())
    return Asked(*args).reading(coins=coins)


@mistake("generate", "the coins come from torch")
def coins_from_torch(*args: Any) -> Written:
    """You draw the coins with torch. For the same seed, torch gives different numbers, and so a
    different text. The coins here come from Python's `random.Random`."""
    source = torch.Generator().manual_seed(args[8])
    return Asked(*args).reading(coins=(float(torch.rand((), generator=source)) for _ in count()))


@mistake("generate", "a coin is drawn before the first token")
def coin_too_early(*args: Any) -> Written:
    """Your first token gets the second coin of the seed, the next one the third, and so on. One
    coin is drawn without a token to use it for."""
    return Asked(*args).reading(coins=islice(coins_of(args[8]), 1, None))


@mistake("generate", "Python's shared generator is seeded")
def shared_generator(*args: Any) -> Written:
    """You seed the generator that the whole program shares. If you write a single text, it is
    right. But if you write two texts in turns, each text uses up coins that belong to the other.
    Make a `random.Random` of your own."""
    SHARED.seed(args[8])
    yield from Asked(*args).reading(coins=(SHARED.random() for _ in count()))


@mistake("generate", "temperature and top_p are swapped")
def settings_swapped(*args: Any) -> Written:
    """You pass `top_p` as the temperature and the temperature as `top_p`. Both are numbers around
    1, so you get no error. Compare the order of your arguments with the signature of
    `next_token_probabilities`."""
    return Asked(*args).but(temperature=args[7], top_p=args[6])


@mistake("generate", "the temperature is not passed on")
def temperature_ignored(*args: Any) -> Written:
    """You draw at temperature 1, whatever the caller asks for. At temperature 0, for example, every
    token should be the most likely one."""
    return Asked(*args).but(temperature=1.0)


@mistake("generate", "top_p is not passed on")
def top_p_ignored(*args: Any) -> Written:
    """You draw from all tokens, whatever `top_p` is, so the unlikely ones are never cut."""
    return Asked(*args).but(top_p=1.0)


@mistake("generate", "the most likely token is always taken")
def always_greedy(*args: Any) -> Written:
    """You take the most likely token, as at temperature 0, whatever the temperature is. At any
    other temperature, the token should be drawn with a coin."""
    return Asked(*args).but(temperature=0.0)


@mistake("generate", "a list is returned, not an iterator")
def list_of_items(*args: Any) -> list[tuple[int, Cache]]:
    """You collect all tokens and return them in a list. Someone who reads along sees nothing until
    the whole text is written. With `yield`, you hand over each token as soon as it's drawn."""
    return list(generate(*args))


@mistake("generate", "everything is computed before the first token is yielded")
def all_first(*args: Any) -> Written:
    """You compute the whole text and only then yield its tokens. A caller who wants three of a
    thousand tokens waits for all of them. Yield each token as soon as it's drawn."""
    yield from list(generate(*args))


@mistake("generate", "each token is read before it is yielded")
def one_step_ahead(*args: Any) -> Written:
    """The model reads each new token before you yield it, so every token is one step late, and the
    last step is wasted. Read a token only when the caller asks for the next one."""
    asked = Asked(*args)
    for token, cache in generate(*args):
        asked.read([token], cache)
        yield token, cache


@mistake("generate", "the model reads the last token for nothing")
def one_step_more(*args: Any) -> Written:
    """When all tokens are written, the model reads the last one too, although nothing follows. With
    a large model, the caller waits for logits that nobody uses."""
    last: tuple[int, Cache] | None = None
    for last in generate(*args):
        yield last
    if last:
        Asked(*args).read([last[0]], last[1])


@mistake("generate", "the tokens come without their caches")
def without_caches(*args: Any) -> Iterator[int]:
    """You yield bare tokens. Each should come in a pair with its cache, so that the caller can go
    on from there without reading the text again."""
    return (token for token, _ in generate(*args))


def decoding(pieces: Iterable[bytes], errors: str, encoding: str = "utf-8") -> Iterator[str]:
    """Decode with another error handler or encoding."""
    return codecs.iterdecode(pieces, encoding, errors)


def not_empty(texts: Iterable[str]) -> Iterator[str]:
    return (text for text in texts if text)


def is_whole(data: bytes) -> bool:
    """Return whether bytes are valid UTF-8."""
    return data.decode("utf-8", "ignore").encode() == data


def once_whole(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what a buffer holds whenever it is valid UTF-8, and at the end whatever it holds."""
    buffer = b""
    for piece in pieces:
        buffer += piece
        if is_whole(buffer):
            yield buffer
            buffer = b""
    yield buffer


@mistake("stream_text", "each token is decoded by itself")
def each_alone(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You decode every token by itself. A character that is cut between two tokens is invalid in
    both, and turns into U+FFFD twice. Keep its first bytes until the others come."""
    return not_empty(piece.decode("utf-8", "replace") for piece in token_bytes)


@mistake("stream_text", "each token is decoded by itself, and a piece may be empty")
def each_alone_even_empty(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You decode every token by itself and yield what comes out. A character that is cut between
    two tokens becomes U+FFFD in both, and a token without bytes makes an empty piece. Keep the
    first bytes of a character until the others come, and leave out what is empty."""
    return (piece.decode("utf-8", "replace") for piece in token_bytes)


@mistake("stream_text", "each token is decoded by itself, ignoring cut characters")
def each_alone_ignoring(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You decode every token by itself and ignore what can't be decoded. A character that is cut
    between two tokens disappears, as do bytes that should become U+FFFD. Keep the first bytes of a
    character until the others come."""
    return (piece.decode("utf-8", "ignore") for piece in token_bytes)


@mistake("stream_text", "the bytes are written as Python code")
def shown_as_code(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You turn each token into text with `str`, `repr` or an f-string. That writes the bytes as
    you'd type them in Python, with `b'...'` around them. Bytes have to be decoded."""
    return map(str, token_bytes)


@mistake("stream_text", "a cut character is an error")
def each_alone_strictly(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You decode every token by itself, which raises an error if a token ends inside a character.
    An emoji has four bytes and may be cut anywhere. Keep its first bytes until the others come."""
    return not_empty(piece.decode("utf-8") for piece in token_bytes)


@mistake("stream_text", "tokens that can't be decoded alone are dropped")
def undecodable_dropped(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You decode every token by itself and leave out tokens that aren't valid UTF-8. Every
    character that is cut between two tokens is lost, along with everything else in those two
    tokens."""
    return not_empty(piece.decode() for piece in token_bytes if is_whole(piece))


@mistake("stream_text", "a new decoder is made for every token")
def new_decoder(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You make the incremental decoder inside the loop. It is there to remember the first bytes of
    a cut character, and a new one remembers nothing."""
    make = codecs.getincrementaldecoder("utf-8")
    return not_empty(make("replace").decode(piece) for piece in token_bytes)


@mistake("stream_text", "bytes that aren't UTF-8 are dropped")
def invalid_ignored(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You drop bytes that aren't valid UTF-8, so nobody notices that something is wrong. Each
    invalid sequence should become U+FFFD."""
    return decoding(token_bytes, "ignore")


@mistake("stream_text", "bytes that aren't UTF-8 are an error")
def invalid_raises(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You put cut characters back together, but when bytes can't form a character, your stream ends
    with an error. A model may write any bytes. Each invalid sequence should become U+FFFD."""
    return decoding(token_bytes, "strict")


@mistake("stream_text", "an unfinished character at the end is lost")
def end_lost(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """If the last token ends inside a character, the first bytes of that character stay in your
    buffer. No more will come, so they should become U+FFFD. This happens whenever `max_new_tokens`
    cuts an emoji."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    return not_empty(decoder.decode(piece) for piece in token_bytes)


@mistake("stream_text", "the text comes all at once")
def all_at_the_end(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You join all tokens and yield the whole text. It's right, but it isn't a stream: the reader
    waits for the last token. Each character should come as soon as its last byte has been read."""
    return not_empty(b"".join(one).decode("utf-8", "replace") for one in [token_bytes])


@mistake("stream_text", "all tokens are read before the first is decoded")
def all_read_first(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You read all tokens before you decode the first one. The pieces are right, but the reader
    waits until the last token is written. Loop over the iterator itself."""
    yield from stream_text(list(token_bytes))


@mistake("stream_text", "the text is one token late")
def one_token_late(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You yield the text of a token only after you have read the next one. A character should come
    as soon as its last byte is read."""
    before = ""
    for text in stream_text(token_bytes):
        yield from not_empty([before])
        before = text
    yield from not_empty([before])


@mistake("stream_text", "whole characters wait for an unfinished one")
def waits_for_the_next(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """If a token ends inside a character, you hold back the entire token, including the whole
    characters before the cut. Only the bytes of the unfinished character should wait."""
    return not_empty(piece.decode("utf-8", "replace") for piece in once_complete(token_bytes))


def once_complete(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what a buffer holds whenever it doesn't end in bytes that can't be decoded, and at the
    end whatever it holds."""
    buffer = b""
    for piece in pieces:
        buffer += piece
        if not buffer.decode("utf-8", "replace").endswith("\ufffd"):
            yield buffer
            buffer = b""
    yield buffer


@mistake("stream_text", "the text waits for a token that ends with a space")
def waits_for_a_space(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You collect tokens until one ends with a space. Llama's tokens have their space in front, and
    Chinese has no spaces, so whole sentences are held back. Only an unfinished character has to
    wait."""
    buffer = b""
    for piece in token_bytes:
        buffer += piece
        if buffer.endswith(b" "):
            yield buffer.decode("utf-8", "replace")
            buffer = b""
    yield from not_empty([buffer.decode("utf-8", "replace")])


@mistake("stream_text", "a word waits for the space after it")
def words_wait(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You yield text up to the last space and hold back the word after it. The reader sees each
    word only when the next one begins. Chinese has no spaces, so it appears only at the end. Only
    an unfinished character has to wait."""
    buffer = b""
    for piece in token_bytes:
        before, space, buffer = (buffer + piece).rpartition(b" ")
        yield from not_empty([(before + space).decode("utf-8", "replace")])
    yield from not_empty([buffer.decode("utf-8", "replace")])


@mistake("stream_text", "everything after an invalid byte is held back")
def held_after_invalid(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You wait until your buffer is valid UTF-8. With an invalid byte in the buffer, that never
    happens, so nothing more comes until the end. Only an unfinished character is worth waiting
    for."""
    return not_empty(data.decode("utf-8", "replace") for data in once_whole(token_bytes))


@mistake("stream_text", "everything after an invalid byte is lost")
def lost_after_invalid(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You wait until your buffer is valid UTF-8. With an invalid byte in the buffer, that never
    happens, and at the end you drop the buffer. So after a single invalid byte, the rest of the
    text is lost."""
    return not_empty(data.decode() for data in once_whole(token_bytes) if is_whole(data))


@mistake("stream_text", "empty pieces are yielded")
def empty_pieces(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You yield a piece for every token, even if the token finishes no character. The text is
    right, but an empty piece says nothing: leave it out."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    yield from map(decoder.decode, token_bytes)
    yield decoder.decode(b"", final=True)


@mistake("stream_text", "tokens that finish no character make empty pieces")
def empty_pieces_between(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You yield whatever the decoder returns for each token, without checking it. For a token that
    finishes no character, that is an empty piece, which says nothing. You check only the last
    piece; the others need that check, too."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    yield from map(decoder.decode, token_bytes)
    yield from not_empty([decoder.decode(b"", final=True)])


@mistake("stream_text", "empty pieces are yielded, and the end is lost")
def empty_pieces_and_no_end(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You yield what the decoder returns for each token, even if that is empty, but you yield
    nothing after the last token. An empty piece says nothing, and bytes that are left at the end
    should become U+FFFD. How does a decoder learn that no more bytes come?"""
    return map(codecs.getincrementaldecoder("utf-8")("replace").decode, token_bytes)


@mistake("stream_text", "the last piece is empty")
def empty_last_piece(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """After the last token you yield what is left, even if that is empty. It usually is, because
    most texts end with a whole character. An empty piece says nothing, so check this one as you
    check the others."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    yield from not_empty(map(decoder.decode, token_bytes))
    yield decoder.decode(b"", final=True)


@mistake("stream_text", "the whole text so far is yielded every time")
def text_so_far(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """Each of your pieces begins with all the text before it, so the joined pieces repeat
    everything. A piece should hold only what is new."""
    return accumulate(stream_text(token_bytes))


@mistake("stream_text", "the new text is found by comparing lengths")
def cut_by_length(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You decode everything so far and yield only what makes the text longer. An unfinished
    character becomes U+FFFD, which you yield. When its last byte comes, the text doesn't get
    longer, so you never yield the character."""
    length = 0
    for data in accumulate(token_bytes):
        text = data.decode("utf-8", "replace")
        yield from not_empty([text[length:]])
        length = max(length, len(text))


@mistake("stream_text", "the bytes are read as Latin-1")
def latin_1(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You turn every byte into a character, as Latin-1 and `chr` do, so é becomes Ã©. The bytes are
    UTF-8, where a character takes one to four of them."""
    return decoding(token_bytes, "strict", "latin-1")


@mistake("stream_text", "whitespace pieces are dropped")
def white_space_dropped(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """You leave out pieces that are only spaces or line breaks. They are text too: without them,
    words and lines run together. Only a piece without any character is empty."""
    return (text for text in stream_text(token_bytes) if text.strip())


@mistake("stream_text", "a list is returned, not an iterator")
def list_of_pieces(token_bytes: Iterable[bytes]) -> list[str]:
    """You collect the pieces and return them in a list, after the last token. With `yield`, you
    hand over each piece as soon as it's decoded."""
    return list(stream_text(token_bytes))


@mistake("stream_text", "the joined text is returned, not an iterator")
def one_text(token_bytes: Iterable[bytes]) -> str:
    """You return the whole text at the end. The reader should see it while it is written: yield
    piece after piece."""
    return "".join(stream_text(token_bytes))
