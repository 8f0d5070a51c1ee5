"""The graded suite of stage 2."""

from grader.calls.outcome import Returned
from grader.calls.recipe import Recipe
from grader.suite import grades, require, same, same_each

CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"
CONTRACTIONS = [
    "it's IT'S It'S they're We'RE you've I'M he'LL she'd can'T",
    "O'Donnell o'donnell O'DONNELL D'Souza O'Connor rock'n'roll",
    "'sup 'twas ''s x'sy 'Tom' 1's",
    "x'sly x'tyx x'rely x'vex x'mid x'llama x'dab X'SLY X'TYX X'RELY X'VEX X'MID X'LLAMA X'DAB",
    f"it{CURLY}s we{CURLY}LL O{CURLY}Donnell {CURLY}tis",
]
LETTERS = [
    "café naïve Übergröße cafe\u0301s déjà-vu",
    "мир и труд, Ελλάδα, 四十二 是答案, 日本語テキスト",
    "שלום مرحبا हिन्दी में สวัสดี",
    "ti\u02b0me \u01c5ungla e\u02bcn \u3005word",  # letters that are neither lower nor upper case
    "(hi) tab\tword #tag _name a_b two  words\nline\r\nline\n  line",
]
DIGITS = [
    "1 22 333 4444 12345 1234567 007",
    "$5 3.14159 -40% 2024-04-18 10,000,000",
    "٣٤٥٦٧ १२३४ ½ x² Ⅷ ①②③④",
    "3rd a1b22c333d4444 4 4  4 ٣word ½cup Ⅷth",
]
PUNCTUATION = [
    "Hello, world! (a) [b] -- ... !!! $5 + #1 c++ a != b",
    "end.\nnext;\r\nlast!\r\n\r\n'quoted':\n\n\n",
    '{\n  "key": [1, 2],\n\t"x": {}\n}\n',
    "🙂🙃 👍🏽 ok 🙂 → ∑ №",
]
WHITE_SPACE = [
    "a  b   c    5  6 7",
    "   leading and trailing   ",
    "\t\tdef f():\n\t\t\treturn 1\n\n\n\tx\t\t5",
    "a \n b\n\n\n  c \r\n\r\n  d\r\n",
    "\n  \n  5 \n",
    "a\rb \r  c!\r\r\tline;\r\n\r  end\r  \r",  # line breaks of old Macs
    "a\n  b\n  ",
    "end \n\n \t",
    "no-break\u00a0space, \u3000wide  \u3000space\u00a0\u00a0 5",
]
SHORT = ["'s", "'LLa", "O'D", CURLY + "s", "12", "\r\n", " ", " ", "  ", "word"]
SHORT += ["4444", "a\nb", "a\n\n"]  # alone, their characters seldom come together
SHORT += list("ab'Sté語Ж5٣½.,-!_(🙂\u0301\t\n")


def random_texts(rng, count):
    texts = ["".join(rng.choices(SHORT, k=rng.randint(10, 40))) for _ in range(count)]
    texts[-1] += "end\n  "  # patterns differ at the end of a text, too
    return texts


def finds_alike(yours, reference, texts):
    """Compare what the pattern finds by itself, because stage 5 uses nothing else."""
    calls = [(text,) for text in texts]
    same_each(yours.PATTERN.findall, reference.PATTERN.findall, calls)


@grades("PATTERN", points=1)
def test_contractions_and_names(yours, reference):
    finds_alike(yours, reference, CONTRACTIONS)


@grades("PATTERN", points=1, hidden=True)
def test_letters_and_digits_of_any_script(yours, reference):
    finds_alike(yours, reference, LETTERS + DIGITS)


@grades("PATTERN", points=1)
def test_punctuation_and_white_space(yours, reference):
    finds_alike(yours, reference, PUNCTUATION + WHITE_SPACE)


@grades("PATTERN")
def test_random_texts(yours, reference, rng):
    finds_alike(yours, reference, random_texts(rng, 40))


@grades("split_text", points=1)
def test_chunks_of_any_text(yours, reference, rng):
    texts = CONTRACTIONS + LETTERS + DIGITS + PUNCTUATION + WHITE_SPACE + random_texts(rng, 40)
    same_each(yours.split_text, reference.split_text, [(text,) for text in texts])


@grades("PATTERN")
def test_the_pattern_loses_no_character(yours):
    texts = CONTRACTIONS + LETTERS + DIGITS + PUNCTUATION + WHITE_SPACE
    found = ["".join(yours.PATTERN.findall(text)) for text in texts]
    for text, joined in zip(texts, found, strict=True):
        require(
            joined == text,
            "of {text!r} the pattern finds only {joined!r}",
            text=text,
            joined=joined,
        )


@grades("PATTERN")
def test_the_pattern_is_a_str(yours):
    yours.PATTERN.findall("it begins")
    # The pattern is searched with itself, which only works if it is text.
    (outcome,) = yours.PATTERN.findall.outcomes([(Recipe("PATTERN", ()),)])
    require(
        isinstance(outcome, Returned),
        "PATTERN is not a str. Stage 5 passes it to tiktoken, which needs the pattern's text: "
        "compile it where you use it.",
    )


@grades("split_text")
def test_the_chunks_joined_are_the_text(yours):
    texts = CONTRACTIONS + LETTERS + DIGITS + PUNCTUATION + WHITE_SPACE
    joined = ["".join(yours.split_text(text)) for text in texts]
    for text, one in zip(texts, joined, strict=True):
        require(
            one == text, "the chunks of {text!r}, joined, are {joined!r}", text=text, joined=one
        )


@grades("split_text")
def test_an_empty_text_has_no_chunks(yours, reference):
    same(yours.split_text, reference.split_text, "")
