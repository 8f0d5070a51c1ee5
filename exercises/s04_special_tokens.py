"""Stage 4: the 256 special tokens.

Lesson: lessons/s04_special_tokens.md
"""


def special_token_ids(n_mergeable: int) -> dict[str, int]:
    """Return the ids of Llama 3's 256 special tokens, numbered in Meta's order.

    Args:
        n_mergeable: the number of ordinary tokens. The special ids start right after them.

    Returns:
        a dict that maps each special token's name to its id. The ids run from `n_mergeable` to
        `n_mergeable + 255`.

    Source: Meta's `llama/tokenizer.py` for Llama 3 (Llama 3.1 renames some of them).
    """
    raise NotImplementedError("special_token_ids is not written yet")
