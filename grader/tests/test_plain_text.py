"""Making untrusted text plain: what is removed, what stays, and how names show the invisible."""

import unicodedata
from io import StringIO

import pytest
from rich.console import Console

from grader.kata import Kata
from grader.report.junit import as_junit
from grader.report.plain_text import one_line, plain, plain_stage, spelled_out
from grader.report.verdict_text import print_stage
from grader.verdict import Located, StageVerdict, TestVerdict

HONEST = [
    "a\tb\nc [31m ü 山田",
    "مرحبا بالعالم، שלום",  # right to left by its letters alone
    "می\u200cخواهم",  # a joiner that Persian spelling needs
    "خُ\u200cط",  # behind a vowel mark
    "क्\u200dष ക്\u200c",  # behind a virama
    "👩\u200d🔬 👩🏽\u200d🚀 ❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈 🏴\u200d☠\ufe0f 1\ufe0f\u20e3 🇩🇪",
    "葛\U000e0100 ≨\ufe00",  # variants of a character
    "\u0600123 \u06dd",  # format characters that have a shape
]
UNSEEN = [
    "\u200e", "\u200f", "\u061c", "\ufeff",  # direction, byte order
    "\u202a", "\u202e", "\u2066", "\u2069",
    "\u200b", "\u2060", "\u2064", "\u180e", "\u034f", "\xad", "\u206f",  # nothing wide
    "\u115f", "\u3164", "\uffa0", "\u17b4",  # letters that are none
    "\U000e0001", "\U000e0041", "\U000e007f", "\ufe0f", "\U000e01ef", "\U000e0fff",
    "\ufff9", "\U00013430", "\U0001d173",
    "\x00", "\x07", "\x7f", "\x85", "\ud800", "\ufffe", "\U0010ffff",
    "\u200c", "\u200d",  # between letters that don't join
]  # fmt: skip


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_stays_as_it_is(text: str) -> None:
    assert plain(text) == text
    assert spelled_out(text.replace("\t", " ").replace("\n", " ")).count("\\") == 0


@pytest.mark.parametrize("mark", UNSEEN, ids=ascii)
def test_what_cannot_be_seen_goes_and_is_spelled_out_in_names(mark: str) -> None:
    assert plain(f"a{mark}b{mark}") == one_line(f"{mark}a{mark}b") == "ab"
    assert spelled_out(f"bob{mark}") == "bob" + mark.encode("unicode_escape").decode()


def test_a_second_selector_and_a_joiner_at_an_end_hide_nothing() -> None:
    assert plain("葛\U000e0100\U000e0101") == "葛\U000e0100"
    assert plain("👩\u200d") == "👩" and plain("\u200d👩\u200d\u200d🔬") == "👩🔬"


def test_lines_end_in_one_way() -> None:
    assert plain("a\r\nb\rc\u2028d\u2029e") == "a\nb\nc\nd\ne"
    assert one_line("a\u2028 b\xa0\tc") == "a b c"
    assert spelled_out("a\u2028b\tc\xa0d") == r"a\u2028b\tc\xa0d"


def test_terminal_escapes_go_whole() -> None:
    text = "\x1b[1;31mred\x1b[m \x1b]8;;http://x\x1b\\link\x1b]8;;\x07 \x1bc."
    assert plain(text) == "red link ."


def test_nothing_that_Unicode_calls_a_control_a_half_or_a_line_end_is_left() -> None:
    kinds = {char: unicodedata.category(char) for char in map(chr, range(0x110000))}
    found = [char for char, kind in kinds.items() if kind in ("Cc", "Cs", "Zl", "Zp")]
    assert len(found) > 2000
    assert {char for char in found if plain(char) == char} == {"\t", "\n"}


MARKED = "a\u200eb\u061c \x1b[31mc\u2028d\ufeff"
TEST = TestVerdict(
    *("test_x", "rms_norm", "failed", 0, 2, MARKED),
    explanation=MARKED,
    located=Located(7, MARKED, MARKED, MARKED, MARKED),
)
STAGE = StageVerdict(9, "rms_norm", (TEST,), f"{MARKED}\nmore")


def test_every_format_of_a_report_is_plain(kata: Kata) -> None:
    shown = Console(file=StringIO(), width=80)
    print_stage(shown, kata, STAGE)
    assert isinstance(shown.file, StringIO)
    plain_test = plain_stage(STAGE).tests[0]
    texts = [shown.file.getvalue(), as_junit([STAGE]), *vars(plain_test).values()]
    texts += vars(plain_test.located).values()
    for text in filter(lambda one: isinstance(one, str), texts):
        assert plain(text) == text
    assert plain_stage(STAGE).tests[0].message == "ab c\nd"
