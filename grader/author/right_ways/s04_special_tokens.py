"""Other right ways to write stage 4."""

import itertools

from grader.author.right_ways import right_way


@right_way("special_token_ids")
def zipped_with_a_range(n_mergeable: int) -> dict[str, int]:
    """Write it as the walk-throughs do, with the end of the range as a difference."""
    names = (
        ["<|begin_of_text|>", "<|end_of_text|>"]
        + [f"<|reserved_special_token_{i}|>" for i in range(4)]
        + ["<|start_header_id|>", "<|end_header_id|>"]
        + ["<|reserved_special_token_4|>", "<|eot_id|>"]
        + [f"<|reserved_special_token_{i}|>" for i in range(5, 256 - 5)]
    )
    return dict(zip(names, range(n_mergeable, n_mergeable + len(names)), strict=True))


@right_way("special_token_ids")
def named_places_and_the_rest_reserved(n_mergeable: int) -> dict[str, int]:
    """Name five positions, and let a counter fill the others."""
    named = {
        0: "<|begin_of_text|>",
        1: "<|end_of_text|>",
        6: "<|start_header_id|>",
        7: "<|end_header_id|>",
        9: "<|eot_id|>",
    }
    counter = itertools.count()
    ids = {}
    for place in range(256):
        name = named.get(place) or f"<|reserved_special_token_{next(counter)}|>"
        ids[name] = n_mergeable + place
    return ids


@right_way("special_token_ids")
def in_another_order_of_keys(n_mergeable: int) -> dict[str, int]:
    """Add the keys in another order: only the numbers matter."""
    ids = {f"<|reserved_special_token_{i}|>": n_mergeable + 2 + i for i in range(4)}
    ids["<|reserved_special_token_4|>"] = n_mergeable + 8
    ids |= {f"<|reserved_special_token_{i}|>": n_mergeable + 5 + i for i in range(5, 251)}
    ids |= {"<|eot_id|>": n_mergeable + 9, "<|end_header_id|>": n_mergeable + 7}
    ids |= {"<|start_header_id|>": n_mergeable + 6, "<|end_of_text|>": n_mergeable + 1}
    return ids | {"<|begin_of_text|>": n_mergeable}
