"""The ways that stage 2 goes wrong."""

import re
from typing import Any

import regex

from grader.diagnosis import Mistake, mistake, wrong_constant
from solutions.s02_regex_split import PATTERN, split_text

CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"
BEFORE_LETTERS = r"[^\r\n\p{L}\p{N}]?"


def instead(change: tuple[str, str], name: str, title: str, explanation: str) -> Mistake:
    """Make a known mistake of the pattern with one part replaced by another."""
    return wrong_constant("PATTERN", name, title, explanation, PATTERN.replace(*change))


case_sensitive = instead(
    ("(?i:", "(?:"),
    "case_sensitive",
    "contractions are found only in lower case",
    """Your first branch doesn't ignore case. IT'S still looks right, because the next branch takes
    'S too. But in O'DONNELL and O'Donnell, Llama 3 cuts after the D and you don't.""",
)
contractions_too_late = instead(
    ("(?i:'s|'t|'re|'ve|'m|'ll|'d)|", ""),
    "contractions_too_late",
    "the contractions are missing or come after the branch for letters",
    """Your pattern takes an apostrophe with all the letters after it, so contractions never get a
    turn: their branch is missing, or the branch for letters is tried first. Words like it's are cut
    correctly anyway, but o'donnell isn't.""",
)
only_some_contractions = instead(
    ("|'re|'ve|'m|'ll", ""),
    "only_some_contractions",
    "only 's, 't and 'd are contractions",
    """Your first branch lacks 're, 've, 'm and 'll. In they're, the branch for letters takes 're
    anyway. But where letters follow at once, as in x'rely, Llama 3 cuts after 're.""",
)
pattern_compiled = wrong_constant(
    "PATTERN",
    "pattern_compiled",
    "the pattern is compiled",
    """Your PATTERN is a compiled pattern. `regex` accepts either, but stage 5 passes PATTERN to
    tiktoken, which needs the text. Make it a `str`.""",
    regex.compile(PATTERN),
)
carriage_return_alone = instead(
    (r"[\r\n]*", r"(?:\r?\n)*"),
    "carriage_return_alone",
    "a carriage return after punctuation counts only before a line feed",
    r"""After punctuation you take \n and \r\n, but not \r alone, which ended lines on old Macs.
    Llama 3 takes any run of these two characters.""",
)
curly_apostrophes = instead(
    ("'", CURLY),
    "curly_apostrophes",
    "the contractions have curly apostrophes",
    """Your pattern has curly apostrophes where Meta's has straight ones. Web pages often turn one
    into the other, and copied code keeps it.""",
)
capturing_group = instead(
    ("(?i:'", "('"),
    "capturing_group",
    "the contractions are in a capturing group",
    """Your pattern has a group in plain parentheses. As soon as there is one, `findall` returns
    what the group captured, which is mostly nothing, instead of the whole match. A group that only
    holds things together begins with a question mark.""",
)
ascii_letters = wrong_constant(
    "PATTERN",
    "ascii_letters",
    "only a to z are letters",
    """You count only a to z as letters. That leaves out é, Ж, 語 and most other letters: they go
    with the punctuation instead, and café falls apart. The class you need is in the docstring.""",
    PATTERN.replace(r"\p{L}+", "[a-zA-Z]+").replace(r"\p{L}", "a-zA-Z"),
)
word_characters = instead(
    (r"?\p{L}+", r"?\w+"),
    "word_characters",
    r"\w stands for letters",
    r"""You use \w for letters, but it also matches digits and the underscore. So your words swallow
    the numbers after them, and the branch for digits hardly ever gets a turn.""",
)
digits_without_limit = instead(
    ("{1,3}", "+"),
    "digits_without_limit",
    "numbers are not cut after three digits",
    """You take any number of digits at once. Llama 3 takes at most three, so that long numbers are
    made of the same few pieces: 12345 is 123 and 45.""",
)
digits_one_by_one = instead(
    ("{1,3}", ""),
    "digits_one_by_one",
    "each digit is a separate chunk",
    """You take one digit at a time, as Llama 2 did. Llama 3 takes up to three together, and 42 is a
    single token.""",
)
decimal_digits = instead(
    (r"\p{N}{1,3}", r"\d{1,3}"),
    "decimal_digits",
    "only decimal digits are numbers",
    r"""Your branch for numbers matches only decimal digits, as \d does. ½, ² and Ⅷ are numbers too,
    and since the other branches leave all numbers to this one, they are lost altogether.""",
)
ascii_digits = instead(
    (r"\p{N}{1,3}", "[0-9]{1,3}"),
    "ascii_digits",
    "only 0 to 9 are numbers",
    """Your branch for numbers matches only 0 to 9. Other scripts have their own digits, such as ٣
    and १, and since the other branches leave all numbers to this one, these are lost
    altogether.""",
)
only_a_space_before_letters = instead(
    (BEFORE_LETTERS, " ?"),
    "only_a_space_before_letters",
    "only a space may go with the word after it",
    """Your words may begin with a space but with nothing else, as in GPT-2. In Llama 3 any one
    character goes with the letters after it, even a tab or a bracket, unless it is a letter, a
    number or a line end.""",
)
nothing_before_letters = instead(
    (BEFORE_LETTERS, ""),
    "nothing_before_letters",
    "nothing goes with the word after it",
    """Your words are only letters. In Llama 3 the character before a word belongs to it. Most often
    that is the space, which is why so many tokens begin with one.""",
)
no_space_before_letters = instead(
    (BEFORE_LETTERS, r"[^\s\p{L}\p{N}]?"),
    "no_space_before_letters",
    "white space does not go with the word after it",
    """You exclude all white space before a word, so the space before it becomes a separate chunk.
    Only letters, numbers and line ends are excluded there.""",
)
line_end_before_letters = instead(
    (BEFORE_LETTERS, r"[^\p{L}\p{N}]?"),
    "line_end_before_letters",
    "a line end goes with the word after it",
    """Your words may begin with a line end. Llama 3 excludes both line-end characters there, so
    that line ends stay together and the word is cut off cleanly.""",
)
digit_before_letters = instead(
    (BEFORE_LETTERS, r"[^\r\n\p{L}]?"),
    "digit_before_letters",
    "a digit goes with the word after it",
    """Your words may begin with a digit, so 3rd stays whole. The character before a word must not
    be a number. Look at what the brackets exclude.""",
)
no_space_before_punctuation = instead(
    ("| ?[", "|["),
    "no_space_before_punctuation",
    "a space does not go with the punctuation after it",
    """In your pattern the space before $ or -- is a separate chunk. The branch for punctuation may
    begin with one space, which is easy to overlook when you read the pattern.""",
)
question_mark_without_its_space = instead(
    ("| ?[", "|?["),
    "question_mark_without_its_space",
    "a branch begins with a question mark",
    """Your branch for punctuation begins with ?, which makes whatever is before it optional, and
    there is nothing before it. A space was lost there, as happens when a pattern is copied from
    some web pages.""",
)
no_line_ends_after_punctuation = instead(
    (r"[\r\n]*", ""),
    "no_line_ends_after_punctuation",
    "line ends do not go with the punctuation before them",
    """Your chunk ends where the punctuation ends. In Llama 3 the line ends right after it belong to
    it: a period and the line end after it are one chunk.""",
)
punctuation_one_by_one = instead(
    (r"[^\s\p{L}\p{N}]+", r"[^\s\p{L}\p{N}]"),
    "punctuation_one_by_one",
    "each punctuation mark is a separate chunk",
    """You take one punctuation mark at a time. Llama 3 takes a whole run of them: three dots are
    one chunk.""",
)
white_space_as_punctuation = instead(
    (r"[^\s\p{L}", r"[^\p{L}"),
    "white_space_as_punctuation",
    "white space counts as punctuation",
    """Your branch for punctuation takes anything that is neither a letter nor a number. That
    includes white space, which then never reaches its own three branches.""",
)
carriage_returns_forgotten = instead(
    (r"\r\n", r"\n"),
    "carriage_returns_forgotten",
    r"only \n is a line end",
    r"""You treat only \n as a line end. Text from Windows ends its lines with \r\n, and your
    pattern treats the \r like a space.""",
)
no_line_end_branch = instead(
    (r"|\s*[\r\n]+", ""),
    "no_line_end_branch",
    "the branch for line ends is missing",
    """You treat line ends like other white space, whose last character is left to what follows.
    Llama 3 first looks for white space that ends in line ends, and keeps it together.""",
)
line_ends_without_blanks = instead(
    (r"\s*[\r\n]+", r"[\r\n]+"),
    "line_ends_without_blanks",
    "spaces before a line end are cut off",
    """Your branch for line ends begins at the line end itself. Spaces before it belong to the same
    chunk, and so do blank lines with spaces in them.""",
)
no_lookahead = instead(
    (r"|\s+(?!\S)", ""),
    "no_lookahead",
    "a run of spaces keeps its last one",
    """You take a whole run of spaces at once, so the word after it begins without a space. Llama 3
    leaves the last one to what follows: one branch looks ahead, and it must come before the one
    that takes everything.""",
)
all_white_space_first = instead(
    (r"|\s*[\r\n]+|\s+(?!\S)", ""),
    "all_white_space_first",
    "the branch for any white space comes before the other two",
    """Your branch for any white space takes everything: the two that look closer come after it and
    never get a turn, or they are missing. Branches are tried in order, so put the specific ones
    first.""",
)
no_last_branch = wrong_constant(
    "PATTERN",
    "no_last_branch",
    "the last branch is missing",
    """A single space before a digit fits none of your branches, and what fits no branch is left
    out. Joined, your chunks are no longer the text.""",
    PATTERN.removesuffix(r"|\s+"),
)
pattern_of_gpt_2 = wrong_constant(
    "PATTERN",
    "pattern_of_gpt_2",
    "this is GPT-2's pattern",
    """Your pattern is an older one. GPT-2 knows contractions only in lower case, takes numbers
    whole, lets only a space go with a word, and has no branch for line ends.""",
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
)


