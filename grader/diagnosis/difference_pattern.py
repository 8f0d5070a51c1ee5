"""Where the wrong values are, in words: the last row, every second column, above the diagonal."""

import torch

MOSTLY = 0.75  # of a region has to be wrong for the region to be named


def pattern_of(wrong: torch.Tensor) -> str | None:
    """Describe the smallest simple region that holds all wrong values and is mostly wrong, in words
    such as "only in the last row"; None if nothing simple describes it."""
    wrong = as_rows(wrong)
    if bool(wrong.all()) or wrong.numel() < 4:
        return None
    return _lines(wrong, "row") or _lines(wrong.T, "column") or _triangle(wrong)


def as_rows(tensor: torch.Tensor) -> torch.Tensor:
    """View a tensor as rows of its last dimension."""
    return tensor.reshape(-1, tensor.shape[-1]) if tensor.dim() else tensor.reshape(1, 1)


def _lines(wrong: torch.Tensor, kind: str) -> str | None:
    """Describe whole rows of wrong values, or columns of a transposed tensor."""
    count, bad = len(wrong), wrong.any(dim=1)
    if bool(bad.all()) or float(wrong[bad].float().mean()) < MOSTLY:
        return None
    ends = {0: f"the first {kind}", count - 1: f"the last {kind}"}
    indices, right = bad.nonzero()[:, 0].tolist(), (~bad).nonzero()[:, 0].tolist()
    first, last = indices[0], indices[-1]
    if len(indices) == 1:
        return f"only in {ends.get(first, f'{kind} {first}')}"
    if len(right) == 1:
        return f"everywhere except in {ends.get(right[0], f'{kind} {right[0]}')}"
    if indices == list(range(first, count, 2)) and first < 2:
        return f"in every second {kind}, starting with {kind} {first}"
    if last - first == len(indices) - 1:
        return f"only in {kind}s {first} to {last}"
    return None


def _triangle(wrong: torch.Tensor) -> str | None:
    """Describe a triangle or the diagonal of a square."""
    if wrong.shape[0] != wrong.shape[1]:
        return None
    everywhere = torch.ones_like(wrong)
    diagonal = everywhere.triu().tril()
    regions = {
        "only on the diagonal": diagonal,
        "only above the diagonal": everywhere.triu(1),
        "only below the diagonal": everywhere.tril(-1),
        "on and above the diagonal": everywhere.triu(),
        "on and below the diagonal": everywhere.tril(),
        "everywhere except on the diagonal": ~diagonal,
    }
    for words, region in regions.items():
        outside = bool((wrong & ~region).any())
        if not outside and float(wrong[region].float().mean()) >= MOSTLY:
            return words
    return None
