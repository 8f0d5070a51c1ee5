"""Stage 4: the 256 special tokens.

Lesson: lessons/s04_special_tokens.md
"""


def special_token_ids(n_mergeable: int) -> dict[str, int]:
    """Number the 256 special tokens of Llama 3, in Meta's order.

    Args:
        n_mergeable: how many ordinary tokens there are; the special ids start right after them.

    Returns:
        the id of each special token, from `n_mergeable` to `n_mergeable + 255`.

    Source: Meta's `llama/tokenizer.py` for Llama 3 (3.1 gives other names to some of them).
    """
    raise NotImplementedError("special_token_ids is not written yet")
