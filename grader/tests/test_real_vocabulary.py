"""Stages 1 to 6 on Llama 3's real vocabulary, compared with published ids and tiktoken."""

import json
import random
from pathlib import Path

import pytest
import tiktoken
from tiktoken.load import load_tiktoken_bpe

from grader.kata import Kata
from grader.suite.yours_and_reference import Reference

ANYTHING = r"[\s\S]+"  # a whole text is one chunk, so that nothing but merging is compared
PROMPT_IDS = [128000, 1820, 4320, 311, 279, 17139, 3488, 315, 2324, 11]
PROMPT_IDS += [279, 15861, 11, 323, 4395, 374, 220]


@pytest.fixture(scope="module")
def ranks(llama3_dir: Path, reference: Reference) -> dict[bytes, int]:
    """The real vocabulary as the reference reads it."""
    found: dict[bytes, int] = reference.parse_vocabulary(
        (llama3_dir / "tokenizer.model").read_bytes()
    )
    return found


@pytest.fixture(scope="module")
def tokenizer(ranks: dict[bytes, int], reference: Reference) -> tiktoken.Encoding:
    """The reference's tokenizer."""
    built: tiktoken.Encoding = reference.build_tokenizer(ranks)
    return built


def split_and_merge(reference: Reference, text: str, ranks: dict[bytes, int]) -> list[int]:
    """Encode a text with only stages 2 and 3."""
    chunks = reference.split_text(text)
    return [token for chunk in chunks for token in reference.bpe_encode(chunk.encode(), ranks)]


def test_the_file_is_read_as_tiktoken_reads_it(
    llama3_dir: Path, ranks: dict[bytes, int], kata: Kata, reference: Reference
) -> None:
    assert ranks == load_tiktoken_bpe(str(llama3_dir / "tokenizer.model"))
    assert sorted(ranks.values()) == list(range(128000))
    tiny = reference.parse_vocabulary((kata.tiny_weights / "trained/tokenizer.model").read_bytes())
    single_bytes = [
        {t: rank for t, rank in table.items() if len(t) == 1} for table in (ranks, tiny)
    ]
    assert single_bytes[0] == single_bytes[1]  # the tiny one has its bytes in the same order
    assert len(single_bytes[0]) == 256


def test_the_prompt_is_17_tokens(
    kata: Kata, ranks: dict[bytes, int], tokenizer: tiktoken.Encoding, reference: Reference
) -> None:
    prompts = json.loads((kata.tiny_weights / "prompts.json").read_text(encoding="utf-8"))
    assert reference.encode_prompt(tokenizer, prompts["prompt"]) == PROMPT_IDS
    assert split_and_merge(reference, prompts["prompt"], ranks) == PROMPT_IDS[1:]
    assert reference.token_pieces(tokenizer, [2983]) == ["42"]
    tiny = reference.build_tokenizer(
        reference.parse_vocabulary((kata.tiny_weights / "trained/tokenizer.model").read_bytes())
    )
    pieces = reference.token_pieces(tiny, reference.encode_prompt(tiny, prompts["prompt"]))
    assert reference.token_pieces(tokenizer, PROMPT_IDS) == pieces
    assert "".join(pieces[1:]) == prompts["prompt"]


def test_a_contraction_before_a_number(ranks: dict[bytes, int], reference: Reference) -> None:
    assert reference.split_text("It's 42!") == ["It", "'s", " ", "42", "!"]
    assert split_and_merge(reference, "It's 42!", ranks) == [2181, 596, 220, 2983, 0]


def test_special_ids(ranks: dict[bytes, int], reference: Reference) -> None:
    special = reference.special_token_ids(len(ranks))
    assert sorted(special.values()) == list(range(128000, 128256))
    known = {
        "<|begin_of_text|>": 128000,
        "<|end_of_text|>": 128001,
        "<|reserved_special_token_0|>": 128002,
        "<|reserved_special_token_3|>": 128005,
        "<|start_header_id|>": 128006,
        "<|end_header_id|>": 128007,
        "<|reserved_special_token_4|>": 128008,
        "<|eot_id|>": 128009,
        "<|reserved_special_token_5|>": 128010,
        "<|reserved_special_token_250|>": 128255,
    }
    assert {name: special[name] for name in known} == known


def test_588_tokens_are_reached_by_the_lookup_alone(
    ranks: dict[bytes, int], reference: Reference
) -> None:
    """Without a token in the table, merging its bytes goes on as before up to the pair that would
    make it. So merging reaches the token exactly when two pieces are left."""
    table = dict(ranks)
    unreached = []
    for token, rank in ranks.items():
        if len(token) > 1:
            del table[token]
            if len(reference.bpe_encode(token, table)) > 2:
                unreached.append(token)
            table[token] = rank
    assert len(unreached) == 588
    assert " Việt".encode() in unreached
    assert all(reference.bpe_encode(token, ranks) == [ranks[token]] for token in unreached)
    assert split_and_merge(reference, " Việt", ranks) == [101798]


def test_texts_in_many_scripts(
    ranks: dict[bytes, int],
    tokenizer: tiktoken.Encoding,
    reference: Reference,
    openai_pattern: str,
    texts: list[str],
) -> None:
    oracle = tiktoken.Encoding(
        name="oracle", pat_str=openai_pattern, mergeable_ranks=ranks, special_tokens={}
    )
    for text in texts:
        got = split_and_merge(reference, text, ranks)
        assert got == tokenizer.encode_ordinary(text)
        # OpenAI's pattern differs in whitespace at the end of a text, hence the full stop.
        assert split_and_merge(reference, text + ".", ranks) == oracle.encode_ordinary(text + ".")


def test_merging_what_tokens_spell_together(ranks: dict[bytes, int], reference: Reference) -> None:
    merges_only = tiktoken.Encoding(
        name="merges", pat_str=ANYTHING, mergeable_ranks=ranks, special_tokens={}
    )
    rng = random.Random(3)
    tokens = list(ranks)
    for _ in range(3000):
        text = b"".join(rng.choices(tokens, k=rng.randint(1, 5))).decode(errors="ignore")
        assert reference.bpe_encode(text.encode(), ranks) == merges_only.encode(text)


def test_a_dialog(tokenizer: tiktoken.Encoding, reference: Reference) -> None:
    messages = [
        {"role": "system", "content": " the answer\n"},
        {"role": "user", "content": "It's 42!"},
    ]
    blank_line, end_of_turn = 271, 128009
    system, user, assistant = 9125, 882, 78191
    assert reference.encode_chat(tokenizer, messages) == [
        *[128000, 128006, system, 128007, blank_line, 1820, 4320, end_of_turn],
        *[128006, user, 128007, blank_line, 2181, 596, 220, 2983, 0, end_of_turn],
        *[128006, assistant, 128007, blank_line],
    ]
