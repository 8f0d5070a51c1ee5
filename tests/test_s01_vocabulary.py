"""The graded suite of stage 1."""

import base64

from grader.language import tr
from grader.suite import fails, grades, same, same_each


def one_line(token, rank):
    return base64.b64encode(token) + b" %d\n" % rank


def random_lines(rng, count):
    tokens = [rng.randbytes(rng.randint(3, 7)) for _ in range(count)]
    ranks = rng.sample(range(100, 128_000), count)  # not in order, and with gaps
    return [one_line(token, rank) for token, rank in zip(tokens, ranks, strict=True)]


def names_line_12(yours, line, rng):
    """Check that a file whose twelfth line is `line`, with two blank lines above it, is refused."""
    lines = random_lines(rng, 30)
    contents = b"".join([*lines[:3], b"\n\n", *lines[3:9], line, *lines[9:]])
    fails(yours.parse_vocabulary, ValueError, "12", contents, meaning=tr("line 12"))


@grades("parse_vocabulary", points=2)
def test_the_tiny_vocabulary_in_another_order(yours, reference, rng, tiny_weights):
    contents = (tiny_weights / "trained" / "tokenizer.model").read_bytes()
    same(yours.parse_vocabulary, reference.parse_vocabulary, contents)
    lines = contents.splitlines(keepends=True)
    rng.shuffle(lines)
    same(yours.parse_vocabulary, reference.parse_vocabulary, b"".join(lines))


@grades("parse_vocabulary", points=1, hidden=True)
def test_any_bytes_can_be_a_token(yours, reference, rng):
    calls = [(b"".join(random_lines(rng, count)),) for count in (3, 20, 60)]
    long_and_late = one_line(rng.randbytes(128), 127_999) + one_line(b"\n", 65_536)
    calls.append((long_and_late,))
    same_each(yours.parse_vocabulary, reference.parse_vocabulary, calls)


@grades("parse_vocabulary", points=1)
def test_blank_lines_and_no_line_end_at_the_end(yours, reference, rng):
    lines = random_lines(rng, 12)
    blank_inside = b"\n" + b"".join(lines[:5]) + b"\n\n" + b"".join(lines[5:]) + b"\n"
    no_line_end = b"".join(lines).rstrip(b"\n")
    calls = [(blank_inside,), (no_line_end,), (b"",)]
    same_each(yours.parse_vocabulary, reference.parse_vocabulary, calls)


@grades("parse_vocabulary")
def test_a_line_with_one_field_is_reported(yours, rng):
    names_line_12(yours, b"IQ==\n", rng)


@grades("parse_vocabulary")
def test_a_line_with_three_fields_is_reported(yours, rng):
    names_line_12(yours, b"IQ== 7 8\n", rng)


@grades("parse_vocabulary")
def test_a_character_that_is_not_base64_is_reported(yours, rng):
    for token in (b"I*Q==", b"_-8=", b"IQ===", b"\xffQ=="):
        names_line_12(yours, token + b" 7\n", rng)


@grades("parse_vocabulary")
def test_base64_without_its_padding_is_reported(yours, rng):
    names_line_12(yours, b"IQ 7\n", rng)


@grades("parse_vocabulary")
def test_a_rank_that_is_not_an_integer_is_reported(yours, rng):
    for rank in (b"7.5", b"7.0", b"1e3", b"0x7", b"seven"):
        names_line_12(yours, b"IQ== " + rank + b"\n", rng)
