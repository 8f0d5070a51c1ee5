"""Find the first wrong part of a dialog, with the pieces beside the ids."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

from grader.diagnosis.pieces import pieces_of_tokenizer
from grader.diagnosis.plain_changes import text_changes
from grader.diagnosis.readings import OneCall, WrongCall, told
from grader.diagnosis.readings.token_ids import ids_part, ids_relation
from grader.language import Words, in_english, mark, tr
from grader.verdict import Located

_IN_MESSAGE = {  # the part that an id is in
    "start": mark("at the beginning of the header of message {number} ({role})"),
    "role": mark("in the role of message {number} ({role})"),
    "end": mark("at the end of the header of message {number} ({role})"),
    "blank": mark("in the blank line after the header of message {number} ({role})"),
    "content": mark("in the content of message {number} ({role})"),
    "eot": mark("at the end of message {number} ({role})"),
}
_IN_OPEN_HEADER = {
    "begin": mark("at the beginning of the prompt"),
    "start": mark("at the beginning of the header (the open one at the end)"),
    "role": mark("in the role (the open one at the end)"),
    "end": mark("at the end of the header (the open one at the end)"),
    "blank": mark("in the blank line after the header (the open one at the end)"),
}
_ENOUGH = 12  # ids in a result that prove something on their own
_KINDS = {
    "start": "`<|start_header_id|>`",
    "role": mark("the role"),
    "end": "`<|end_header_id|>`",
    "blank": mark("the blank line"),
    "content": mark("the content"),
    "eot": "`<|eot_id|>`",
}
_BLANK = mark("the blank line after the header")


@dataclass(frozen=True)
class Part:
    """One part of a prompt: its kind, the message that it belongs to by number and role, and its
    ids. The beginning and the open header at the end belong to none."""

    kind: str
    message: tuple[int, str] | None
    ids: tuple[int, ...]

    @property
    def words(self) -> Words:
        if self.message is None:
            return tr(_IN_OPEN_HEADER[self.kind])
        number, role = self.message
        return tr(_IN_MESSAGE[self.kind], number=number, role=role)


def encode_chat(wrong: WrongCall) -> Located | None:
    tokenizer, messages = wrong.args
    parts = parts_of(tokenizer, messages)
    if [one for part in parts for one in part.ids] != wrong.expected:
        return None
    pieces = pieces_of_tokenizer(tokenizer)
    found = ids_part(wrong.got, wrong.expected, pieces, lambda at: _part_at(parts, at))
    if found is None:
        return None
    how = _in_all(wrong.all) or _here([wrong.call]) or ids_relation(wrong.pairs)
    how = how or _same_text(tokenizer, wrong) or found.relation
    is_one = how is None or (how == found.relation and "," not in in_english(how))
    says = "" if is_one else tr("You return {how}.", how=how)
    return Located(None, found.right_until, found.first_wrong, how, told(says, found.text))


def parts_of(
    tokenizer: Any,
    messages: Sequence[dict[str, str]],
    content: Callable[[str], str] = str.strip,
) -> list[Part]:
    """Return the parts of the right prompt, in order; `content` is applied to each content."""
    special, text = tokenizer.encode_single_token, tokenizer.encode_ordinary

    def header(role: str, whose: tuple[int, str] | None) -> list[Part]:
        return [
            Part("start", whose, (special("<|start_header_id|>"),)),
            Part("role", whose, tuple(text(role))),
            Part("end", whose, (special("<|end_header_id|>"),)),
            Part("blank", whose, tuple(text("\n\n"))),
        ]

    parts = [Part("begin", None, (special("<|begin_of_text|>"),))]
    for number, message in enumerate(messages, 1):
        role = message["role"]
        whose = number, role
        parts += header(role, whose)
        said = content(message["content"])
        parts.append(Part("content", whose, tuple(text(said))))
        parts.append(Part("eot", whose, (special("<|eot_id|>"),)))
    return parts + header("assistant", None)


def _part_at(parts: Sequence[Part], at: int) -> Words:
    for part in parts:
        if at < len(part.ids):
            return part.words
        at -= len(part.ids)
    return tr("after the open header")


def _in_all(calls: Sequence[OneCall]) -> Words | None:
    """Return which change of the parts gives what came in every call."""
    made = [list(_changed_prompts(*one.args)) for one in calls]
    for number, (words, _) in enumerate(made[0]):
        if all(len(each) > number for each in made) and all(
            _ids(each[number][1]) == one.got for each, one in zip(made, calls, strict=True)
        ):
            return words
    return None


def _here(calls: Sequence[OneCall]) -> Words | None:
    """Return which change of the parts gives what came in this call."""
    how = _in_all(calls) if len(calls[0].expected) >= _ENOUGH else None
    return tr("{how}, in this call", how=how) if how else None


def _same_text(tokenizer: Any, wrong: WrongCall) -> Words | None:
    if not wrong.got or not all(type(one) is int for one in wrong.got):
        return None
    try:
        same = tokenizer.decode(wrong.got) == tokenizer.decode(wrong.expected)
    except (KeyError, OverflowError):
        return None
    return tr("ids of the right text, cut into other tokens") if same else None


def _ids(parts: Sequence[Part]) -> list[int]:
    return [one for part in parts for one in part.ids]


def _changed_prompts(
    tokenizer: Any, messages: Sequence[dict[str, str]]
) -> Iterator[tuple[Words, list[Part]]]:
    """Yield other prompts with words for each, always in the same order."""
    for words, change in text_changes():
        changed_parts = parts_of(tokenizer, messages, partial(_stripped, change))
        yield tr("the right prompt, each content {change}", change=words), changed_parts
    as_given = parts_of(tokenizer, messages, str)
    yield tr("the right prompt, each content as given and not stripped"), as_given
    yield from _rearranged(parts_of(tokenizer, messages))


def _stripped(change: Callable[[str], str], content: str) -> str:
    return change(content.strip())


def _rearranged(parts: list[Part]) -> Iterator[tuple[Words, list[Part]]]:
    messages = parts[1:-4]
    begin, opened = parts[:1], parts[-4:]
    turns = [messages[at : at + 6] for at in range(0, len(messages), 6)]
    yield tr("the right prompt without `<|begin_of_text|>`"), parts[1:]
    yield tr("the right prompt without the open header at the end"), parts[:-4]
    yield tr("the right prompt without the blank line of the open header"), parts[:-1]
    for kind, words in _KINDS.items():
        yield from _without_or_twice(parts, kind, _named(words))
    for one, other in combinations(_KINDS, 2):
        both = {"one": _named(_long(one)), "other": _named(_long(other))}
        exchanged = [*begin, *_exchanged(turns, one, other), *opened]
        words = mark("the right prompt with {one} and {other} swapped in every message")
        yield tr(words, **both), exchanged
        everywhere = [*begin, *_exchanged([*turns, opened], one, other)]
        yield tr("the right prompt with {one} and {other} swapped each time", **both), everywhere
    if turns:
        yield from _of_messages(begin, turns, opened)


def _without_or_twice(
    parts: Sequence[Part], kind: str, named: str
) -> Iterator[tuple[Words, list[Part]]]:
    opened = parts[-4:]
    yield (
        tr("the right prompt without {part} in every header or message", part=named),
        [part for part in parts if part.kind != kind],
    )
    yield (
        tr("the right prompt without {part} in every message", part=named),
        [part for part in parts if part.kind != kind or part in opened],
    )
    yield (
        tr("the right prompt with {part} doubled each time", part=named),
        [one for part in parts for one in ([part] * 2 if part.kind == kind else [part])],
    )


def _of_messages(
    begin: list[Part], turns: list[list[Part]], opened: list[Part]
) -> Iterator[tuple[Words, list[Part]]]:
    messages = [part for turn in turns for part in turn]
    words = mark("the right prompt with the last message left open and no header after it")
    yield tr(words), [*begin, *messages[:-1]]
    yield tr("the right prompt without its first message"), [*begin, *messages[6:], *opened]
    yield tr("the right prompt without its last message"), [*begin, *messages[:-6], *opened]
    yield (
        tr("the right prompt with `<|begin_of_text|>` before each message"),
        [*(part for turn in turns for part in (*begin, *turn)), *opened],
    )
    backwards = [part for turn in turns[::-1] for part in turn]
    words = mark("the right prompt with the messages in reverse order")
    yield tr(words), [*begin, *backwards, *opened]
    words = mark("the right prompt with `<|eot_id|>` instead of the open header")
    yield tr(words), [*begin, *messages, messages[-1]]


def _named(words: str) -> str:
    """Return what a part is called in the reader's language; the name of a token is always the
    same."""
    return words if words.startswith("`") else tr(words)


def _long(kind: str) -> str:
    return _BLANK if kind == "blank" else _KINDS[kind]


def _exchanged(turns: Sequence[list[Part]], one: str, other: str) -> Iterator[Part]:
    for turn in turns:
        kinds = [part.kind for part in turn]
        if one in kinds and other in kinds:
            turn = list(turn)
            at, to = kinds.index(one), kinds.index(other)
            turn[at], turn[to] = turn[to], turn[at]
        yield from turn
