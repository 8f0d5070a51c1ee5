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
from grader.verdict import Located

_WHERE = {  # the part that an id is in
    "begin": "at the beginning of the prompt",
    "start": "at the beginning of the header",
    "role": "in the role",
    "end": "at the end of the header",
    "blank": "in the blank line after the header",
    "content": "in the content",
    "eot": "at the end",
}
_ENOUGH = 12  # ids in a result that prove something on their own
_KINDS = {
    "start": "`<|start_header_id|>`",
    "role": "the role",
    "end": "`<|end_header_id|>`",
    "blank": "the blank line after the header",
    "content": "the content",
    "eot": "`<|eot_id|>`",
}


@dataclass(frozen=True)
class Part:
    """One part of a prompt: its kind, the message it belongs to, and its ids."""

    kind: str
    whose: str
    ids: tuple[int, ...]

    @property
    def words(self) -> str:
        return f"{_WHERE[self.kind]}{self.whose}"


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
    is_one = how is None or (how == found.relation and how.count(",") == 0)
    says = "" if is_one else f"You return {how}."
    return Located(None, found.right_until, found.first_wrong, how, told(says, found.text))


def parts_of(
    tokenizer: Any,
    messages: Sequence[dict[str, str]],
    content: Callable[[str], str] = str.strip,
) -> list[Part]:
    """Return the parts of the right prompt, in order; `content` is applied to each content."""
    special, text = tokenizer.encode_single_token, tokenizer.encode_ordinary

    def header(role: str, whose: str) -> list[Part]:
        return [
            Part("start", whose, (special("<|start_header_id|>"),)),
            Part("role", whose, tuple(text(role))),
            Part("end", whose, (special("<|end_header_id|>"),)),
            Part("blank", whose, tuple(text("\n\n"))),
        ]

    parts = [Part("begin", "", (special("<|begin_of_text|>"),))]
    for number, message in enumerate(messages, 1):
        role = message["role"]
        whose = f" of message {number} ({role})"
        parts += header(role, whose)
        said = content(message["content"])
        parts.append(Part("content", whose, tuple(text(said))))
        parts.append(Part("eot", whose, (special("<|eot_id|>"),)))
    return parts + header("assistant", " (the open one at the end)")


def _part_at(parts: Sequence[Part], at: int) -> str:
    for part in parts:
        if at < len(part.ids):
            return part.words
        at -= len(part.ids)
    return "after the open header"


def _in_all(calls: Sequence[OneCall]) -> str | None:
    """Return which change of the parts gives what came in every call."""
    made = [list(_changed_prompts(*one.args)) for one in calls]
    for number, (words, _) in enumerate(made[0]):
        if all(len(each) > number for each in made) and all(
            _ids(each[number][1]) == one.got for each, one in zip(made, calls, strict=True)
        ):
            return words
    return None


def _here(calls: Sequence[OneCall]) -> str | None:
    """Return which change of the parts gives what came in this call."""
    how = _in_all(calls) if len(calls[0].expected) >= _ENOUGH else None
    return how and f"{how}, in this call"


def _same_text(tokenizer: Any, wrong: WrongCall) -> str | None:
    if not wrong.got or not all(type(one) is int for one in wrong.got):
        return None
    try:
        same = tokenizer.decode(wrong.got) == tokenizer.decode(wrong.expected)
    except (KeyError, OverflowError):
        return None
    return "ids of the right text, cut into other tokens" if same else None


def _ids(parts: Sequence[Part]) -> list[int]:
    return [one for part in parts for one in part.ids]


def _changed_prompts(
    tokenizer: Any, messages: Sequence[dict[str, str]]
) -> Iterator[tuple[str, list[Part]]]:
    """Yield other prompts with words for each, always in the same order."""
    for words, change in text_changes():
        changed_parts = parts_of(tokenizer, messages, partial(_stripped, change))
        yield f"the right prompt, each content {words}", changed_parts
    as_given = parts_of(tokenizer, messages, str)
    yield "the right prompt, each content as given and not stripped", as_given
    yield from _rearranged(parts_of(tokenizer, messages))


def _stripped(change: Callable[[str], str], content: str) -> str:
    return change(content.strip())


def _rearranged(parts: list[Part]) -> Iterator[tuple[str, list[Part]]]:
    messages = parts[1:-4]
    begin, opened = parts[:1], parts[-4:]
    turns = [messages[at : at + 6] for at in range(0, len(messages), 6)]
    yield "the right prompt without `<|begin_of_text|>`", parts[1:]
    yield "the right prompt without the open header at the end", parts[:-4]
    yield "the right prompt without the blank line of the open header", parts[:-1]
    for kind, words in _KINDS.items():
        whole = words.removesuffix(" after the header")
        everywhere = [part for part in parts if part.kind != kind]
        yield f"the right prompt without {whole} in every header or message", everywhere
        yield (
            f"the right prompt without {whole} in every message",
            [part for part in parts if part.kind != kind or part in opened],
        )
        twice = [one for part in parts for one in ([part] * 2 if part.kind == kind else [part])]
        yield f"the right prompt with {whole} doubled each time", twice
    for one, other in combinations(_KINDS, 2):
        exchanged = [*begin, *_exchanged(turns, one, other), *opened]
        words = f"{_KINDS[one]} and {_KINDS[other]} swapped"
        yield f"the right prompt with {words} in every message", exchanged
        both = [*begin, *_exchanged([*turns, opened], one, other)]
        yield f"the right prompt with {words} each time", both
    if turns:
        yield "the right prompt with the last message left open and no header after it", parts[:-5]
        yield "the right prompt without its first message", [*begin, *messages[6:], *opened]
        yield "the right prompt without its last message", [*begin, *messages[:-6], *opened]
        yield (
            "the right prompt with `<|begin_of_text|>` before each message",
            [
                *(part for turn in turns for part in (*begin, *turn)),
                *opened,
            ],
        )
        backwards = [part for turn in turns[::-1] for part in turn]
        yield "the right prompt with the messages in reverse order", [*begin, *backwards, *opened]
        closed = [*begin, *messages, messages[-1]]
        yield "the right prompt with `<|eot_id|>` instead of the open header", closed


def _exchanged(turns: Sequence[list[Part]], one: str, other: str) -> Iterator[Part]:
    for turn in turns:
        kinds = [part.kind for part in turn]
        if one in kinds and other in kinds:
            turn = list(turn)
            at, to = kinds.index(one), kinds.index(other)
            turn[at], turn[to] = turn[to], turn[at]
        yield from turn
