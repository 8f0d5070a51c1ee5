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
    "only lowercase contractions are found",
    """Your branch for contractions is case-sensitive. `IT'S` still looks right, because the next
    branch takes `'S` anyway. But Llama 3 cuts `O'DONNELL` and `O'Donnell` after the D, and your
    pattern doesn't.""",
)
contractions_too_late = instead(
    ("(?i:'s|'t|'re|'ve|'m|'ll|'d)|", ""),
    "contractions_too_late",
    "the branch for contractions is missing or comes after the branch for letters",
    """Your pattern takes an apostrophe together with all the letters after it, so contractions are
    never matched on their own. Either their branch is missing, or the branch for letters is tried
    first. `it's` is still cut correctly. But Llama 3 cuts `o'donnell` after the d, and you
    don't.""",
)
only_some_contractions = instead(
    ("|'re|'ve|'m|'ll", ""),
    "only_some_contractions",
    "only `'s`, `'t` and `'d` count as contractions",
    """Your branch for contractions lacks `'re`, `'ve`, `'m` and `'ll`. In `they're`, the branch for
    letters takes `'re` anyway. But if more letters follow, as in `x'rely`, Llama 3 cuts after `'re`
    and you don't.""",
)
pattern_compiled = wrong_constant(
    "PATTERN",
    "pattern_compiled",
    "the pattern is compiled",
    """Your `PATTERN` is a compiled pattern. `regex` accepts that, but stage 5 passes `PATTERN` to
    tiktoken, which needs the pattern as text. Make it a `str`.""",
    regex.compile(PATTERN),
)
carriage_return_alone = instead(
    (r"[\r\n]*", r"(?:\r?\n)*"),
    "carriage_return_alone",
    "a carriage return on its own is not kept with the punctuation before it",
    r"""After punctuation, you take \n and \r\n but not \r on its own, which ended lines on old
    Macs. Llama 3 takes any run of \r and \n.""",
)
curly_apostrophes = instead(
    ("'", CURLY),
    "curly_apostrophes",
    "the contractions have curly apostrophes",
    """Your pattern has curly apostrophes where Meta's has straight ones. Web pages often turn
    straight apostrophes into curly ones, and code copied from such a page keeps them.""",
)
capturing_group = instead(
    ("(?i:'", "('"),
    "capturing_group",
    "the contractions are in a capturing group",
    """Your pattern has a group in plain parentheses, which captures what it matches. `findall` then
    returns what the group captured, usually nothing, instead of the whole match. In a group that
    doesn't capture, the opening parenthesis is followed by a question mark.""",
)
ascii_letters = wrong_constant(
    "PATTERN",
    "ascii_letters",
    "only a to z count as letters",
    """You count only a to z as letters. Other letters, such as é, Ж and 語, are treated as
    punctuation, so café falls apart. The docstring names the class you need.""",
    PATTERN.replace(r"\p{L}+", "[a-zA-Z]+").replace(r"\p{L}", "a-zA-Z"),
)
word_characters = instead(
    (r"?\p{L}+", r"?\w+"),
    "word_characters",
    r"\w is used for letters",
    r"""You use \w for letters, but \w also matches digits and the underscore. Your words swallow
    the numbers after them, and the branch for digits hardly ever gets to match.""",
)
digits_without_limit = instead(
    ("{1,3}", "+"),
    "digits_without_limit",
    "numbers are not cut after three digits",
    """You take any number of digits at once. Llama 3 takes at most three, so 12345 becomes 123 and
    45, and long numbers are built from the same few pieces.""",
)
digits_one_by_one = instead(
    ("{1,3}", ""),
    "digits_one_by_one",
    "each digit is a separate chunk",
    """You take one digit at a time, as Llama 2 did. Llama 3 takes up to three at a time, so 42 is a
    single chunk.""",
)
decimal_digits = instead(
    (r"\p{N}{1,3}", r"\d{1,3}"),
    "decimal_digits",
    "only decimal digits count as numbers",
    r"""Your branch for numbers matches only decimal digits, as \d does. ½, ² and Ⅷ are numbers,
    too. No other branch takes numbers, so your chunks lose them altogether.""",
)
ascii_digits = instead(
    (r"\p{N}{1,3}", "[0-9]{1,3}"),
    "ascii_digits",
    "only 0 to 9 count as numbers",
    """Your branch for numbers matches only 0 to 9. Other scripts have digits of their own, such as
    ٣ and १. No other branch takes numbers, so your chunks lose them altogether.""",
)
only_a_space_before_letters = instead(
    (BEFORE_LETTERS, " ?"),
    "only_a_space_before_letters",
    "only a space is kept with the word after it",
    """You let a word begin with a space but with no other character, as in GPT-2. In Llama 3, the
    character before the word can be anything, even a tab or a bracket, except a letter, a number or
    a line break.""",
)
nothing_before_letters = instead(
    (BEFORE_LETTERS, ""),
    "nothing_before_letters",
    "the character before a word is not kept with it",
    """Your words consist only of letters. In Llama 3, the character before a word belongs to the
    same chunk. Usually that character is a space, which is why so many tokens begin with one.""",
)
no_space_before_letters = instead(
    (BEFORE_LETTERS, r"[^\s\p{L}\p{N}]?"),
    "no_space_before_letters",
    "whitespace is not kept with the word after it",
    """You don't let a word begin with whitespace, so the space before it becomes a separate chunk.
    Llama 3 lets a word begin with any character except a number or a line break.""",
)
line_end_before_letters = instead(
    (BEFORE_LETTERS, r"[^\p{L}\p{N}]?"),
    "line_end_before_letters",
    "a line break is kept with the word after it",
    """You let a word begin with a line break. Llama 3 allows neither of the two line-break
    characters before a word, so line breaks stay together and the word gets a chunk of its own.""",
)
digit_before_letters = instead(
    (BEFORE_LETTERS, r"[^\r\n\p{L}]?"),
    "digit_before_letters",
    "a digit is kept with the word after it",
    """You let a word begin with a digit, so 3rd stays whole. The character before a word must not
    be a number. Look at what the brackets exclude.""",
)
no_space_before_punctuation = instead(
    ("| ?[", "|["),
    "no_space_before_punctuation",
    "a space is not kept with the punctuation after it",
    """You make the space before $ or -- a separate chunk. Llama 3's branch for punctuation can
    begin with one space, which is easy to overlook when you read the pattern.""",
)
question_mark_without_its_space = instead(
    ("| ?[", "|?["),
    "question_mark_without_its_space",
    "a branch begins with a question mark",
    """Your branch for punctuation begins with ?, which makes the item before it optional, but there
    is no item before it. A space is missing there. Some web pages drop it, so it gets lost when you
    copy the pattern.""",
)
no_line_ends_after_punctuation = instead(
    (r"[\r\n]*", ""),
    "no_line_ends_after_punctuation",
    "line breaks are not kept with the punctuation before them",
    """You end a chunk where the punctuation ends. Llama 3 includes the line breaks right after it,
    so a period and the line break after it are one chunk.""",
)
punctuation_one_by_one = instead(
    (r"[^\s\p{L}\p{N}]+", r"[^\s\p{L}\p{N}]"),
    "punctuation_one_by_one",
    "each punctuation mark is a separate chunk",
    """You take one punctuation mark at a time. Llama 3 takes a whole run of them, so three dots are
    one chunk.""",
)
white_space_as_punctuation = instead(
    (r"[^\s\p{L}", r"[^\p{L}"),
    "white_space_as_punctuation",
    "whitespace counts as punctuation",
    """Your branch for punctuation takes anything that is neither a letter nor a number. That
    includes whitespace, so the three branches for whitespace never get to match.""",
)
carriage_returns_forgotten = instead(
    (r"\r\n", r"\n"),
    "carriage_returns_forgotten",
    r"only \n counts as a line break",
    r"""You treat only \n as a line break. Windows text ends its lines with \r\n, and your pattern
    treats the \r like a space.""",
)
no_line_end_branch = instead(
    (r"|\s*[\r\n]+", ""),
    "no_line_end_branch",
    "the branch for line breaks is missing",
    """You treat line breaks like other whitespace, so you leave the last character of a run of
    whitespace for whatever follows. Llama 3 has a branch for whitespace that ends in line breaks.
    It keeps such a run together.""",
)
line_ends_without_blanks = instead(
    (r"\s*[\r\n]+", r"[\r\n]+"),
    "line_ends_without_blanks",
    "spaces before a line break become a separate chunk",
    """Your branch for line breaks begins at the line break itself. Spaces before a line break
    belong to the same chunk as the line break, and so do blank lines that contain spaces.""",
)
no_lookahead = instead(
    (r"|\s+(?!\S)", ""),
    "no_lookahead",
    "a run of spaces keeps its last space",
    """You take a whole run of spaces at once, so the word after it begins without a space. Llama 3
    leaves the last space for the word. The branch that looks ahead does this, and it must come
    before the branch that takes any whitespace.""",
)
all_white_space_first = instead(
    (r"|\s*[\r\n]+|\s+(?!\S)", ""),
    "all_white_space_first",
    "the branch for any whitespace comes before the other two",
    """Your branch for any whitespace takes all of it. The two more specific branches never get to
    match, because they come later or are missing. Branches are tried in order, so put the specific
    ones first.""",
)
no_last_branch = wrong_constant(
    "PATTERN",
    "no_last_branch",
    "the last branch is missing",
    """You lose a single space before a digit, because none of your branches matches it. If you join
    the chunks, you must get the whole text back.""",
    PATTERN.removesuffix(r"|\s+"),
)
pattern_of_gpt_2 = wrong_constant(
    "PATTERN",
    "pattern_of_gpt_2",
    "this is GPT-2's pattern",
    """You use an older pattern, GPT-2's. It finds only lowercase contractions, doesn't cut numbers,
    lets only a space join the word after it, and has no branch for line breaks.""",
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
)
pattern_of_tiktoken_today = wrong_constant(
    "PATTERN",
    "pattern_of_tiktoken_today",
    "this is the cl100k_base pattern of today's tiktoken",
    r"""You use the pattern that newer versions of tiktoken have for GPT-4. It was rewritten for
    speed, and differs from Llama 3's at the end of a text: your pattern makes a line break and the
    spaces after it one chunk there. Llama 3's cuts after the line break, as everywhere else.""",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
)


