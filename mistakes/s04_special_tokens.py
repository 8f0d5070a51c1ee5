"""The ways that stage 4 goes wrong."""

from typing import Any

from grader.diagnosis import mistake
from solutions.s04_special_tokens import special_token_ids

NAMED = list(special_token_ids(0))[:10]  # up to <|eot_id|>


def reserved(first: int, last: int) -> list[str]:
    return [f"<|reserved_special_token_{i}|>" for i in range(first, last + 1)]


def numbered(names: list[str], n_mergeable: int) -> dict[str, int]:
    return {name: n_mergeable + i for i, name in enumerate(names)}


@mistake("special_token_ids", "the ids start at 0")
def ids_from_zero(n_mergeable: int) -> dict[str, int]:
    """You number the special tokens from 0 and don't use `n_mergeable`. Those ids already belong to
    ordinary tokens: 0 is the exclamation mark. Start where the ordinary tokens end."""
    return special_token_ids(0)


@mistake("special_token_ids", "the ids start one too high")
def ids_one_too_late(n_mergeable: int) -> dict[str, int]:
    """You start at `n_mergeable + 1`. The ordinary tokens are numbered from 0, so the last one has
    the id `n_mergeable - 1`. Which id is the first free one?"""
    return special_token_ids(n_mergeable + 1)


@mistake("special_token_ids", "the ids start one too low")
def ids_one_too_early(n_mergeable: int) -> dict[str, int]:
    """You start at `n_mergeable - 1`, which is the last ordinary token's id. Two tokens can't share
    an id. Which id is the first free one?"""
    return special_token_ids(n_mergeable - 1)


@mistake("special_token_ids", "the special ids always start at 128000")
def ids_fixed_at_128000(n_mergeable: int) -> dict[str, int]:
    """Your special ids always start at 128000, which is right only for Llama 3's vocabulary. The
    tiny model here has just 512 ordinary tokens. Use the number that your function receives."""
    return special_token_ids(128000)


@mistake("special_token_ids", "reserved token 4 occurs twice")
def reserved_four_twice(n_mergeable: int) -> dict[str, int]:
    """You start the long run of reserved tokens at 4, but reserved token 4 already comes just
    before `<|eot_id|>`. A dict keeps only the last id for a name, so token 4 gets the id right
    after `<|eot_id|>`, and its own id stays unused. Every reserved token from 5 on then gets an id
    that is one too high."""
    return numbered(NAMED + reserved(4, 250), n_mergeable)


@mistake("special_token_ids", "the last run of reserved tokens goes from 4 to 249")
def reserved_one_back(n_mergeable: int) -> dict[str, int]:
    """Your last run of reserved tokens has the right length, but it goes from 4 to 249. Number 4
    already comes before `<|eot_id|>`, and the last reserved token is 250."""
    return numbered(NAMED + reserved(4, 249), n_mergeable)


@mistake("special_token_ids", "the reserved tokens are counted from 0 again")
def reserved_from_zero_again(n_mergeable: int) -> dict[str, int]:
    """After `<|eot_id|>`, you count the reserved tokens from 0 again. The first five already come
    before `<|eot_id|>`, and a dict keeps only the last id for a name. Continue counting after those
    five."""
    return numbered(NAMED + reserved(0, 245), n_mergeable)


@mistake("special_token_ids", "the last reserved token is missing")
def one_too_few(n_mergeable: int) -> dict[str, int]:
    """You have 255 special tokens: the last reserved one is missing. `range` leaves out its end
    value, and so does a loop that compares with `<`. Ten names up to `<|eot_id|>` and 246 reserved
    ones after it make 256."""
    return numbered(NAMED + reserved(5, 249), n_mergeable)


@mistake("special_token_ids", "the reserved tokens go on to 255")
def reserved_up_to_255(n_mergeable: int) -> dict[str, int]:
    """You number the reserved tokens up to 255, which makes 261 special tokens. There are 256 in
    all, including the five with names of their own. The embedding would have no rows for the extra
    ids."""
    return numbered(NAMED + reserved(5, 255), n_mergeable)


@mistake("special_token_ids", "only the first ten special tokens are listed")
def only_the_first_ten(n_mergeable: int) -> dict[str, int]:
    """You stop after `<|eot_id|>`. Another 246 reserved tokens follow it. The model's embedding has
    a row for each of them, so the tokenizer needs their names."""
    return numbered(NAMED, n_mergeable)


