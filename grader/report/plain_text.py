"""Make untrusted text safe to show: nothing in it controls the terminal, and nothing is hidden.

Names, messages and output can contain terminal escapes, control characters and invisible
characters: direction marks, zero-width spaces, tags, fillers. Unicode properties say which these
are. A few are kept where honest text needs them: joiners in emoji and in scripts whose letters
join, by the rules for domain names (RFC 5892, appendix A), and a variation selector after a
character that has variants.
"""

from dataclasses import replace

import regex

from grader.verdict import StageVerdict, map_texts

# The escapes of ECMA-48: strings up to their terminator, control sequences, others.
_ESCAPE = regex.compile(
    r"\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-~]"
)
_LINE_END = regex.compile(r"\r\n|[\r\u2028\u2029]")
_MARKS = r"[\p{Mn}--\p{DI}]*"  # on a letter, such as Arabic vowels
_NEEDED = rf"""
    (?<=\p{{ccc=9}}) [\u200c\u200d]
  | (?<=[\p{{Joining_Type=L}}\p{{Joining_Type=D}}]{_MARKS}) \u200c
    (?={_MARKS}[\p{{Joining_Type=R}}\p{{Joining_Type=D}}])
  | (?<=\p{{Extended_Pictographic}}[\ufe0f\p{{Emoji_Modifier}}]?) \u200d
    (?=\p{{Extended_Pictographic}})
  | (?<=[[\p{{S}}\p{{Han}}\p{{Mongolian}}\p{{Myanmar}}]--\p{{ASCII}}]) \p{{Variation_Selector}}
  | (?<=[0-9\#*]) \ufe0f (?=\u20e3)
"""
# DI is Default_Ignorable_Code_Point: characters that fonts don't draw.
_UNSEEN = r"\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}\p{Noncharacter_Code_Point}"
_SEEN = r"\p{Prepended_Concatenation_Mark}"  # visible format characters: Arabic number signs
_FLAGS = regex.VERBOSE | regex.VERSION1
_NOT_TEXT = regex.compile(rf"(?!{_NEEDED}) [[{_UNSEEN}]--[\t\n{_SEEN}]]", _FLAGS)
# In names, also unassigned and private characters, and spaces of other widths.
_NOT_NAME = regex.compile(rf"(?!{_NEEDED}) [[{_UNSEEN}\p{{C}}\p{{Z}}]--[\x20{_SEEN}]]", _FLAGS)


def plain(text: str) -> str:
    """Return a text without terminal escapes and invisible characters; tabs and newlines stay."""
    return _NOT_TEXT.sub("", _ESCAPE.sub("", _LINE_END.sub("\n", text)))


def one_line(text: str) -> str:
    """Return a text made plain, on one line, with whitespace collapsed."""
    return " ".join(plain(text).split())


def spelled_out(name: str) -> str:
    """Return a name with invisible characters written as Python escapes."""
    return _NOT_NAME.sub(lambda found: found[0].encode("unicode_escape").decode(), name)


def plain_stage(verdict: StageVerdict) -> StageVerdict:
    """Return a verdict with all untrusted text made plain."""
    tests = tuple(map_texts(plain, test) for test in verdict.tests)
    return replace(verdict, tests=tests, printed=plain(verdict.printed))
