"""Relations between plain values: stated only if they hold for every item, and never raising."""

import math
import random
from typing import Any

import pytest

from grader.calls.plain_values import IteratorItems
from grader.diagnosis.pieces import pieces_of_ranks
from grader.diagnosis.readings.merging import cuts_of, next_merge, pieces_at, right_merges
from grader.diagnosis.readings.token_ids import edits, ids_part
from grader.diagnosis.text_relations import text_relation

IDS = [400, 406, 84, 258, 407]
WORDS = ["it", "'s", " so", " it"]
TABLE = {b"\n": 3, b" a": 1, b"b": 2}
RANKS = {bytes([byte]): byte for byte in range(256)} | {b"th": 256, b"the": 257, b"er": 258}

SAID: list[tuple[Any, Any, str]] = [
    (IDS[::-1], IDS, "the expected ids in reverse order"),
    (sorted(IDS), IDS, "the expected ids sorted"),
    (IDS[:-1], IDS, "the expected ids without the last one"),
    (IDS[:2], IDS, "only the first 2 of the 5 expected ids"),
    ([0, 1, *IDS], IDS, "the expected ids, with 2 extra before them: [0, 1]"),
    ([*IDS, 9], IDS, "the expected ids, with one extra after them: 9"),
    ([one + 3 for one in IDS], IDS, "the expected ids, each 3 too high"),
    ([IDS[1], IDS[0], *IDS[2:]], IDS, "the expected ids in a different order"),
    (tuple(IDS), IDS, "the expected ids as a tuple"),
    (IteratorItems(IDS), IDS, "the expected ids, as an iterator"),
    ([IDS[:2], IDS[2:]], IDS, "the expected ids, grouped into lists inside the list"),
    ([], IDS, "an empty list"),
    ("".join(WORDS), WORDS, "the expected ids joined, not in a list"),
    (["it's", " so", " it"], WORDS, "the right text, cut into 3 ids instead of 4"),
    ([one.encode() for one in WORDS], WORDS, "the expected ids, each as bytes"),
    ([one + "!" for one in WORDS], WORDS, "the expected ids, each with '!' added at its end"),
    (["", *WORDS, ""], WORDS, "the expected ids with 2 empty ones added"),
    (list(dict.fromkeys([*IDS, 400])), [*IDS, 400], "the expected ids without duplicates"),
    ({1: b" a", 2: b"b", 3: b"\n"}, TABLE, "the expected dict with keys and values swapped"),
    ({"\n": 3, " a": 1, "b": 2}, TABLE, "the expected dict, each key as text, decoded as UTF-8"),
    ({key: TABLE[key] + 7 for key in TABLE}, TABLE, "the expected dict, each value 7 too high"),
    ({b"b": 2}, TABLE, "the expected dict without the 2 keys that begin or end with whitespace"),
    ({b"\n": 3, b" a": 1}, TABLE, "the expected dict without b'b', the last key"),
    ({**TABLE, b"c": 9}, TABLE, "the expected dict with one extra key, b'c'"),
    (list(TABLE.items()), TABLE, "the expected dict as a list of pairs"),
    ("ABC ", "abc ", "the expected text in upper case"),
    ("abc", "abcdef", "the expected text without 'def' at its end"),
    ("[' the']", " the", "a list with the expected text, made into a text"),
]


@pytest.mark.parametrize(("got", "expected", "said"), SAID, ids=lambda one: repr(one)[:30])
def test_what_holds_is_said(got: Any, expected: Any, said: str) -> None:
    assert said in str(text_relation([(got, expected)], "ids"))


@pytest.mark.parametrize(("got", "expected", "said"), SAID, ids=lambda one: repr(one)[:30])
def test_what_almost_holds_is_not_said(got: Any, expected: Any, said: str) -> None:
    """One extra item, which no relation accounts for."""
    if not got or isinstance(got, str):
        return
    odd = {**got, "odd": object} if isinstance(got, dict) else [*got, "odd"]
    assert text_relation([(odd, expected)], "ids") != said


