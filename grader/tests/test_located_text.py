"""Verdicts on wrong code in the text stages that no known mistake explains."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from grader.kata import Kata
from grader.stages import stage_of
from grader.suite.grade_stage import grade_stage
from grader.suite.oracle import LiveOracle
from grader.tests.strangers_code import Case
from grader.verdict import TestVerdict
from grader.workers.pool import WorkerPool, start_pool

PAIRS = "[(ranks[a + b], i) for i, (a, b) in enumerate(pairwise(parts)) if a + b in ranks]"
MERGES = f"""
def bpe_encode(chunk, ranks):
    if chunk in ranks:
        return [ranks[chunk]]
    parts = [bytes([byte]) for byte in chunk]
    while pairs := {PAIRS}:
        i = CHOSEN
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
    return [ranks[part] for part in parts]
"""
CASES = {
    "the rank of the line before": (
        1,
        "_right = parse_vocabulary\n"
        "def parse_vocabulary(contents):\n"
        "    table = _right(contents)\n"
        "    return dict(zip(table, [None, *table.values()]))",
        ["The first line whose entry is wrong in your table is line 1, b'IQ== 0'."],
    ),
    "keys as text": (
        1,
        "_right = parse_vocabulary\n"
        "def parse_vocabulary(contents):\n"
        "    return {key.decode('latin-1'): one for key, one in _right(contents).items()}",
        ["the expected dict, each key as text, decoded as Latin-1"],
    ),
    "state kept between calls": (
        1,
        "_right, _table = parse_vocabulary, {}\n"
        "def parse_vocabulary(contents):\n"
        "    _table.update(_right(contents))\n"
        "    return _table",
        ["Called on its own, your function returns the right result"],
    ),
    "whitespace not cut before a word": (
        2,
        "PATTERN = PATTERN.replace(r'|\\s+(?!\\S)', '')",
        ["stops before its last character is missing or comes too late"],
    ),
    "the highest rank first": (
        3,
        MERGES.replace("CHOSEN", "max(pairs)[1]"),
        ["' ' and 'w' into 342 ' w'", "should come first: they make 256 'th'"],
    ),
    "a name misspelled": (
        4,
        "_right = special_token_ids\n"
        "def special_token_ids(n):\n"
        "    return {key.replace('eot', 'EOT'): one for key, one in _right(n).items()}",
        ["`<|eot_id|>`, between `<|reserved_special_token_4|>`", "the id of `<|EOT_id|>`"],
    ),
    "a special token at the end": (
        5,
        "_right = encode_prompt\n"
        "def encode_prompt(tokenizer, prompt):\n"
        "    return [*_right(tokenizer, prompt), tokenizer.encode_single_token('<|eot_id|>')]",
        ["yours goes on with", "<|eot_id|>"],
    ),
    "no end of turn": (
        6,
        "_right = encode_chat\n"
        "def encode_chat(tokenizer, messages):\n"
        "    eot = tokenizer.encode_single_token('<|eot_id|>')\n"
        "    return [one for one in _right(tokenizer, messages) if one != eot]",
        ["the right prompt without `<|eot_id|>`", "at the end of message 1 (user)"],
    ),
    "the output matrix is not counted": (
        7,
        "_right = parameter_count\n"
        "def parameter_count(params):\n"
        "    return _right(params) - params['dim'] * params['vocab_size']",
        ["1920 too low: the embedding or output matrix is left out once"],
    ),
    "another kind of error": (
        7,
        "_right = expected_shapes\n"
        "def expected_shapes(params):\n"
        "    try:\n"
        "        return _right(params)\n"
        "    except KeyError as error:\n"
        "        raise IndexError(*error.args)",
        ["an IndexError instead of a KeyError that names 'dim'"],
    ),
}


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with closing(start_pool()) as pool:
        yield pool


def failed(kata: Kata, folder: Path, pool: WorkerPool, number: int, code: str) -> list[TestVerdict]:
    stage = stage_of(number)
    Case(stage, "", False, code, frozenset(), "", "").write(kata, folder)
    verdict = grade_stage(kata, stage, folder, 0, pool.worker)
    return [test for test in verdict.tests if test.outcome == "failed"]


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_said(
    name: str, kata: Kata, tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveOracle, "name_mistakes", lambda *_: {})
    number, code, wanted = CASES[name]
    tests = failed(kata, tmp_path, pool, number, code)
    said = "\n".join(f"{one.explanation}\n{one.located and one.located.relation}" for one in tests)
    assert tests and all(words in said for words in wanted), said


def test_a_name_comes_before_a_place(kata: Kata, tmp_path: Path, pool: WorkerPool) -> None:
    """A failure that a known mistake explains is not located."""
    code = "def bpe_encode(chunk, ranks):\n    return [ranks[bytes([byte])] for byte in chunk]"
    tests = failed(kata, tmp_path, pool, 3, code)
    assert all(bool(one.mistake) != bool(one.located and one.explanation) for one in tests)
