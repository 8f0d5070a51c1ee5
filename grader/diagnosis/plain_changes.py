"""Simple ways in which a plain value can differ from the expected one: reversed, cut short, each
item in lower case. Each is a function of the expected value, with words for the result."""

import base64
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from grader.language import mark, tr

Change = tuple[str, Callable[[Any], Any]]  # the words follow "the expected value"

_OF_TEXT: list[Change] = [
    (mark("without the whitespace at its ends"), lambda one: one.strip()),
    (mark("without the whitespace at its beginning"), lambda one: one.lstrip()),
    (mark("without the whitespace at its end"), lambda one: one.rstrip()),
    (mark("in lower case"), lambda one: one.lower()),
    (mark("in upper case"), lambda one: one.upper()),
    (mark("capitalized"), lambda one: one.capitalize()),
    (mark("reversed"), lambda one: one[::-1]),
    (mark("without its first character"), lambda one: one[1:]),
    (mark("without its last character"), lambda one: one[:-1]),
    (mark("cut to its first character"), lambda one: one[:1]),
]
_TO_TEXT: list[Change] = [  # which remains text
    *_OF_TEXT,
    (mark("with a space before it"), lambda one: " " + one),
    (mark("with a space after it"), lambda one: one + " "),
    (mark("with a newline after it"), lambda one: one + "\n"),
    (mark("with each run of whitespace turned into one space"), lambda one: " ".join(one.split())),
    (
        mark("without anything that looks like a special token"),
        lambda one: re.sub(r"<\|.*?\|>", "", one),
    ),
    (mark("with quotes around it, as `repr` writes it"), lambda one: repr(one)),
    (mark("with letters and their accents in one (NFC)"), partial(unicodedata.normalize, "NFC")),
    (mark("with letters and their accents apart (NFD)"), partial(unicodedata.normalize, "NFD")),
    (mark("with characters simplified (NFKC)"), partial(unicodedata.normalize, "NFKC")),
    (mark("with its bytes read as Latin-1"), lambda one: one.encode().decode("latin-1")),
    (
        mark("without the characters that aren't ASCII"),
        lambda one: one.encode("ascii", "ignore").decode(),
    ),
]
_OF_STR: list[Change] = [
    *_TO_TEXT,
    (mark("as bytes"), lambda one: one.encode()),
    (mark("as `str` writes its bytes"), lambda one: str(one.encode())),
    (mark("as a list of its characters"), list),
]
_OF_BYTES: list[Change] = [
    *_OF_TEXT,
    (mark("as text, decoded as UTF-8"), lambda one: one.decode()),
    (mark("as text, decoded as Latin-1"), lambda one: one.decode("latin-1")),
    (
        mark("as text, decoded as UTF-8 with errors replaced"),
        lambda one: one.decode(errors="replace"),
    ),
    (
        mark("as text, decoded as UTF-8 with errors ignored"),
        lambda one: one.decode(errors="ignore"),
    ),
    (mark("still in base64"), base64.b64encode),
    (mark("as text, still in base64"), lambda one: base64.b64encode(one).decode()),
    (mark("as `str` writes bytes"), str),
    (mark("in hexadecimal"), lambda one: one.hex()),
    (mark("as a list of numbers"), list),
    (mark("as a tuple of numbers"), tuple),
]
_OF_INT: list[Change] = [
    (mark("as a float"), float),
    (mark("as text"), str),
    (mark("as bytes"), lambda one: str(one).encode()),
    (mark("in a list of its own"), lambda one: [one]),
    (mark("with the opposite sign"), lambda one: -one),
]
_OF_LIST: list[Change] = [
    (mark("as a tuple"), tuple),
    (mark("in reverse order"), lambda one: one[::-1]),
    (mark("sorted"), sorted),
    (mark("without duplicates"), lambda one: list(dict.fromkeys(one))),
    (mark("without consecutive duplicates"), lambda one: _squeezed(one)),
    (mark("without the first one"), lambda one: one[1:]),
    (mark("without the last one"), lambda one: one[:-1]),
    (mark("twice, one copy after the other"), lambda one: one + one),
    (mark("rotated, with the last one in front"), lambda one: one[-1:] + one[:-1]),
    (mark("rotated, with the first one at the end"), lambda one: one[1:] + one[:1]),
    (
        mark("without those that are all whitespace"),
        lambda one: [item for item in one if item.strip()],
    ),
    (mark("without the empty ones"), lambda one: [item for item in one if item]),
    (mark("inside another list"), lambda one: [one]),
]
_OF_DICT: list[Change] = [
    (mark("with keys and values swapped"), lambda one: {value: key for key, value in one.items()}),
    (mark("as a list of pairs"), lambda one: list(one.items())),
    (mark("as a list of its keys"), list),
    (mark("as a list of its values"), lambda one: list(one.values())),
    (mark("with each value in a list of its own"), lambda one: {key: [one[key]] for key in one}),
    (mark("with 0, 1, 2, ... as its values"), lambda one: {key: at for at, key in enumerate(one)}),
    (
        mark("with 1, 2, 3, ... as its values"),
        lambda one: {key: at for at, key in enumerate(one, 1)},
    ),
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
    """Return the changes of a value as a whole."""
    return [(tr(words), make) for words, make in _BY_TYPE.get(type(value), [])]


def changes_of_items(value: Any) -> list[Change]:
    """Return the changes of all items of a value, of all keys, or of all values."""
    return list(_each_item(value))


def text_changes() -> list[Change]:
    """Return the changes that turn a text into another text."""
    return [(tr(words), make) for words, make in _TO_TEXT]


def changed(change: Change, value: Any) -> Any:
    """Return what a change makes of a value; the value itself if the change is impossible."""
    try:
        return change[1](value)
    except (TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        return value


def _each_item(value: Any) -> Iterator[Change]:
    if type(value) is list and value and type(value[0]) in _OF_ITEMS:
        for change in changes_of(value[0]):
            yield tr("each {change}", change=change[0]), _mapped(change)
    if type(value) is dict and value:
        key, item = next(iter(value.items()))
        for change in changes_of(key) if type(key) in _OF_ITEMS else []:
            yield tr("each key {change}", change=change[0]), _on_keys(change)
            words = tr("each key {change}, without empty keys", change=change[0])
            yield words, _on_keys(change, drop_empty=True)
        for change in changes_of(item) if type(item) in _OF_ITEMS else []:
            yield tr("each value {change}", change=change[0]), _on_values(change)


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