@mistake("split_text", "the text is cut at whitespace")
def cut_at_white_space(text: str) -> list[str]:
    """You cut at whitespace and throw the whitespace away. Here, every space and line break is part
    of a chunk: if you join the chunks, you get the text back."""
    return text.split()


@mistake("split_text", "the standard library's `re` is used")
def standard_library(text: str) -> list[str]:
    r"""You use the module `re`, which doesn't know \p{L} and \p{N} and rejects the pattern. The
    module `regex`, which is imported at the top of the file, knows both."""
    return re.findall(PATTERN, text)


@mistake("split_text", "whitespace around the text is stripped")
def text_stripped(text: str) -> list[str]:
    """You strip whitespace from both ends of the text. This kata's prompt ends in a space, and
    that space is a token that affects the answer."""
    return split_text(text.strip())


@mistake("split_text", "whitespace around each chunk is stripped")
def chunks_stripped(text: str) -> list[str]:
    """You strip whitespace from each chunk. The space before a word is part of its chunk: the word
    with a space and the word without one are two different tokens."""
    return [chunk.strip() for chunk in split_text(text)]


@mistake("split_text", "chunks that are only whitespace are left out")
def white_space_left_out(text: str) -> list[str]:
    """You leave out chunks that are only whitespace. They are part of the text: indentation and
    blank lines mean something to people and to models."""
    return [chunk for chunk in split_text(text) if chunk.strip()]


