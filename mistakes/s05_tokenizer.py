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
    """Your tokenizer cuts text the way GPT-2's pattern does. That pattern is the best known, and it
    differs from Llama 3's at numbers, brackets, a capital `'LL` and line ends. Use the one you
    wrote in stage 2."""
    return tokenizer_from(ranks, special_token_ids(len(ranks)), GPT_2_PATTERN)


@mistake("build_tokenizer", "the pattern is written out instead of imported")
def pattern_written_out(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your pattern is a copy of Llama 3's, written out in this file. Import `PATTERN` from stage 2
    instead, so that there is only one place to change it. This stage is graded with a different
    pattern."""
    return tokenizer_from(ranks, special_token_ids(len(ranks)), LLAMA_3_PATTERN)


@mistake("build_tokenizer", "the special tokens are written out instead of imported")
def special_tokens_written_out(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your special tokens are a copy of Llama 3's, listed in this file. Call `special_token_ids`
    from stage 4 instead, so that there is only one list. This stage is graded with different
    names."""
    return tokenizer_from(ranks, {name: len(ranks) + i for i, name in enumerate(LLAMA_3_SPECIAL)})


@mistake("build_tokenizer", "the text is cut at white space only")
def cut_at_white_space(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """You separate words from white space and nothing else, so punctuation sticks to the words and
    the spaces are separate chunks. In Llama 3 most words carry the space before them. The right
    pattern is in stage 2."""
    return tokenizer_from(ranks, special_token_ids(len(ranks)), r"\S+|\s+")


@mistake("build_tokenizer", "the text is not cut into chunks")
def not_cut(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """You treat the whole text as one chunk, so bytes merge across the ends of words. The
    vocabulary was made from chunks, so cut the text with the pattern of stage 2 first."""
    return tokenizer_from(ranks, special_token_ids(len(ranks)), r"(?s:.+)")


@mistake("build_tokenizer", "the tokens are renumbered")
def ranks_enumerated(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """You number the tokens by their position in the table. That gives the same numbers only while
    the table is in order; the rank of a token is its value in the table, whatever the order."""
    return build_tokenizer({token: place for place, token in enumerate(ranks)})


@mistake("build_tokenizer", "there are no special tokens")
def no_special_tokens(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your tokenizer knows only the ordinary tokens. It has no begin-of-text to put in front of a
    prompt, and can't decode the last 256 ids. Stage 4 gives you their names and ids."""
    return tokenizer_from(ranks, {})


@mistake("build_tokenizer", "begin-of-text is the only special token")
def only_begin_of_text(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your tokenizer knows `<|begin_of_text|>` and none of the other 255 special tokens. A prompt
    needs no more, but the chat format needs headers and end-of-turn, and decoding needs all of
    them."""
    return tokenizer_from(ranks, {"<|begin_of_text|>": len(ranks)})


@mistake("build_tokenizer", "the special tokens start one id too late")
def special_one_too_late(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your special tokens leave one id unused after the ordinary ones. Ordinary ids count from 0,
    so the first free id is exactly the number of ordinary tokens."""
    return tokenizer_from(ranks, special_token_ids(len(ranks) + 1))


@mistake("build_tokenizer", "the special tokens start at 0")
def special_from_zero(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your special tokens have the ids of the first ordinary tokens: begin-of-text would be an
    exclamation mark. Pass the number of ordinary tokens to stage 4."""
    return tokenizer_from(ranks, special_token_ids(0))


@mistake("build_tokenizer", "the ids of the special tokens always start at 128000")
def special_at_128000(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your special ids are right for Llama 3's vocabulary and for no other, because they always
    start at 128000. Count the ordinary tokens in `ranks` instead."""
    return tokenizer_from(ranks, special_token_ids(128000))


@mistake("build_tokenizer", "the special tokens are among the ordinary ones")
def special_among_ordinary(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """You add the special tokens to the table of ranks. Their ids are right, but tiktoken treats
    them as ordinary tokens, so it neither recognizes their names in a text nor refuses them. It has
    a separate argument for special tokens."""
    special = special_token_ids(len(ranks))
    return tokenizer_from({**ranks, **{name.encode(): special[name] for name in special}}, {})


@mistake("encode_prompt", "begin-of-text is missing")
def no_begin(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Your prompt doesn't start with `<|begin_of_text|>`. Llama 3's prompts do, and tiktoken
    doesn't add it for you."""
    return tokenizer.encode_ordinary(prompt)


@mistake("encode_prompt", "begin-of-text comes twice")
def begin_twice(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Your prompt starts with `<|begin_of_text|>` twice, as happens when two helpers each add it.
    The model then reads an empty text before yours."""
    tokens = encode_prompt(tokenizer, prompt)
    return [tokens[0], *tokens]


@mistake("encode_prompt", "end-of-text is added at the end")
def end_added(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You end the prompt with `<|end_of_text|>`, which tells the model that the text is over. The
    model should continue the text, so leave its end open."""
    end = tokenizer.encode_single_token("<|end_of_text|>")
    return [*encode_prompt(tokenizer, prompt), end]


@mistake("encode_prompt", "begin-of-text is encoded as text")
def begin_as_text(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You encode the name `<|begin_of_text|>` as text, and it becomes several ordinary tokens, the
    first of them a bracket. Ask the tokenizer for the one id that has this name."""
    return tokenizer.encode_ordinary("<|begin_of_text|>" + prompt)


@mistake("encode_prompt", "begin-of-text is always 128000")
def begin_fixed_at_128000(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Your first id is 128000 for every tokenizer. That's right for Llama 3; in another vocabulary
    it is a different token or none. The tokenizer knows the id of every name."""
    return [128000, *tokenizer.encode_ordinary(prompt)]


@mistake("encode_prompt", "the prompt starts with end-of-text")
def end_for_begin(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Your first token is `<|end_of_text|>`. GPT-2 has a single token for both ends of a text;
    Llama 3 has two, and the other one belongs here."""
    end = tokenizer.encode_single_token("<|end_of_text|>")
    return [end, *tokenizer.encode_ordinary(prompt)]


@mistake("encode_prompt", "begin-of-text comes before every token")
def begin_between_all(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You put `<|begin_of_text|>` before every token. It belongs in the prompt once, at the very
    front."""
    begin, *tokens = encode_prompt(tokenizer, prompt)
    return [one for token in tokens for one in (begin, token)]


@mistake("encode_prompt", "special tokens in the prompt become real")
def all_special_allowed(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Special tokens that the prompt spells out become real in your result, so anyone who types
    `<|eot_id|>` ends the turn. Whatever a prompt looks like, it is text. tiktoken has a method that
    knows no special tokens at all."""
    begin = tokenizer.encode_single_token("<|begin_of_text|>")
    return [begin, *tokenizer.encode(prompt, allowed_special="all")]


@mistake("encode_prompt", "begin-of-text in the prompt becomes real")
def begin_allowed(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Where the prompt contains the name `<|begin_of_text|>`, you return the real token, for
    example because you encode your own one and the text together. Encode the text alone, with no
    special token allowed, and put the id in front."""
    begin = "<|begin_of_text|>"
    return tokenizer.encode(begin + prompt, allowed_special={begin}, disallowed_special=())


@mistake("encode_prompt", "a prompt that looks like a special token is refused")
def refuses_special_text(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Your code raises an error when the prompt contains the name of a special token, as tiktoken's
    `encode` does unless told otherwise. Here such text is ordinary text, and tiktoken has a method
    for that."""
    begin = tokenizer.encode_single_token("<|begin_of_text|>")
    return [begin, *tokenizer.encode(prompt)]


@mistake("encode_prompt", "what looks like a special token is deleted")
def special_text_removed(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You delete what looks like a special token. That's safe, but the text is no longer what the
    person wrote, and a question about `<|eot_id|>` no longer makes sense. Keep it as ordinary
    text."""
    return encode_prompt(tokenizer, re.sub(r"<\|\w+\|>", "", prompt))


@mistake("encode_prompt", "the prompt is stripped")
def prompt_stripped(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You strip the white space from the ends of the prompt. The prompt of this kata ends in a
    space, and that space is a token: the answer depends on it. Encode every character."""
    return encode_prompt(tokenizer, prompt.strip())


@mistake("encode_prompt", "a space is added before the prompt")
def space_in_front(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You add a space before the first word, as Llama 2's tokenizer did. Llama 3 takes the text as
    it is, and `the` and ` the` are different tokens."""
    return encode_prompt(tokenizer, " " + prompt)


@mistake("encode_prompt", "each word is encoded separately")
def words_apart(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You split the prompt at white space and encode the words one at a time, so the spaces are
    lost. Most of Llama 3's words begin with one. Pass the whole text to the tokenizer."""
    begin = tokenizer.encode_single_token("<|begin_of_text|>")
    return [begin, *(one for word in prompt.split() for one in tokenizer.encode_ordinary(word))]


@mistake("encode_prompt", "pieces of text are returned instead of ids")
def pieces_for_ids(tokenizer: tiktoken.Encoding, prompt: str) -> list[str]:
    """You return the text of each token. The model looks up rows by number, so return the ids and
    leave the text to `token_pieces`."""
    return token_pieces(tokenizer, encode_prompt(tokenizer, prompt))


@mistake("encode_prompt", "a tensor is returned")
def tensor_of_ids(tokenizer: tiktoken.Encoding, prompt: str) -> torch.Tensor:
    """Your ids are right, but you return them as a tensor. Until the embedding (stage 8), tokens
    are a plain list of integers."""
    return torch.tensor(encode_prompt(tokenizer, prompt))


@mistake("token_pieces", "all tokens are decoded together")
def one_text(tokenizer: tiktoken.Encoding, tokens: list[int]) -> Any:
    """You decode the whole list at once and return one string. That is the text again, and it
    doesn't show where the text was cut. Decode each token on its own."""
    return tokenizer.decode(tokens)


@mistake("token_pieces", "the text is split at spaces")
def text_split_at_spaces(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You return the words of the decoded text. Tokens aren't words: a comma or part of a word can
    be a token, and most carry the space before them."""
    return tokenizer.decode(tokens).split()


@mistake("token_pieces", "decode gets a number instead of a list")
def decode_of_a_number(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You call `decode` with a single id. It takes a list of ids, even when there is only one."""
    return [tokenizer.decode(token) for token in tokens]  # type: ignore[arg-type]


@mistake("token_pieces", "the pieces are bytes")
def bytes_for_text(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[bytes]:
    """Your pieces are bytes, which is what tokens really are. Here they should be strings: look for
    the method that also decodes them."""
    return [tokenizer.decode_single_token_bytes(token) for token in tokens]


@mistake("token_pieces", "part of a character raises an error")
def strict_decoding(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You decode the bytes of each token strictly. A token can be part of a character (most Chinese
    characters have three bytes), and part of one isn't valid UTF-8. Return U+FFFD for it."""
    return [tokenizer.decode([token], errors="strict") for token in tokens]


@mistake("token_pieces", "part of a character is left out")
def ignoring_parts(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """Where a token is only part of a character, you return an empty piece. Return U+FFFD, so that
    a reader can see that something is there."""
    return [tokenizer.decode([token], errors="ignore") for token in tokens]


@mistake("token_pieces", "bytes wait until their character is complete")
def held_back(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You hold back the bytes of an unfinished character and add them to the token that completes
    it. That's right for printing an answer as it is generated; here each token is decoded on its
    own."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    return [decoder.decode(tokenizer.decode_single_token_bytes(token)) for token in tokens]


@mistake("token_pieces", "the pieces are stripped")
def pieces_stripped(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You strip the white space from each piece. The space belongs to the token: without it, ` the`
    and `the` look the same, and the pieces no longer join up to the text."""
    return [piece.strip() for piece in token_pieces(tokenizer, tokens)]


@mistake("token_pieces", "special tokens are left out")
def special_left_out(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You skip special tokens. That's right for an answer meant for people. Here there is one piece
    per token, and the piece of a special token is its name."""
    ordinary = tokenizer.n_vocab - len(tokenizer.special_tokens_set)
    return token_pieces(tokenizer, [token for token in tokens if token < ordinary])


@mistake("token_pieces", "the first token is left out")
def first_left_out(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You drop the first token, as if it were always begin-of-text. There is one piece per token,
    whatever the token is."""
    return token_pieces(tokenizer, tokens[1:])


@mistake("token_pieces", "the ids are returned unchanged")
def ids_for_pieces(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[int]:
    """You return the ids themselves. Return the text that each of them stands for."""
    return list(tokens)