@mistake("split_text", "the text is cut at white space")
def cut_at_white_space(text: str) -> list[str]:
    """You cut at white space and lose it. Here every space and line end is part of some chunk:
    joined, the chunks are the text again."""
    return text.split()


@mistake("split_text", "the standard library's re is used")
def standard_library(text: str) -> list[str]:
    r"""The module `re` doesn't know \p{L} and \p{N} and refuses the pattern. The module `regex`,
    which is imported at the top of the file, knows both."""
    return re.findall(PATTERN, text)


@mistake("split_text", "white space around the text is stripped")
def text_stripped(text: str) -> list[str]:
    """You strip the white space from the ends of the text. The prompt of this kata ends in a space,
    and that space is a token: the answer depends on it."""
    return split_text(text.strip())


@mistake("split_text", "white space around each chunk is stripped")
def chunks_stripped(text: str) -> list[str]:
    """You strip the white space from each chunk. The space before a word belongs to it: with it and
    without it, the word is two different tokens."""
    return [chunk.strip() for chunk in split_text(text)]


@mistake("split_text", "chunks of white space are left out")
def white_space_left_out(text: str) -> list[str]:
    """You leave out the chunks that are only white space. They are part of the text: indentation
    and blank lines mean something, to people and to models."""
    return [chunk for chunk in split_text(text) if chunk.strip()]