@mistake("special_token_ids", "the reserved tokens are missing")
def only_those_with_names(n_mergeable: int) -> dict[str, int]:
    """You list only the five tokens with names of their own. Reserved tokens take up ids, too. The
    first four come between `<|end_of_text|>` and `<|start_header_id|>`, so the ids from
    `<|start_header_id|>` on are higher than yours."""
    return numbered([name for name in NAMED if "reserved" not in name], n_mergeable)


@mistake("special_token_ids", "the tokens with names come first, then all the reserved ones")
def names_before_reserved(n_mergeable: int) -> dict[str, int]:
    """You list the five tokens with names of their own, then all the reserved ones. That is tidier
    than Meta's order, but the model was trained with Meta's order: four reserved tokens come before
    `<|start_header_id|>` and one more before `<|eot_id|>`."""
    named = [name for name in NAMED if "reserved" not in name]
    return numbered(named + reserved(0, 250), n_mergeable)


@mistake("special_token_ids", "reserved tokens 0 to 4 are all in one run")
def reserved_five_together(n_mergeable: int) -> dict[str, int]:
    """You put reserved tokens 0 to 4 together before `<|start_header_id|>`. Only 0 to 3 belong
    there, and 4 comes after the two header tokens. In your order, the ids of both header tokens are
    one too high."""
    names = NAMED[:2] + reserved(0, 4) + NAMED[6:8] + NAMED[9:]
    return numbered(names + reserved(5, 250), n_mergeable)


@mistake("special_token_ids", "end-of-turn and reserved token 4 are swapped")
def end_of_turn_too_early(n_mergeable: int) -> dict[str, int]:
    """You put `<|eot_id|>` right after `<|end_header_id|>`. One reserved token comes between them,
    so end-of-turn is 128009 in Llama 3, not 128008. A chat program that waits for the wrong id
    never stops."""
    names = [*NAMED[:8], NAMED[9], NAMED[8]]
    return numbered(names + reserved(5, 250), n_mergeable)


@mistake("special_token_ids", "the names are sorted")
def sorted_by_name(n_mergeable: int) -> dict[str, int]:
    """You number the names in alphabetical order. Meta's order follows no rule, so you have to
    write it out."""
    return numbered(sorted(special_token_ids(0)), n_mergeable)


@mistake("special_token_ids", "these are Llama 3.1's names")
def names_of_llama_3_1(n_mergeable: int) -> dict[str, int]:
    """You use the names from a later Llama. From 3.1 on, some reserved tokens have a purpose and a
    new name: 128004 is `<|finetune_right_pad_id|>`, 128008 is `<|eom_id|>` and 128010 is
    `<|python_tag|>`. In Llama 3, those ids are still reserved tokens."""
    names = [*NAMED[:4], "<|finetune_right_pad_id|>", *reserved(2, 2), *NAMED[6:8]]
    names += ["<|eom_id|>", "<|eot_id|>", "<|python_tag|>", *reserved(3, 247)]
    return numbered(names, n_mergeable)


@mistake("special_token_ids", "reserved tokens have the same name")
def f_string_without_f(n_mergeable: int) -> dict[str, int]:
    """Many of your reserved tokens have the same name, which contains `{i}` instead of a number. A
    dict keeps only one entry per name, so 246 tokens become one. Python fills in the braces only if
    the string has the right prefix."""
    return numbered(NAMED + ["<|reserved_special_token_{i}|>"] * 246, n_mergeable)


@mistake("special_token_ids", "the dict maps ids to names")
def names_by_id(n_mergeable: int) -> dict[int, str]:
    """Your dict maps each id to its name. Encoding needs the opposite: the name is the key and the
    id is the value."""
    return {number: name for name, number in special_token_ids(n_mergeable).items()}


@mistake("special_token_ids", "the names are bytes")
def names_as_bytes(n_mergeable: int) -> dict[bytes, int]:
    """Your names are bytes, like the tokens in the vocabulary file. Special tokens aren't pieces of
    text, and tiktoken needs their names as strings."""
    return {name.encode(): number for name, number in special_token_ids(n_mergeable).items()}


@mistake("special_token_ids", "the names lack their angle brackets and bars")
def names_without_brackets(n_mergeable: int) -> dict[str, int]:
    """Your names are plain words such as `begin_of_text`. The angle brackets and bars are part of
    each name. Thanks to them, ordinary text hardly ever looks like a special token."""
    return {name[2:-2]: number for name, number in special_token_ids(n_mergeable).items()}


@mistake("special_token_ids", "a list of names is returned")
def list_of_names(n_mergeable: int) -> Any:
    """You return only the names. The caller looks up ids by name, so return a dict that gives each
    name its id."""
    return list(special_token_ids(n_mergeable))