def test_a_relation_of_single_numbers_must_hold_for_all_calls_of_a_test() -> None:
    assert text_relation([(12, 10), (22, 20)]) == "the expected number plus 2"
    assert text_relation([(20, 10), (40, 20)]) == "the expected number times 2"
    assert (
        text_relation([(7, 10), (7, 20)]) == "the same number, 7, in every call with a wrong result"
    )
    same = text_relation([("ab", "cd"), ("ab", "ef"), ("gh", "gh")])
    assert same == "the same value in all calls of this test that go wrong, whatever the arguments"
    assert text_relation([(None, "cd"), (None, "ef")]) is None  # said otherwise
    assert text_relation([(12, 10)]) is None
    assert text_relation([(12, 10), (23, 20)]) is None
    assert text_relation([(12, 10), (20, 20)]) is None
    assert text_relation([(12, 10), (12, 10)]) is None  # one call, made twice


def test_what_is_small_needs_a_second_call() -> None:
    assert text_relation([([2, 1], [1, 2])]) is None
    assert text_relation([([2, 1], [1, 2]), ([4, 3], [3, 4])]) is not None
    assert text_relation([([2, 1], [1, 2]), ([3, 4], [3, 4])]) is None


def test_equal_values_have_no_relation() -> None:
    assert all(text_relation([(expected, expected)]) is None for _, expected, _ in SAID)


ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    10**400,
    math.nan,
    math.inf,
    -0.0,
    1j,
    "",
    "\ud800",
    "a\x00\u202e",
    b"",
    b"\xff\xfe",
    [],
    [[]],
    [math.nan, math.nan, 10**400],
    [[1], [[2]], "three"],
    [None, 1, "1", b"1"],
    ["a", 1, {}],
    (),
    (1, (2, (3,))),
    {},
    {None: 1, 2: "b", "c": [3]},
    {"a": math.nan, "b": {"c": {}}},
    {(1, 2): b"x", b"y": (3,)},
    ["\ud800", "b", "c"],
    list(range(400)),
]


def test_odd_values_never_raise() -> None:
    rng = random.Random(0)
    pieces = pieces_of_ranks(RANKS)
    for got in ODD:
        for expected in ODD:
            other = rng.choice(ODD), rng.choice(ODD)
            said = text_relation([(got, expected), other])
            assert said is None or (isinstance(said, str) and len(said) < 400)
            if isinstance(got, list) and isinstance(expected, list):
                ids_part(got, expected, pieces)


def test_a_list_that_holds_itself_has_no_relation() -> None:
    endless: list[Any] = [1]
    endless.append(endless)
    assert text_relation([(endless, [1, 2, 3])]) is None


def test_ids_are_shown_with_their_pieces() -> None:
    pieces = pieces_of_ranks(RANKS)
    found = ids_part([256, 258], [256, 101, 114], pieces)
    assert found is not None
    assert (found.right_until, found.first_wrong) == ("the id at [0], 256 'th'", "the id at [1]")
    assert "it should be 101 'e', but you have 258 'er'" in found.text
    assert pieces.shown(255) == "255 b'\\xff'"
    assert pieces.shown(999) == "999" and pieces.shown(math.nan) == "nan"
    assert pieces.shown("text") == "'text'"


def test_edits_are_said_if_they_are_the_same_everywhere() -> None:
    pieces = pieces_of_ranks(RANKS)
    right = [256, 10, 258, 10, 97]
    assert edits([256, 258, 97], right, pieces) == "the expected ids without 10 '\\n', in 2 places"
    assert edits([256, 11, 258, 11, 97], right, pieces) == (
        "11 '\\x0b' instead of 10 '\\n', in 2 places"
    )
    assert edits([256, 11, 258, 97], right, pieces) is None


def test_merges_come_in_the_order_of_their_ranks() -> None:
    merges = list(right_merges(b"there", RANKS))
    assert [merge.rank for merge in merges] == [256, 257]
    state = cuts_of([b"th", b"e", b"r", b"e"])
    following = next_merge(b"there", RANKS, state)
    assert following is not None and following.rank == 257
    assert pieces_at(b"there", state, following.cut) == (b"th", b"e")
