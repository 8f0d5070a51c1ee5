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
    """Your tokenizer cuts text the way GPT-2's pattern does. That pattern is the best known, but it
    treats numbers, brackets, a capital `'LL` and line breaks differently from Llama 3's. Use the
    one you wrote in stage 2."""
    return tokenizer_from(ranks, special_token_ids(len(ranks)), GPT_2_PATTERN)


@mistake("build_tokenizer", "the pattern is written out instead of imported")
def pattern_written_out(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your pattern is a copy of Llama 3's, written out in this file. Import `PATTERN` from stage 2
    instead, so that there's only one place to change it. The tests of this stage use a different
    `PATTERN`, and your copy ignores it."""
    return tokenizer_from(ranks, special_token_ids(len(ranks)), LLAMA_3_PATTERN)


@mistake("build_tokenizer", "the special tokens are written out instead of imported")
def special_tokens_written_out(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your special tokens are a copy of Llama 3's, listed in this file. Call `special_token_ids`
    from stage 4 instead, so that there's only one list. The tests of this stage use different
    names, which your copy doesn't have."""
    return tokenizer_from(ranks, {name: len(ranks) + i for i, name in enumerate(LLAMA_3_SPECIAL)})


@mistake("build_tokenizer", "the text is cut at whitespace only")
def cut_at_white_space(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """You cut text only where whitespace begins or ends, so punctuation sticks to the words, and
    spaces become separate chunks. In Llama 3, most words include the space before them. Use the
    pattern from stage 2."""
    return tokenizer_from(ranks, special_token_ids(len(ranks)), r"\S+|\s+")


@mistake("build_tokenizer", "the text is not cut into chunks")
def not_cut(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """You treat the whole text as one chunk, so bytes merge across the ends of words. The
    vocabulary was built from chunks, so cut the text with stage 2's pattern first."""
    return tokenizer_from(ranks, special_token_ids(len(ranks)), r"(?s:.+)")


@mistake("build_tokenizer", "the tokens are renumbered")
def ranks_enumerated(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """You number the tokens by their position in the table. Those numbers are right only if the
    table is sorted by rank. A token's rank is its value in the table, whatever the order."""
    return build_tokenizer({token: place for place, token in enumerate(ranks)})


@mistake("build_tokenizer", "the special tokens follow the table's last entry")
def after_the_last_entry(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """You give the special tokens the ids after the rank of the table's last entry. That is the
    highest rank only if the table is sorted. The special tokens follow all ordinary ones, so count
    those."""
    return tokenizer_from(ranks, special_token_ids([*ranks.values()][-1] + 1))


@mistake("build_tokenizer", "there are no special tokens")
def no_special_tokens(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your tokenizer knows only the ordinary tokens. It has no begin-of-text to put in front of a
    prompt, and it can't decode the last 256 ids. Stage 4 gives you the special tokens' names and
    ids."""
    return tokenizer_from(ranks, {})


@mistake("build_tokenizer", "begin-of-text is the only special token")
def only_begin_of_text(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your tokenizer knows `<|begin_of_text|>` but none of the other 255 special tokens. A plain
    prompt needs no others, but the chat format also needs headers and end-of-turn, and decoding
    needs all 256."""
    return tokenizer_from(ranks, {"<|begin_of_text|>": len(ranks)})


@mistake("build_tokenizer", "the special tokens start one id too late")
def special_one_too_late(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """You leave one id unused between the ordinary tokens and the special ones. Ordinary ids start
    at 0, so the first free id equals the number of ordinary tokens."""
    return tokenizer_from(ranks, special_token_ids(len(ranks) + 1))


@mistake("build_tokenizer", "the special tokens start at 0")
def special_from_zero(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your special tokens take the ids of the first ordinary tokens: begin-of-text gets the
    exclamation mark's id. Pass the number of ordinary tokens to stage 4."""
    return tokenizer_from(ranks, special_token_ids(0))


@mistake("build_tokenizer", "the special ids always start at 128000")
def special_at_128000(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Your special ids always start at 128000, which is right only for Llama 3's vocabulary. Count
    the ordinary tokens in `ranks` instead."""
    return tokenizer_from(ranks, special_token_ids(128000))


@mistake("build_tokenizer", "the special tokens are added to the ordinary ones")
def special_among_ordinary(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """You add the special tokens to the table of ranks. Their ids are right, but tiktoken then
    takes them for ordinary tokens and no longer looks for their names in a text. Pass special
    tokens in the separate argument that tiktoken has for them."""
    special = special_token_ids(len(ranks))
    return tokenizer_from({**ranks, **{name.encode(): special[name] for name in special}}, {})


@mistake("encode_prompt", "begin-of-text is missing")
def no_begin(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Your prompt doesn't start with `<|begin_of_text|>`. Every Llama 3 prompt does, and tiktoken
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
    model should continue the text, so add nothing after the prompt."""
    end = tokenizer.encode_single_token("<|end_of_text|>")
    return [*encode_prompt(tokenizer, prompt), end]


@mistake("encode_prompt", "begin-of-text is encoded as text")
def begin_as_text(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You encode the name `<|begin_of_text|>` as text, so it becomes several ordinary tokens. Ask
    the tokenizer for the single id that has this name."""
    return tokenizer.encode_ordinary("<|begin_of_text|>" + prompt)


@mistake("encode_prompt", "begin-of-text is always 128000")
def begin_fixed_at_128000(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Your first id is 128000 for every tokenizer. That is right for Llama 3, but in another
    vocabulary, 128000 may be a different token or no token at all. Ask the tokenizer for the id by
    name."""
    return [128000, *tokenizer.encode_ordinary(prompt)]


@mistake("encode_prompt", "the prompt starts with end-of-text")
def end_for_begin(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Your first token is `<|end_of_text|>`. GPT-2 uses a single token for both ends of a text.
    Llama 3 has one token for the beginning and one for the end."""
    end = tokenizer.encode_single_token("<|end_of_text|>")
    return [end, *tokenizer.encode_ordinary(prompt)]


@mistake("encode_prompt", "begin-of-text comes before every token")
def begin_between_all(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You put `<|begin_of_text|>` before every token. It belongs in the prompt only once, at the
    very beginning."""
    begin, *tokens = encode_prompt(tokenizer, prompt)
    return [one for token in tokens for one in (begin, token)]


@mistake("encode_prompt", "text in the prompt becomes a special token")
def all_special_allowed(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """If the prompt spells out a special token, you return the real token, so anyone who types
    `<|eot_id|>` ends the turn. A prompt is ordinary text, whatever it contains. tiktoken has a
    method that treats every text as ordinary text."""
    begin = tokenizer.encode_single_token("<|begin_of_text|>")
    return [begin, *tokenizer.encode(prompt, allowed_special="all")]


@mistake("encode_prompt", "text in the prompt becomes begin-of-text")
def begin_allowed(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """If the prompt spells out `<|begin_of_text|>`, you return the real token. Perhaps you put that
    name in front of the prompt and encode both together. Encode the prompt alone, with no special
    tokens allowed, and put the id in front of the result."""
    begin = "<|begin_of_text|>"
    return tokenizer.encode(begin + prompt, allowed_special={begin}, disallowed_special=())


@mistake("encode_prompt", "a special token's name in the prompt raises an error")
def refuses_special_text(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Your code raises an error if the prompt spells out a special token, as tiktoken's `encode`
    does by default. Here such a name is ordinary text, and tiktoken has a method that treats it
    that way."""
    begin = tokenizer.encode_single_token("<|begin_of_text|>")
    return [begin, *tokenizer.encode(prompt)]


@mistake("encode_prompt", "text that looks like a special token is deleted")
def special_text_removed(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You delete text that looks like a special token. That's safe, but the prompt no longer says
    what the user wrote: a question about `<|eot_id|>` makes no sense without that name. Encode such
    names like any other text."""
    return encode_prompt(tokenizer, re.sub(r"<\|\w+\|>", "", prompt))


@mistake("encode_prompt", "the prompt is stripped")
def prompt_stripped(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You strip whitespace from the prompt. This kata's prompt ends in a space, and that space is a
    token that affects the answer. Encode every character."""
    return encode_prompt(tokenizer, prompt.strip())


@mistake("encode_prompt", "a space is added before the prompt")
def space_in_front(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You add a space before the first word, as Llama 2's tokenizer did. Llama 3 takes the text as
    it is: `the` and ` the` are different tokens."""
    return encode_prompt(tokenizer, " " + prompt)


@mistake("encode_prompt", "each word is encoded separately")
def words_apart(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """You split the prompt at whitespace and encode each word separately, so the spaces are lost.
    In Llama 3, most words include the space before them. Pass the whole text to the tokenizer."""
    begin = tokenizer.encode_single_token("<|begin_of_text|>")
    return [begin, *(one for word in prompt.split() for one in tokenizer.encode_ordinary(word))]


@mistake("encode_prompt", "pieces of text are returned instead of ids")
def pieces_for_ids(tokenizer: tiktoken.Encoding, prompt: str) -> list[str]:
    """You return each token's text. The model needs ids to look up the rows of its embedding, so
    return ids and leave the text to `token_pieces`."""
    return token_pieces(tokenizer, encode_prompt(tokenizer, prompt))


@mistake("encode_prompt", "a tensor is returned")
def tensor_of_ids(tokenizer: tiktoken.Encoding, prompt: str) -> torch.Tensor:
    """Your ids are right, but you return a tensor. Until the embedding in stage 8, tokens are a
    plain list of integers."""
    return torch.tensor(encode_prompt(tokenizer, prompt))


@mistake("token_pieces", "all tokens are decoded together")
def one_text(tokenizer: tiktoken.Encoding, tokens: list[int]) -> Any:
    """You decode the whole list into one string. That gives the text back but doesn't show where
    each token ends. Decode each token on its own."""
    return tokenizer.decode(tokens)


@mistake("token_pieces", "the text is split at spaces")
def text_split_at_spaces(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You decode the text and return its words. Tokens aren't words: a comma or part of a word can
    be a token, and many tokens include the space before a word."""
    return tokenizer.decode(tokens).split()


@mistake("token_pieces", "decode gets a number instead of a list")
def decode_of_a_number(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You call `decode` with a single id. It takes a list of ids, even if there's only one."""
    return [tokenizer.decode(token) for token in tokens]  # type: ignore[arg-type]


@mistake("token_pieces", "the pieces are bytes")
def bytes_for_text(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[bytes]:
    """Your pieces are bytes, which is what tokens really are. Here they should be strings, and
    tiktoken also has a method that returns strings."""
    return [tokenizer.decode_single_token_bytes(token) for token in tokens]


@mistake("token_pieces", "part of a character raises an error")
def strict_decoding(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You decode each token's bytes strictly. A token can be part of a character (most Chinese
    characters take three bytes), and those bytes alone aren't valid UTF-8. Return U+FFFD for
    them."""
    return [tokenizer.decode([token], errors="strict") for token in tokens]


@mistake("token_pieces", "part of a character is left out")
def ignoring_parts(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """If a token is only part of a character, you return an empty string. Return U+FFFD, so that a
    reader can see that something is there."""
    return [tokenizer.decode([token], errors="ignore") for token in tokens]


@mistake("token_pieces", "bytes wait until their character is complete")
def held_back(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You hold back the bytes of an unfinished character and add them to the token that completes
    it. That is right for printing an answer while it is generated, but here each token is decoded
    on its own."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    return [decoder.decode(tokenizer.decode_single_token_bytes(token)) for token in tokens]


@mistake("token_pieces", "the pieces are stripped")
def pieces_stripped(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You strip whitespace from each piece. A space belongs to its token: without it, ` the` and
    `the` look the same, and joining the pieces no longer gives the text."""
    return [piece.strip() for piece in token_pieces(tokenizer, tokens)]


@mistake("token_pieces", "special tokens are left out")
def special_left_out(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You skip special tokens. That is right for an answer that people will read. Here, return one
    piece per token, and use a special token's name as its piece."""
    ordinary = tokenizer.n_vocab - len(tokenizer.special_tokens_set)
    return token_pieces(tokenizer, [token for token in tokens if token < ordinary])


@mistake("token_pieces", "the first token is left out")
def first_left_out(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """You drop the first token, as if it were always begin-of-text. Return one piece for every
    token, whatever the token is."""
    return token_pieces(tokenizer, tokens[1:])


@mistake("token_pieces", "the ids are returned unchanged")
def ids_for_pieces(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[int]:
    """You return the ids themselves. Return the text of each token instead."""
    return list(tokens)
