"""Stage 5: the tokenizer, from text to ids and back.

Lesson: lessons/s05_tokenizer.md
"""

import tiktoken

from exercises.s02_regex_split import PATTERN
from exercises.s04_special_tokens import special_token_ids


def build_tokenizer(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Assemble Llama 3's tokenizer from the three parts you already have.

    Args:
        ranks: the rank of every ordinary token (stage 1), in any order. Don't modify this dict.

    Returns:
        a tiktoken Encoding with stage 2's pattern, these ranks, and stage 4's 256 special tokens,
        numbered right after the ordinary tokens. Import the pattern and the special tokens instead
        of copying them: the grader tests this stage with different ones.

    Source: Meta's `llama/tokenizer.py`.
    """
    raise NotImplementedError("build_tokenizer is not written yet")


def encode_prompt(tokenizer: tiktoken.Encoding, prompt: str) -> list[int]:
    """Encode a prompt for the model: begin-of-text, then the text.

    Args:
        tokenizer: as returned by `build_tokenizer`.
        prompt: any text. Encode it unchanged. Anything in it that looks like a special token, such
            as `<|eot_id|>`, is ordinary text and never becomes that token.

    Returns:
        a list of ids that starts with the id of `<|begin_of_text|>`.

    Source: Meta's `llama/tokenizer.py` (`encode` with `bos=True, eos=False`).
    """
    raise NotImplementedError("encode_prompt is not written yet")


def token_pieces(tokenizer: tiktoken.Encoding, tokens: list[int]) -> list[str]:
    """Decode each token on its own, to show how a text was cut.

    Args:
        tokenizer: as returned by `build_tokenizer`.
        tokens: ids, ordinary or special.

    Returns:
        one string per token, with U+FFFD for bytes that are only part of a UTF-8 character.

    Source: tiktoken's `Encoding.decode`.
    """
    raise NotImplementedError("token_pieces is not written yet")
