"""Right and different ways of stage 5."""

import tiktoken

from grader.author.right_ways import right_way
from solutions.s02_regex_split import PATTERN
from solutions.s04_special_tokens import special_token_ids


@right_way("build_tokenizer")
def with_a_count_to_check(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    special = special_token_ids(n_mergeable=max(ranks.values()) + 1)
    return tiktoken.Encoding(
        "any name",
        pat_str=PATTERN,
        mergeable_ranks=dict(ranks),
        special_tokens=special,
        explicit_n_vocab=len(ranks) + 256,
    )


@right_way("build_tokenizer")
def with_imports_inside(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    from tiktoken import Encoding

    from exercises.s02_regex_split import PATTERN as pattern
    from exercises.s04_special_tokens import special_token_ids as ids

    return Encoding("own", pat_str=pattern, mergeable_ranks=ranks, special_tokens=ids(len(ranks)))


@right_way("encode_prompt")
def as_meta_does(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Allow no special token in the text, and raise an error for none."""
    tokens = tokenizer.encode(prompt, allowed_special=set(), disallowed_special=())
    tokens.insert(0, tokenizer.encode_single_token(b"<|begin_of_text|>"))
    return tokens


@right_way("encode_prompt")
def begin_encoded_as_special_text(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    begin = tokenizer.encode("<|begin_of_text|>", allowed_special="all")
    return begin + tokenizer.encode_ordinary_batch([prompt])[0]


@right_way("encode_prompt")
def counted_from_the_end(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Use that begin-of-text is the first of the last 256 ids."""
    return [tokenizer.n_vocab - 256, *tokenizer.encode(prompt, disallowed_special=[])]


@right_way("token_pieces")
def bytes_decoded_with_replacement(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    pieces = tokenizer.decode_tokens_bytes(tokens)
    return [piece.decode("utf-8", errors="replace") for piece in pieces]


@right_way("token_pieces")
def in_a_batch(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    return list(tokenizer.decode_batch([[token] for token in tokens]))


@right_way("token_pieces")
def one_by_one(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    result = []
    for index in range(len(tokens)):
        result.append(tokenizer.decode(tokens[index : index + 1]))
    return result
