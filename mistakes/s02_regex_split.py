"""The ways that stage 2 goes wrong."""

import re
from typing import Any

import regex

from grader.diagnosis import Mistake, mistake, wrong_constant
from solutions.s02_regex_split import PATTERN, split_text

CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"
BEFORE_LETTERS = r"[^\r\n\p{L}\p{N}]?"


def instead(change: tuple[str, str], name: str, title: str, explanation: str) -> Mistake:
    """Make the pattern a known mistake in which the first of two parts became the second."""
    return wrong_constant("PATTERN", name, title, explanation, PATTERN.replace(*change))


case_sensitive = instead(
    ("(?i:", "(?:"),
    "case_sensitive",
    "contractions are found in lower case only",
    """Your first branch does not ignore case. IT'S still looks right, because the next branch takes
    'S too, but in O'DONNELL and O'Donnell Llama 3 cuts after the D, and you do not.""",
)
contractions_too_late = instead(
    ("(?i:'s|'t|'re|'ve|'m|'ll|'d)|", ""),
    "contractions_too_late",
    "the contractions are missing, or come after the branch for letters",
    """The branches are tried in order, and an apostrophe with letters also fits the one for
    letters. So contractions never get a turn. Words like it's come out right all the same, but
    o'donnell does not.""",
)
only_some_contractions = instead(
    ("|'re|'ve|'m|'ll", ""),
    "only_some_contractions",
    "only 's, 't and 'd are contractions",
    """Your first branch lacks 're, 've, 'm and 'll. In they're the branch for letters takes 're
    all the same, but where letters follow at once, as in x'rely, Llama 3 cuts after 're.""",
)
pattern_compiled = wrong_constant(
    "PATTERN",
    "pattern_compiled",
    "the pattern is compiled",
    """Your PATTERN is a compiled pattern. `regex` takes either, but stage 5 hands PATTERN to
    tiktoken, which wants the text: let it be a `str`.""",
    regex.compile(PATTERN),
)
carriage_return_alone = instead(
    (r"[\r\n]*", r"(?:\r?\n)*"),
    "carriage_return_alone",
    "a carriage return after punctuation counts only before a line feed",
    """After punctuation you take `\\n` and `\\r\\n`, but not `\\r` alone, which ended lines on old
    Macs. Llama 3 takes any run of the two characters.""",
)
curly_apostrophes = instead(
    ("'", CURLY),
    "curly_apostrophes",
    "the contractions have curly apostrophes",
    """Your pattern has curly apostrophes where Meta's has straight ones. Web pages like to turn one
    into the other, and copied code keeps it.""",
)
capturing_group = instead(
    ("(?i:'", "('"),
    "capturing_group",
    "the contractions stand in a capturing group",
    """Your pattern has a group in plain brackets. As soon as there is one, `findall` gives what the
    group caught, which is mostly nothing, and no longer the whole match. Groups that only hold
    things together begin with a question mark.""",
)
ascii_letters = wrong_constant(
    "PATTERN",
    "ascii_letters",
    "only a to z are letters",
    """You wrote a-z for letters. That leaves out é, Ж, 語 and most letters there are: they then go
    with the punctuation, and café falls apart. The class you want is in the docstring.""",
    PATTERN.replace(r"\p{L}+", "[a-zA-Z]+").replace(r"\p{L}", "a-zA-Z"),
)
word_characters = instead(
    (r"?\p{L}+", r"?\w+"),
    "word_characters",
    r"\w stands for letters",
    r"""\w is more than letters: digits and the underscore belong to it. So words swallow the
    numbers that follow them, and the branch for digits hardly ever gets a turn.""",
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
    "every digit is a chunk",
    """You take one digit at a time, as Llama 2 did. In Llama 3 up to three go together, and 42 is a
    single token.""",
)
decimal_digits = instead(
    (r"\p{N}{1,3}", r"\d{1,3}"),
    "decimal_digits",
    r"\d stands for numbers",
    r"""\d knows only the digits of decimal numbers. ½, ² and Ⅷ are numbers too; the other branches
    leave all numbers to this one, so these are lost altogether.""",
)
ascii_digits = instead(
    (r"\p{N}{1,3}", "[0-9]{1,3}"),
    "ascii_digits",
    "only 0 to 9 are numbers",
    """You wrote 0-9 for numbers. Other scripts have digits of their own, such as ٣ and १; the other
    branches leave all numbers to this one, so these are lost altogether.""",
)
only_a_space_before_letters = instead(
    (BEFORE_LETTERS, " ?"),
    "only_a_space_before_letters",
    "only a space may go with the word after it",
    """Your words may begin with a space and with nothing else, as GPT-2's did. In Llama 3 any
    character goes with the letters after it, a tab or a bracket too, unless it is a letter, a
    number or a line end.""",
)
nothing_before_letters = instead(
    (BEFORE_LETTERS, ""),
    "nothing_before_letters",
    "nothing goes with the word after it",
    """Your words are letters alone. In Llama 3 the character before a word belongs to it, most
    often the space: that is why so many tokens begin with one.""",
)
no_space_before_letters = instead(
    (BEFORE_LETTERS, r"[^\s\p{L}\p{N}]?"),
    "no_space_before_letters",
    "white space does not go with the word after it",
    """The character before a word may be anything but a letter, a number or a line end. You exclude
    all white space, so the space before a word becomes a chunk of its own.""",
)
line_end_before_letters = instead(
    (BEFORE_LETTERS, r"[^\p{L}\p{N}]?"),
    "line_end_before_letters",
    "a line end goes with the word after it",
    """Your words may begin with a line end. Llama 3 excludes both of its characters there, so that
    line ends stay together and the word is cut off clean.""",
)
digit_before_letters = instead(
    (BEFORE_LETTERS, r"[^\r\n\p{L}]?"),
    "digit_before_letters",
    "a digit goes with the word after it",
    """Your words may begin with a digit, so that 3rd stays whole. The character before a word must
    be no number: look at what stands in the brackets.""",
)
no_space_before_punctuation = instead(
    ("| ?[", "|["),
    "no_space_before_punctuation",
    "a space does not go with the punctuation after it",
    """In your pattern the space before $ or -- is a chunk of its own. The branch for punctuation
    may begin with one space, which is easily overlooked: it is a blank before a question mark.""",
)
question_mark_without_its_space = instead(
    ("| ?[", "|?["),
    "question_mark_without_its_space",
    "a branch begins with a question mark",
    """Your branch for punctuation begins with ?, which makes optional what stands before it, and
    there is nothing. A space stood there and got lost, as it does on some web pages.""",
)
no_line_ends_after_punctuation = instead(
    (r"[\r\n]*", ""),
    "no_line_ends_after_punctuation",
    "line ends do not go with the punctuation before them",
    """Your chunk ends where the punctuation ends. In Llama 3 the line ends right after it belong to
    it: a full stop and a new line are one chunk.""",
)
punctuation_one_by_one = instead(
    (r"[^\s\p{L}\p{N}]+", r"[^\s\p{L}\p{N}]"),
    "punctuation_one_by_one",
    "every punctuation mark is a chunk",
    """You take one mark at a time. Llama 3 takes a whole run of them: three dots are one chunk.""",
)
white_space_as_punctuation = instead(
    (r"[^\s\p{L}", r"[^\p{L}"),
    "white_space_as_punctuation",
    "white space counts as punctuation",
    """Your branch for punctuation takes whatever is neither letter nor number, and that includes
    white space, which then never reaches its own three branches.""",
)
carriage_returns_forgotten = instead(
    (r"\r\n", r"\n"),
    "carriage_returns_forgotten",
    r"only \n is a line end",
    r"""Text from Windows ends its lines with \r\n. You know only the second half as a line end, so
    the first is treated like a blank.""",
)
no_line_end_branch = instead(
    (r"|\s*[\r\n]+", ""),
    "no_line_end_branch",
    "the branch for line ends is missing",
    """Your line ends are treated like other white space, whose last character is left to what
    follows. Llama 3 looks first for white space that ends in line ends, and keeps it together.""",
)
line_ends_without_blanks = instead(
    (r"\s*[\r\n]+", r"[\r\n]+"),
    "line_ends_without_blanks",
    "blanks before a line end are cut off",
    """Your branch for line ends begins at the line end itself. Blanks that stand before it, and
    blank lines with blanks in them, belong to the same chunk.""",
)
no_lookahead = instead(
    (r"|\s+(?!\S)", ""),
    "no_lookahead",
    "a run of blanks keeps its last one",
    """You take a whole run of blanks at once, so the word after it begins without a space. Llama 3
    leaves the last blank to what follows: one branch looks ahead, and it has to come before the
    one that takes all.""",
)
all_white_space_first = instead(
    (r"|\s*[\r\n]+|\s+(?!\S)", ""),
    "all_white_space_first",
    "the branch for any white space comes before the other two",
    """The branches are tried in order, and yours for any white space leaves nothing to the two that
    look closer, or they are missing. Go from the special to the general.""",
)
no_last_branch = wrong_constant(
    "PATTERN",
    "no_last_branch",
    "the last branch is missing",
    """A single blank before a digit fits none of your branches, and what no branch fits is left
    out. The joined chunks are then no longer the text.""",
    PATTERN.removesuffix(r"|\s+"),
)
pattern_of_gpt_2 = wrong_constant(
    "PATTERN",
    "pattern_of_gpt_2",
    "this is the pattern of GPT-2",
    """Your pattern is an older one. GPT-2 knows contractions in lower case only, takes numbers
    whole, lets only a space go with a word and has no branch for line ends.""",
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
)


