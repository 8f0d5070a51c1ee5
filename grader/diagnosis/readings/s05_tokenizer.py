"""Find the first wrong id or piece, with the pieces beside the ids."""

from typing import Any

from grader.diagnosis.comparing import instead, off_by, short
from grader.diagnosis.pieces import pieces_of_ranks, pieces_of_tokenizer
from grader.diagnosis.readings import WrongCall, told
from grader.diagnosis.readings.token_ids import ids_part
from grader.diagnosis.text_relations import text_relation
from grader.language import Words, mark, tr
from grader.verdict import Located


def build_tokenizer_encode_ordinary(wrong: WrongCall) -> Located | None:
    (ranks,) = wrong.made_with
    return ids_part(wrong.got, wrong.expected, pieces_of_ranks(ranks))


def build_tokenizer_encode_single_token(wrong: WrongCall) -> Located | None:
    (ranks,), got, expected = wrong.made_with, wrong.got, wrong.expected
    if type(got) is not int or type(expected) is not int:
        return None
    came = instead(str(got), str(expected))
    how = tr("{how}, {off}", how=came, off=off_by(got - expected))
    text = tr(
        "These ranks have {count} tokens, so the special ones begin at {count}. {token} has the id "
        "{got} in your tokenizer; it should be {expected}.",
        count=len(ranks),
        token=wrong.args[0],
        got=got,
        expected=expected,
    )
    return Located(None, None, tr("the id of {token}", token=wrong.args[0]), how, text)


def encode_prompt(wrong: WrongCall) -> Located | None:
    tokenizer, prompt = wrong.args
    part = ids_part(wrong.got, wrong.expected, pieces_of_tokenizer(tokenizer))
    if part is None:
        return None
    decoded = _decoded(tokenizer, wrong.got)
    expected = _decoded(tokenizer, wrong.expected)
    how = part.relation
    if decoded is not None and decoded == expected:
        how = tr("ids of the right text, cut into other tokens")
    lines = [part.text]
    if decoded is not None and decoded == expected:
        lines.append(tr("Both decode to the same text."))
    elif decoded == prompt:
        lines.append(tr("Your ids decode to the prompt alone, without begin-of-text before it."))
    elif decoded is not None:
        words = mark("Your ids decode to {text}; the prompt is {prompt}.")
        lines.append(tr(words, text=short(decoded), prompt=short(prompt)))
    return Located(None, part.right_until, part.first_wrong, how, told(*lines))


def token_pieces(wrong: WrongCall) -> Located | None:
    tokenizer, tokens = wrong.args
    got, expected = wrong.got, wrong.expected
    if not isinstance(got, list):
        return None
    at = next(
        (at for at in range(len(expected)) if at >= len(got) or got[at] != expected[at]), None
    )
    if at is None:
        return Located(
            relation=tr("{pieces} pieces for {tokens} tokens", pieces=len(got), tokens=len(tokens)),
            text=_count(len(tokens), len(got)),
        )
    names = pieces_of_tokenizer(tokenizer)
    came = short(got[at]) if at < len(got) else tr("nothing")
    how = _odd_pieces(tokenizer, tokens, got, expected) or text_relation(wrong.pairs, "pieces")
    count = "" if len(got) == len(expected) else _count(len(tokens), len(got))
    text = told(
        tr(
            "The token at [{at}] is {token}. On its own it decodes to {text}; your piece is "
            "{came}.",
            at=at,
            token=names.shown(tokens[at]),
            text=short(expected[at]),
            came=came,
        ),
        count,
        tr("You return {how}.", how=how) if how else "",
    )
    until = None
    if at:
        until = tr("the piece at [{at}], {piece}", at=at - 1, piece=short(expected[at - 1]))
    how = how or instead(came, short(expected[at]))
    return Located(None, until, tr("the piece at [{at}]", at=at), how, text)


def _count(tokens: int, pieces: int) -> Words:
    return tr(
        "There are {tokens} tokens, but you return {pieces} pieces; each token has one piece.",
        tokens=tokens,
        pieces=pieces,
    )


def _odd_pieces(
    tokenizer: Any, tokens: list[int], got: list[Any], expected: list[str]
) -> Words | None:
    special = set(map(tokenizer.encode_single_token, tokenizer.special_tokens_set))
    raw = [tokenizer.decode_single_token_bytes(one) for one in tokens]
    ways = {
        mark("the right pieces, but with empty ones for special tokens"): [
            "" if token in special else piece for token, piece in zip(tokens, expected, strict=True)
        ],
        mark("the right pieces without those of special tokens"): [
            piece for token, piece in zip(tokens, expected, strict=True) if token not in special
        ],
        mark("the bytes of each token read as Latin-1"): [one.decode("latin-1") for one in raw],
        mark("the bytes of each token, written as `str` writes bytes"): list(map(str, raw)),
        mark("the bytes of each token, not decoded"): raw,
        mark("the right pieces, without what isn't UTF-8"): [
            one.decode(errors="ignore") for one in raw
        ],
        mark("the ids as text"): list(map(str, tokens)),
    }
    if words := next((words for words, pieces in ways.items() if pieces == got), None):
        return tr(words)
    if all(isinstance(one, str) for one in got) and "".join(got) == tokenizer.decode(tokens):
        return tr("the text of all tokens, decoded together and cut in other places")
    return None


def _decoded(tokenizer: Any, ids: Any) -> str | None:
    try:
        return str(tokenizer.decode(ids))
    except (KeyError, TypeError, OverflowError, ValueError):
        return None
