"""Simple ways in which a plain value can differ from the expected one: reversed, cut short, each
item in lower case. Each is a function of the expected value, with words for the result."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

Change = tuple[str, Callable[[Any], Any]]  # the words follow "the expected value"

_OF_TEXT: list[Change] = [
    ("without the whitespace at its ends", lambda one: one.strip()),
    ("without the whitespace at its beginning", lambda one: one.lstrip()),
    ("without the whitespace at its end", lambda one: one.rstrip()),
    ("in lower case", lambda one: one.lower()),
    ("in upper case", lambda one: one.upper()),
    ("capitalized", lambda one: one.capitalize()),
    ("reversed", lambda one: one[::-1]),
    ("without its first character", lambda one: one[1:]),
    ("without its last character", lambda one: one[:-1]),
    ("cut to its first character", lambda one: one[:1]),
]
_OF_STR: list[Change] = [
    *_OF_TEXT,
    ("with a space before it", lambda one: " " + one),
    ("with a space after it", lambda one: one + " "),
    ("with a newline after it", lambda one: one + "\n"),
    ("with each run of whitespace turned into one space", lambda one: " ".join(one.split())),
    (
        "without anything that looks like a special token",
        lambda one: re.sub(r"<\|.*?\|>", "", one),
    ),
    ("as bytes", lambda one: one.encode()),
    ("with quotes around it, as `repr` writes it", lambda one: repr(one)),
    ("as `str` writes its bytes", lambda one: str(one.encode())),
    ("with its bytes read as Latin-1", lambda one: one.encode().decode("latin-1")),
    (
        "without the characters that aren't ASCII",
        lambda one: one.encode("ascii", "ignore").decode(),
    ),
    ("as a list of its characters", list),
]
_OF_BYTES: list[Change] = [
    *_OF_TEXT,
    ("as text, decoded as UTF-8", lambda one: one.decode()),
    ("as text, decoded as Latin-1", lambda one: one.decode("latin-1")),
    (
        "as text, decoded as UTF-8 with errors replaced",
        lambda one: one.decode(errors="replace"),
    ),
    (
        "as text, decoded as UTF-8 with errors ignored",
        lambda one: one.decode(errors="ignore"),
    ),
    ("still in base64", base64.b64encode),
    ("as text, still in base64", lambda one: base64.b64encode(one).decode()),
    ("as `str` writes bytes", str),
    ("in hexadecimal", lambda one: one.hex()),
    ("as a list of numbers", list),
    ("as a tuple of numbers", tuple),
]
_OF_INT: list[Change] = [
    ("as a float", float),
    ("as text", str),
    ("as bytes", lambda one: str(one).encode()),
    ("in a list of its own", lambda one: [one]),
    ("with the opposite sign", lambda one: -one),
]
_OF_LIST: list[Change] = [
    ("as a tuple", tuple),
    ("in reverse order", lambda one: one[::-1]),
    ("sorted", sorted),
    ("without duplicates", lambda one: list(dict.fromkeys(one))),
    ("without consecutive duplicates", lambda one: _squeezed(one)),
    ("without the first one", lambda one: one[1:]),
    ("without the last one", lambda one: one[:-1]),
    ("twice, one copy after the other", lambda one: one + one),
    ("rotated, with the last one in front", lambda one: one[-1:] + one[:-1]),
    ("rotated, with the first one at the end", lambda one: one[1:] + one[:1]),
    ("without those that are all whitespace", lambda one: [item for item in one if item.strip()]),
    ("without the empty ones", lambda one: [item for item in one if item]),
    ("inside another list", lambda one: [one]),
]
_OF_DICT: list[Change] = [
    ("with keys and values swapped", lambda one: {value: key for key, value in one.items()}),
    ("as a list of pairs", lambda one: list(one.items())),
    ("as a list of its keys", list),
    ("as a list of its values", lambda one: list(one.values())),
    ("with each value in a list of its own", lambda one: {key: [one[key]] for key in one}),
    ("with 0, 1, 2, ... as its values", lambda one: {key: at for at, key in enumerate(one)}),
    ("with 1, 2, 3, ... as its values", lambda one: {key: at for at, key in enumerate(one, 1)}),
]
_BY_TYPE: dict[type, list[Change]] = {
    str: _OF_STR,
    bytes: _OF_BYTES,
    int: _OF_INT,
    list: _OF_LIST,
    dict: _OF_DICT,
}
_OF_ITEMS = (str, bytes, int)  # which are changed one by one


def changes_of(value: Any) -> list[Change]:
    """Return the changes of a value and those of its items."""
    own = _BY_TYPE.get(type(value), [])
    return [*own, *_each_item(value)]


def text_changes() -> list[Change]:
    """Return the changes that turn a text into another text."""
    return [change for change in _OF_STR if not change[0].startswith("as ")]


def changed(change: Change, value: Any) -> Any:
    """Return what a change makes of a value; the value itself if the change is impossible."""
    try:
        return change[1](value)
    except (TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        return value


def _each_item(value: Any) -> Iterator[Change]:
    """Yield changes of all items, of all keys, or of all values."""
    if type(value) is list and value and type(value[0]) in _OF_ITEMS:
        for change in _BY_TYPE[type(value[0])]:
            yield f"each {change[0]}", _mapped(change)
    if type(value) is dict and value:
        key, item = next(iter(value.items()))
        for change in _BY_TYPE.get(type(key), []) if type(key) in _OF_ITEMS else []:
            yield f"each key {change[0]}", _on_keys(change)
            words = f"each key {change[0]}, without empty keys"
            yield words, _on_keys(change, drop_empty=True)
        for change in _BY_TYPE.get(type(item), []) if type(item) in _OF_ITEMS else []:
            yield f"each value {change[0]}", _on_values(change)


def _mapped(change: Change) -> Callable[[Any], Any]:
    return lambda items: [changed(change, item) for item in items]


def _on_keys(change: Change, drop_empty: bool = False) -> Callable[[Any], Any]:
    def change_keys(table: Any) -> Any:
        new = {changed(change, key): value for key, value in table.items()}
        return {key: value for key, value in new.items() if key or not drop_empty}

    return change_keys


def _on_values(change: Change) -> Callable[[Any], Any]:
    return lambda table: {key: changed(change, value) for key, value in table.items()}


def _squeezed(items: list[Any]) -> list[Any]:
    return [item for at, item in enumerate(items) if not at or item != items[at - 1]]