@mistake("split_text", "the text is cut at white space")
def cut_at_white_space(text: str) -> list[str]:
    """You cut at white space and lose it. Every space and line end is part of some chunk here: the
    chunks joined are the text again."""
    return text.split()


@mistake("split_text", "the standard library's re is used")
def standard_library(text: str) -> list[str]:
    r"""The module `re` does not know \p{L} and \p{N} and refuses the pattern. The module `regex`
    does; it is imported at the top of the file."""
    return re.findall(PATTERN, text)


@mistake("split_text", "blanks around the text are cut off")
def text_stripped(text: str) -> list[str]:
    """You strip the text first. The prompt of this kata ends in a space, which is a token of its
    own; without it the model is asked another question."""
    return split_text(text.strip())


@mistake("split_text", "blanks around each chunk are cut off")
def chunks_stripped(text: str) -> list[str]:
    """You strip every chunk. The space before a word belongs to it: the word with it and the word
    without it are two different tokens."""
    return [chunk.strip() for chunk in split_text(text)]


@mistake("split_text", "chunks of white space are left out")
def white_space_left_out(text: str) -> list[str]:
    """You leave out the chunks in which nothing can be seen. They are part of the text: indentation
    and blank lines mean something, to people and to models."""
    return [chunk for chunk in split_text(text) if chunk.strip()]


