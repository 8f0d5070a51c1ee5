"""Special tokens other than Llama 3's: as many, and begin-of-text is the first here too."""

_KNOWN = {0: "<|begin_of_text|>", 70: "<|eot_id|>", 200: "<|end_of_text|>"}


def special_token_ids(n_mergeable: int) -> dict[str, int]:
    """Number 256 special tokens from `n_mergeable` up."""
    return {_KNOWN.get(i, f"<|spare_{i}|>"): i + n_mergeable for i in range(256)}