@mistake("split_text", "the text is cut at the matches")
def cut_at_the_matches(text: str) -> list[str]:
    """You return the text between the matches, as `split` does. The matches are the chunks, and
    they leave nothing between them."""
    return list(regex.split(PATTERN, text))


@mistake("split_text", "only the first chunk is found")
def first_chunk_only(text: str) -> list[str]:
    """You return only the first match. Keep going to the end of the text: `regex` has a function
    that returns all matches."""
    return split_text(text)[:1]


@mistake("split_text", "match objects are returned instead of text")
def match_objects(text: str) -> list[Any]:
    """You return match objects, as `finditer` yields them. Return the text that each of them
    matched."""
    return list(regex.finditer(PATTERN, text))


@mistake("split_text", "chunks are returned as bytes")
def chunks_as_bytes(text: str) -> list[bytes]:
    """You encode the chunks as bytes. Stage 3 does work on bytes, but its caller does the encoding.
    Here, return each chunk as a `str`."""
    return [chunk.encode() for chunk in split_text(text)]


@mistake("split_text", "the text is split line by line, and the line breaks are lost")
def lines_without_their_ends(text: str) -> list[str]:
    """You split the text into lines and lose the line breaks, as `splitlines` does. Line breaks are
    part of the text."""
    return [chunk for line in text.splitlines() for chunk in split_text(line)]


@mistake("split_text", "the text is split line by line")
def line_by_line(text: str) -> list[str]:
    """You split the text into lines first. A chunk can span several lines: two line breaks in a row
    are one chunk, and so are a period and the blank lines after it."""
    return [chunk for line in text.splitlines(keepends=True) for chunk in split_text(line)]
