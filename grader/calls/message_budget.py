"""Check an untrusted message's size before decoding it.

One byte of msgpack can decode to a 64-byte list, five bytes can claim a list of millions, and a
dict with crafted keys takes minutes to build. So the message is first scanned without building
anything, and refused if it has too many items, nests too deeply, or has keys that aren't plain.

Format: the msgpack specification, github.com/msgpack/msgpack/blob/master/spec.md.
"""

from dataclasses import dataclass
from enum import Enum, auto

# An item takes about 100 bytes, so all of them take 30 MB. The real vocabulary has 256,001.
MOST_ITEMS = 2**18
DEEPEST = 64
MOST_WRAPPED = 9  # nested kinds of our own; each is copied out of the one around it


class _Form(Enum):
    PLAIN, ITEMS, PAIRS, WRAPPED = auto(), auto(), auto(), auto()


def _form(code: int) -> tuple[_Form, int, int]:
    """Return what a first byte announces: its form, how many bytes of length follow, and, if none
    do, the length itself."""
    ranges = [
        (0x7F, _Form.PLAIN, 0, 0),
        (0x8F, _Form.PAIRS, 0, code & 0x0F),
        (0x9F, _Form.ITEMS, 0, code & 0x0F),
        (0xBF, _Form.PLAIN, 0, code & 0x1F),
        (0xC3, _Form.PLAIN, 0, 0),  # 0xC1 begins nothing, and msgpack refuses it
        (0xC6, _Form.PLAIN, 1 << (code - 0xC4 & 3), 0),
        (0xC9, _Form.WRAPPED, 1 << (code - 0xC7 & 3), 0),
        (0xCB, _Form.PLAIN, 0, 4 << (code - 0xCA & 1)),
        (0xCF, _Form.PLAIN, 0, 1 << (code - 0xCC & 3)),
        (0xD3, _Form.PLAIN, 0, 1 << (code - 0xD0 & 3)),
        (0xD8, _Form.WRAPPED, 0, 1 << (code - 0xD4 & 7)),
        (0xDB, _Form.PLAIN, 1 << (code - 0xD9 & 3), 0),
        (0xDD, _Form.ITEMS, 2 << (code - 0xDC & 1), 0),
        (0xDF, _Form.PAIRS, 2 << (code - 0xDE & 1), 0),
        (0xFF, _Form.PLAIN, 0, 0),
    ]
    return next(rest for last, *rest in ranges if code <= last)  # type: ignore[return-value]


_FORMS = [_form(code) for code in range(256)]


@dataclass
class _Open:
    """A container that has been started."""

    left: int  # items still to come
    end: int  # where it must end; -1: anywhere
    has_keys: bool = False  # every other item is one


class MessageBudget:
    """Counts the items of one message up to MOST_ITEMS."""

    def __init__(self) -> None:
        self._left = MOST_ITEMS

    def check(self, data: bytes, plain_kinds: frozenset[int]) -> None:
        """Raise a ValueError for bytes that would decode to too much.

        Args:
            plain_kinds: kinds of our own whose bytes are a number or text; the bytes of all others
                are a message themselves.
        """
        at, wrapped = 0, 1  # the message itself is wrapped
        inside = [_Open(1, len(data))]
        while inside:
            here = inside[-1]
            if not here.left:
                if here.end not in (-1, at):
                    raise ValueError("a part of the message has another length than it says")
                wrapped -= here.end >= 0
                inside.pop()
                continue
            is_key = here.has_keys and here.left % 2 == 0
            here.left -= 1
            form, length, start = self._next(data, at)
            if is_key and form is not _Form.PLAIN:
                raise ValueError("a key is not plain")
            at = start
            if form is _Form.ITEMS or form is _Form.PAIRS:
                count = length * (2 if form is _Form.PAIRS else 1)
                self._take(count)
                inside.append(_Open(count, -1, form is _Form.PAIRS))
            elif form is _Form.WRAPPED and data[start - 1] not in plain_kinds:
                self._take(1)
                wrapped += 1
                inside.append(_Open(1, start + length))
            else:
                at += length
            if len(inside) > DEEPEST or wrapped > MOST_WRAPPED:
                raise ValueError("a value nests too deeply")

    def _next(self, data: bytes, at: int) -> tuple[_Form, int, int]:
        """Return the form of the item at an index, its length, and where its contents start."""
        if at >= len(data):
            raise ValueError("the message is cut short")
        form, width, length = _FORMS[data[at]]
        at += 1
        if width:
            length = int.from_bytes(data[at : at + width], "big")
            at += width
        if form is _Form.WRAPPED:
            at += 1
        if at > len(data):
            raise ValueError("the message is cut short")
        return form, length, at

    def _take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise ValueError(f"a message of more than {MOST_ITEMS} items")