@mistake("split_text", "the text is cut at the matches")
def cut_at_the_matches(text: str) -> list[str]:
    """You return what is between the matches, as `split` does. The matches are the chunks, and
    nothing is left between them."""
    return list(regex.split(PATTERN, text))


@mistake("split_text", "only the first chunk is found")
def first_chunk_only(text: str) -> list[str]:
    """You return only the first match. Go on until the text ends: one function returns all
    matches."""
    return split_text(text)[:1]


@mistake("split_text", "match objects instead of text")
def match_objects(text: str) -> list[Any]:
    """You return match objects, as `finditer` yields them. What we want is the text that each of
    them matched."""
    return list(regex.finditer(PATTERN, text))


@mistake("split_text", "chunks are returned as bytes")
def chunks_as_bytes(text: str) -> list[bytes]:
    """You encode the chunks already. Stage 3 works on bytes, but its caller does the encoding. Here
    text goes in and text comes out."""
    return [chunk.encode() for chunk in split_text(text)]


@mistake("split_text", "the text is split line by line, and the line ends are lost")
def lines_without_their_ends(text: str) -> list[str]:
    """You go through the text line by line and lose the line ends, as `splitlines` does. They are
    part of the text."""
    return [chunk for line in text.splitlines() for chunk in split_text(line)]


@mistake("split_text", "the text is split line by line")
def line_by_line(text: str) -> list[str]:
    """You go through the text line by line. A chunk can span several lines: two line ends in a row
    are one chunk, and blank lines go with the period before them."""
    return [chunk for line in text.splitlines(keepends=True) for chunk in split_text(line)]