@mistake("split_text", "the text is cut at the matches")
def cut_at_the_matches(text: str) -> list[str]:
    """You use `split`, which gives what stands between the matches. The matches are the chunks, and
    between them nothing is left."""
    return list(regex.split(PATTERN, text))


@mistake("split_text", "only the first chunk is found")
def first_chunk_only(text: str) -> list[str]:
    """You look for one match, at the beginning of the text. Go on until the text ends: there is a
    function that gives all matches."""
    return split_text(text)[:1]


@mistake("split_text", "matches are given in place of their text")
def match_objects(text: str) -> list[Any]:
    """`finditer` gives match objects, which know more than is needed here. Take from each the text
    that it matched."""
    return list(regex.finditer(PATTERN, text))


@mistake("split_text", "chunks are given as bytes")
def chunks_as_bytes(text: str) -> list[bytes]:
    """You encode the chunks already. Stage 3 works on bytes, but whoever calls it does the
    encoding; here text goes in and text comes out."""
    return [chunk.encode() for chunk in split_text(text)]


@mistake("split_text", "the text is split line by line, and the line ends are lost")
def lines_without_their_ends(text: str) -> list[str]:
    """You go through the lines, and `splitlines` takes their ends away. They are part of the
    text."""
    return [chunk for line in text.splitlines() for chunk in split_text(line)]


@mistake("split_text", "the text is split line by line")
def line_by_line(text: str) -> list[str]:
    """You go through the lines one by one. A chunk may reach over several: two line ends in a row
    are one chunk, and blank lines go with the full stop before them."""
    return [chunk for line in text.splitlines(keepends=True) for chunk in split_text(line)]
