"""Stages 1 to 6, compared with tiktoken on the tiny vocabulary."""

import random
from pathlib import Path

import pytest
import regex
import tiktoken
from tiktoken.load import load_tiktoken_bpe

from grader.kata import Kata
from grader.suite.yours_and_reference import Reference

FOLDERS = ("trained", "random_gqa", "random_mha", "random_mqa")
ANYTHING = r"[\s\S]+"  # a whole text is one chunk, so that nothing but merging is compared


@pytest.fixture(scope="module")
def ranks(kata: Kata) -> dict[bytes, int]:
    """The tiny vocabulary as tiktoken reads it."""
    return load_tiktoken_bpe(str(kata.tiny_weights / "trained" / "tokenizer.model"))


@pytest.fixture(scope="module")
def oracle(ranks: dict[bytes, int], openai_pattern: str, reference: Reference) -> tiktoken.Encoding:
    """tiktoken with OpenAI's own pattern."""
    return tiktoken.Encoding(
        name="oracle",
        pat_str=openai_pattern,
        mergeable_ranks=ranks,
        special_tokens=reference.special_token_ids(len(ranks)),
    )


@pytest.fixture(scope="module")
def ended(texts: list[str]) -> list[str]:
    """The texts plus a period, because OpenAI's pattern differs in whitespace at the end."""
    return [text + "." for text in texts]


@pytest.mark.parametrize("folder", FOLDERS)
def test_vocabulary_files(kata: Kata, reference: Reference, folder: str) -> None:
    path = kata.tiny_weights / folder / "tokenizer.model"
    assert reference.parse_vocabulary(path.read_bytes()) == load_tiktoken_bpe(str(path))


def test_a_vocabulary_file_in_any_order(kata: Kata, reference: Reference, tmp_path: Path) -> None:
    contents = (kata.tiny_weights / "trained" / "tokenizer.model").read_bytes()
    lines = contents.splitlines(keepends=True)[100:400]
    random.Random(1).shuffle(lines)
    shuffled = tmp_path / "tokenizer.model"
    shuffled.write_bytes(b"".join(lines))
    found = reference.parse_vocabulary(shuffled.read_bytes())
    assert found == load_tiktoken_bpe(str(shuffled))
    assert len(found) == 300


def test_splitting(reference: Reference, openai_pattern: str, ended: list[str]) -> None:
    for text in ended:
        assert reference.split_text(text) == regex.findall(openai_pattern, text)


def test_merging(reference: Reference, ranks: dict[bytes, int], texts: list[str]) -> None:
    merges_only = tiktoken.Encoding(
        name="merges", pat_str=ANYTHING, mergeable_ranks=ranks, special_tokens={}
    )
    rng = random.Random(2)
    pieces = [token.decode() for token in ranks if token.isascii()]
    joined = ["".join(rng.choices(pieces, k=rng.randint(1, 8))) for _ in range(3000)]
    for text in texts + joined:
        assert reference.bpe_encode(text.encode(), ranks) == merges_only.encode(text)


def test_a_whole_chunk_is_looked_up_before_merging(
    reference: Reference, ranks: dict[bytes, int]
) -> None:
    """Merging can't produce this token of four letters, because no two of them form a token."""
    table = ranks | {b"zqxj": 512}
    assert not any(pair in table for pair in (b"zq", b"qx", b"xj"))
    merges_only = tiktoken.Encoding(
        name="merges", pat_str=ANYTHING, mergeable_ranks=table, special_tokens={}
    )
    for text in ("zqxj", "zqxjz", " zqxj", "zqx"):
        assert reference.bpe_encode(text.encode(), table) == merges_only.encode(text)
    assert reference.bpe_encode(b"zqxj", table) == [512]


def test_splitting_and_merging(
    reference: Reference, ranks: dict[bytes, int], oracle: tiktoken.Encoding, ended: list[str]
) -> None:
    for text in ended:
        chunks = reference.split_text(text)
        got = [token for chunk in chunks for token in reference.bpe_encode(chunk.encode(), ranks)]
        assert got == oracle.encode_ordinary(text)


def test_special_tokens_follow_the_others(reference: Reference, oracle: tiktoken.Encoding) -> None:
    special = reference.special_token_ids(512)
    assert sorted(special.values()) == list(range(512, 768))
    assert oracle.n_vocab == 768
    for name, token in special.items():
        assert oracle.encode(name, allowed_special="all") == [token]
        assert oracle.decode([token]) == name


def test_the_whole_tokenizer(
    reference: Reference, ranks: dict[bytes, int], oracle: tiktoken.Encoding, ended: list[str]
) -> None:
    tokenizer = reference.build_tokenizer(ranks)
    begin = oracle.encode("<|begin_of_text|>", allowed_special="all")
    for text in ended:
        tokens = reference.encode_prompt(tokenizer, text)
        assert tokens == begin + oracle.encode_ordinary(text)
        assert reference.token_pieces(tokenizer, tokens) == [oracle.decode([t]) for t in tokens]


def test_its_own_parts_give_the_same_at_the_end_of_a_text(
    reference: Reference, ranks: dict[bytes, int], texts: list[str]
) -> None:
    """Two engines run the same pattern: the regex module here, Rust's fancy-regex in tiktoken."""
    tokenizer = reference.build_tokenizer(ranks)
    for text in texts:
        got = []
        for chunk in reference.split_text(text):
            got += reference.bpe_encode(chunk.encode(), ranks)
        assert got == reference.encode_prompt(tokenizer, text)[1:]


def test_text_that_looks_like_a_special_token_stays_text(
    reference: Reference, ranks: dict[bytes, int], oracle: tiktoken.Encoding
) -> None:
    tokenizer = reference.build_tokenizer(ranks)
    for name in reference.special_token_ids(len(ranks)):
        for text in (name, f"say {name} twice: {name}."):
            begin, *tokens = reference.encode_prompt(tokenizer, text)
            assert begin == len(ranks)
            assert tokens == oracle.encode(text, disallowed_special=())
            assert max(tokens) < len(ranks)
            assert "".join(reference.token_pieces(tokenizer, tokens)) == text


def test_a_dialog(reference: Reference, ranks: dict[bytes, int], oracle: tiktoken.Encoding) -> None:
    tokenizer = reference.build_tokenizer(ranks)
    messages = [
        {"role": "system", "content": "\n Be brief. \t\n"},
        {"role": "user", "content": "What is the answer?\n\nWhy?"},
        {"role": "assistant", "content": "42"},
        {"role": "user", "content": ""},
    ]
    template = (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nWhat is the answer?\n\nWhy?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n42<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\n<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )
    assert reference.encode_chat(tokenizer, messages) == oracle.encode(
        template, allowed_special="all"
    )
