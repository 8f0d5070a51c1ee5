"""The ways that stage 5 goes wrong."""

import codecs
import re
from typing import Any

import tiktoken
import torch

from grader.diagnosis import mistake
from solutions.s02_regex_split import PATTERN
from solutions.s04_special_tokens import special_token_ids
from solutions.s05_tokenizer import build_tokenizer, encode_prompt, token_pieces

_BRANCHES = [
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}",
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
]
LLAMA_3_PATTERN = "|".join(_BRANCHES)
_RESERVED = [f"<|reserved_special_token_{i}|>" for i in range(251)]
_HEADERS = ["<|start_header_id|>", "<|end_header_id|>"]
LLAMA_3_SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", *_RESERVED[:4], *_HEADERS]
LLAMA_3_SPECIAL += [_RESERVED[4], "<|eot_id|>", *_RESERVED[5:]]
GPT_2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def tokenizer_from(
    ranks: dict[bytes, int], special: dict[str, int], pattern: str = PATTERN
) -> tiktoken.Encoding:
    return tiktoken.Encoding(
        name="llama3", pat_str=pattern, mergeable_ranks=ranks, special_tokens=special
    )


@mistake("build_tokenizer", "the pattern is GPT-2's")
def pattern_of_gpt_2(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """You cut the text with GPT-2's pattern. It is the best known one, and it cuts differently at
    numbers, brackets, capital 'LL and line ends. Llama 3's own pattern is what you wrote in
    stage 2."""
    return tokenizer_from(ranks, special_token_ids(len(ranks)), GPT_2_PATTERN)


@mistake("build_tokenizer", "the pattern is written out instead of imported")
def pattern_written_out(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your pattern is Llama 3's own, written into this file once more. Import `PATTERN` from stage
    2 instead, so that there is one place to change it: this stage is graded with another one."""
    return tokenizer_from(ranks, special_token_ids(len(ranks)), LLAMA_3_PATTERN)


@mistake("build_tokenizer", "the special tokens are written out instead of imported")
def special_tokens_written_out(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your special tokens are Llama 3's own, listed in this file once more. Call
    `special_token_ids` of stage 4 instead, so that there is one list: this stage is graded with
    other names."""
    return tokenizer_from(ranks, {name: len(ranks) + i for i, name in enumerate(LLAMA_3_SPECIAL)})


@mistake("build_tokenizer", "the text is cut at white space only")
def cut_at_white_space(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your pattern takes words and white space in turn, so punctuation sticks to the words and the
    spaces stand alone. Llama 3's words carry the space before them. Its pattern is in stage 2."""
    return tokenizer_from(ranks, special_token_ids(len(ranks)), r"\S+|\s+")


@mistake("build_tokenizer", "the text is not cut at all")
def not_cut(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your pattern takes the whole text as one chunk, so bytes merge across the ends of words. The
    tokens were trained inside chunks only: cut with the pattern of stage 2 first."""
    return tokenizer_from(ranks, special_token_ids(len(ranks)), r"(?s:.+)")


@mistake("build_tokenizer", "the ranks are numbered anew")
def ranks_enumerated(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """You number the tokens by where they stand in the table. As long as the table is in order
    that is the same; the rank is the value in the table, whatever the order."""
    return build_tokenizer({token: place for place, token in enumerate(ranks)})


@mistake("build_tokenizer", "there are no special tokens")
def no_special_tokens(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your tokenizer knows the ordinary tokens only, so it has no begin-of-text to put in front of
    a prompt and cannot decode 256 of the ids. Stage 4 gives you their names and ids."""
    return tokenizer_from(ranks, {})


@mistake("build_tokenizer", "begin-of-text is the only special token")
def only_begin_of_text(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your tokenizer knows `<|begin_of_text|>` and none of the other 255. That is enough for a
    prompt; the chat format needs the headers and end-of-turn, and decoding needs them all."""
    return tokenizer_from(ranks, {"<|begin_of_text|>": len(ranks)})


@mistake("build_tokenizer", "the special tokens start one too late")
def special_one_too_late(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your special tokens leave one id free behind the ordinary ones. Those are numbered from 0, so
    the first free id is exactly how many there are."""
    return tokenizer_from(ranks, special_token_ids(len(ranks) + 1))


@mistake("build_tokenizer", "the special tokens start at 0")
def special_from_zero(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your special tokens have the ids of the first ordinary ones: begin-of-text would be an
    exclamation mark. Stage 4 wants to know how many ordinary tokens there are."""
    return tokenizer_from(ranks, special_token_ids(0))


@mistake("build_tokenizer", "the special tokens always start at 128000")
def special_at_128000(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your special ids are right for the vocabulary of Llama 3 and for no other. How many ordinary
    tokens there are can be seen from `ranks`."""
    return tokenizer_from(ranks, special_token_ids(128000))


@mistake("build_tokenizer", "the special tokens are put among the ordinary ones")
def special_among_ordinary(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """You added the special tokens to the table of ranks. Their ids are right, but for tiktoken
    they are now ordinary tokens that no text leads to: it neither recognises them in a text nor
    warns of them. There is an argument of their own for them."""
    special = special_token_ids(len(ranks))
    return tokenizer_from({**ranks, **{name.encode(): special[name] for name in special}}, {})


@mistake("encode_prompt", "begin-of-text is missing")
def no_begin(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You encode the text and put nothing in front of it. The model was trained on texts that start
    with `<|begin_of_text|>`; tiktoken does not add it by itself."""
    return tokenizer.encode_ordinary(prompt)


@mistake("encode_prompt", "begin-of-text comes twice")
def begin_twice(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You put `<|begin_of_text|>` in front two times. This happens where two helpers each add it;
    the model then sees an empty text before yours."""
    tokens = encode_prompt(tokenizer, prompt)
    return [tokens[0], *tokens]


@mistake("encode_prompt", "end-of-text is added at the end")
def end_added(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You close the prompt with `<|end_of_text|>`, which tells the model that nothing follows. It
    is to go on writing: leave the end open."""
    end = tokenizer.encode_single_token("<|end_of_text|>")
    return [*encode_prompt(tokenizer, prompt), end]


@mistake("encode_prompt", "begin-of-text is encoded as text")
def begin_as_text(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You write the name `<|begin_of_text|>` in front of the prompt and encode it along with it. As
    text it falls into ordinary tokens, a bracket first. Ask the tokenizer for the one id that
    belongs to the name."""
    return tokenizer.encode_ordinary("<|begin_of_text|>" + prompt)


@mistake("encode_prompt", "begin-of-text is always 128000")
def begin_fixed_at_128000(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Your first id is 128000 whatever the tokenizer. On Llama 3 that is right; in another
    vocabulary it is another token or none. The tokenizer knows the id of every name."""
    return [128000, *tokenizer.encode_ordinary(prompt)]


@mistake("encode_prompt", "the prompt starts with end-of-text")
def end_for_begin(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Your first token is `<|end_of_text|>`. GPT-2 has one token for both ends of a text; Llama 3
    has two, and the one for the beginning belongs here."""
    end = tokenizer.encode_single_token("<|end_of_text|>")
    return [end, *tokenizer.encode_ordinary(prompt)]


@mistake("encode_prompt", "begin-of-text stands between all tokens")
def begin_between_all(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You put `<|begin_of_text|>` before every token. It belongs once, at the very front."""
    begin, *tokens = encode_prompt(tokenizer, prompt)
    return [one for token in tokens for one in (begin, token)]


@mistake("encode_prompt", "special tokens in the prompt become real")
def all_special_allowed(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You allow special tokens in the text, so whoever types `<|eot_id|>` ends the turn. A prompt
    is somebody's text: what looks like a special token in it has to stay text. tiktoken has a
    method that knows no special tokens at all."""
    begin = tokenizer.encode_single_token("<|begin_of_text|>")
    return [begin, *tokenizer.encode(prompt, allowed_special="all")]


@mistake("encode_prompt", "begin-of-text in the prompt becomes real")
def begin_allowed(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You put the name `<|begin_of_text|>` in front of the text and allow that one special token.
    Then a prompt that contains the name brings in another. Encode the text by itself, with no
    special token allowed, and put the id in front."""
    begin = "<|begin_of_text|>"
    return tokenizer.encode(begin + prompt, allowed_special={begin}, disallowed_special=())


@mistake("encode_prompt", "a prompt that looks like a special token is refused")
def refuses_special_text(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You use `encode` as it is. By itself it raises an error when the text contains the name of a
    special token, to make you think. Here the answer is known: such text is ordinary text, and
    tiktoken has a method for that."""
    begin = tokenizer.encode_single_token("<|begin_of_text|>")
    return [begin, *tokenizer.encode(prompt)]


@mistake("encode_prompt", "what looks like a special token is taken out")
def special_text_removed(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You delete what looks like a special token. That is safe, but the text is no longer what
    somebody wrote, and a question about `<|eot_id|>` loses its object. It can stay, as text."""
    return encode_prompt(tokenizer, re.sub(r"<\|\w+\|>", "", prompt))


@mistake("encode_prompt", "the prompt is stripped")
def prompt_stripped(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You take the white space off the ends. The prompt of this kata ends with a space, and that
    space is a token the answer depends on: every character counts."""
    return encode_prompt(tokenizer, prompt.strip())


@mistake("encode_prompt", "a space is put in front of the prompt")
def space_in_front(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You add a space before the first word, as the tokenizer of Llama 2 did. Llama 3 takes the
    text as it is, and `the` and ` the` are two different tokens."""
    return encode_prompt(tokenizer, " " + prompt)


@mistake("encode_prompt", "every word is encoded by itself")
def words_apart(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You split the prompt at white space and encode the words one by one. The spaces are gone
    then, and most of Llama 3's words begin with one. Give the tokenizer the whole text."""
    begin = tokenizer.encode_single_token("<|begin_of_text|>")
    return [begin, *(one for word in prompt.split() for one in tokenizer.encode_ordinary(word))]


@mistake("encode_prompt", "pieces of text are returned, not ids")
def pieces_for_ids(tokenizer: tiktoken.Encoding, prompt: str) -> list[str]:
    """You return the text of each token. The model looks up rows by number: return the ids, and
    leave the text to `token_pieces`."""
    return token_pieces(tokenizer, encode_prompt(tokenizer, prompt))


@mistake("encode_prompt", "a tensor is returned")
def tensor_of_ids(tokenizer: tiktoken.Encoding, prompt: str) -> torch.Tensor:
    """Your ids are right, but they come as a tensor. Up to the embedding (stage 8) tokens are a
    plain list of numbers."""
    return torch.tensor(encode_prompt(tokenizer, prompt))


@mistake("token_pieces", "all tokens are decoded together")
def one_text(tokenizer: tiktoken.Encoding, tokens: list[int]) -> Any:
    """You decode the whole list at once and return one string. That is the text again, and says
    nothing of where it was cut: each token wants to be decoded by itself."""
    return tokenizer.decode(tokens)


@mistake("token_pieces", "the text is split at spaces")
def text_split_at_spaces(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You decode everything and split the text into words. Tokens are not words: a comma or a part
    of a word can be one, and most carry the space before them."""
    return tokenizer.decode(tokens).split()


@mistake("token_pieces", "a number is given to decode where it wants a list")
def decode_of_a_number(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You call `decode` with one id. It takes a list of ids, also when there is only one."""
    return [tokenizer.decode(token) for token in tokens]  # type: ignore[arg-type]


@mistake("token_pieces", "the pieces are bytes")
def bytes_for_text(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[bytes]:
    """Your pieces are bytes, which is what tokens are at heart. Here they are wanted as text: find
    the method that decodes as well."""
    return [tokenizer.decode_single_token_bytes(token) for token in tokens]


@mistake("token_pieces", "part of a character is an error")
def strict_decoding(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You decode the bytes of each token strictly. A token can be a part of a character (a Chinese
    one has three bytes), and a part is not valid UTF-8 alone. Show U+FFFD in its place."""
    return [tokenizer.decode([token], errors="strict") for token in tokens]


@mistake("token_pieces", "part of a character is left out")
def ignoring_parts(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """Where a token is only a part of a character you give an empty piece. Show U+FFFD, so that
    one sees that something is there."""
    return [tokenizer.decode([token], errors="ignore") for token in tokens]


@mistake("token_pieces", "bytes are held back until a character is whole")
def held_back(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You keep the bytes of an unfinished character and give them to the token that finishes it.
    For printing an answer as it comes that is right; here every token is decoded by itself."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    return [decoder.decode(tokenizer.decode_single_token_bytes(token)) for token in tokens]


@mistake("token_pieces", "the pieces are stripped")
def pieces_stripped(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You take the white space off each piece. The space belongs to the token: without it one
    cannot see that ` the` and `the` are two, and the pieces no longer join to the text."""
    return [piece.strip() for piece in token_pieces(tokenizer, tokens)]


@mistake("token_pieces", "special tokens are left out")
def special_left_out(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You skip special tokens. That is right for an answer meant for people; here there is one
    piece for every token, and a special token's piece is its name."""
    ordinary = tokenizer.n_vocab - len(tokenizer.special_tokens_set)
    return token_pieces(tokenizer, [token for token in tokens if token < ordinary])


@mistake("token_pieces", "the first token is left out")
def first_left_out(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You drop the first token, as if it were always begin-of-text. There is one piece for every
    token, whatever it is."""
    return token_pieces(tokenizer, tokens[1:])


@mistake("token_pieces", "the ids are returned as they are")
def ids_for_pieces(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[int]:
    """You give the numbers back. What is wanted is the text that each of them stands for."""
    return list(tokens)
