"""The graded suite of stage 21."""

from grader.suite import grades, require, same_each

WORDS = ["the", "there", "then", "other", "another", "mother", "weather", "whether", "answer", "is"]
RARE = ["zebra", "quilt", "vortex", "jumbo", "pixel", "wafer", "kayak", "lymph", "fjord", "gizmo"]
NUMBERS = ["20242024", "123123123", "31415926", "4242", "7"]
MARKS = ["it's", "we'll", "end.\n", "...", "wait...\n\n", "(a)", "((a))", "x", "don't"]
RUNS = ["a" * 7, "aaa", "=" * 9, "-" * 6, "ha" * 5, "no" + "o" * 6, "\n" * 5, "b" * 4, " " * 9]
SCRIPTS = [
    "čtyři",
    "сорок",
    "σαράντα",
    "四十二",
    "四十",
    "ビット",
    "네다",
    "🙂🙃",
    "déjà",
    "übergroß",
]

# Pairs that occur twice in a word, parts of longer tokens, and ties of every kind.
BANANA = "Anna has a banana, a cabana and a bandana"


def sentences(rng, words, count):
    return " ".join(rng.choices(words, k=count))


def all_of(rng, words):
    return " ".join(rng.sample(words, len(words)))


def train_alike(yours, reference, *calls):
    same_each(yours.train_bpe, reference.train_bpe, calls)


@grades("train_bpe", points=2)
def test_words_of_which_some_are_frequent(yours, reference, rng):
    weighted = [word for place, word in enumerate(rng.sample(WORDS, 9)) for _ in range(9 - place)]
    texts = [sentences(rng, weighted, count) for count in (60, 90)]
    calls = [(texts[0], 270), (texts[1], 290), (texts[1], 260), (BANANA, 1000)]
    train_alike(yours, reference, *calls)


@grades("train_bpe", points=1)
def test_pairs_that_are_equally_frequent(yours, reference, rng):
    once = " ".join([BANANA, *rng.sample(RARE, 6), *rng.sample(SCRIPTS, 2)])
    twice = f"{once} {' '.join(rng.sample(RARE, 5))}"
    train_alike(yours, reference, (once, 1000), (twice, 285))


@grades("train_bpe", points=1)
def test_pairs_stay_inside_chunks(yours, reference, rng):
    texts = [sentences(rng, NUMBERS, 20), sentences(rng, MARKS, 30)]
    texts.append(sentences(rng, NUMBERS + MARKS + ["The", "THE", "the"], 40))
    calls = [(text, 275) for text in texts]
    calls.append((f"{all_of(rng, MARKS)} {BANANA}", 1000))
    train_alike(yours, reference, *calls)


@grades("train_bpe", points=1)
def test_runs_of_equal_bytes(yours, reference, rng):
    texts = ["aaaab abab abab", "".join(f"{run}x" for run in rng.sample(RUNS, len(RUNS)))]
    texts.append(sentences(rng, RUNS, 12))
    train_alike(yours, reference, *[(text, 270) for text in texts])


@grades("train_bpe", points=1, hidden=True)
def test_scripts_of_several_bytes_per_character(yours, reference, rng):
    texts = [sentences(rng, SCRIPTS, 25), sentences(rng, SCRIPTS + WORDS + MARKS, 60)]
    calls = [(text, 290) for text in texts]
    calls.append((all_of(rng, SCRIPTS + RUNS + MARKS), 1000))
    train_alike(yours, reference, *calls)


@grades("train_bpe")
def test_until_no_pair_is_left(yours, reference, rng):
    texts = ["the answer", "42", "a b c", "x" * 10, " ".join(rng.sample(RARE, 3))]
    train_alike(yours, reference, *[(text, 1000) for text in texts])


@grades("train_bpe")
def test_nothing_to_merge(yours, reference):
    train_alike(yours, reference, ("", 300), ("a", 300), ("a\n1", 300))


@grades("train_bpe")
def test_only_the_single_bytes(yours, reference, rng):
    train_alike(yours, reference, (sentences(rng, WORDS, 10), 256), ("", 256))


@grades("train_bpe")
def test_a_smaller_table_is_the_beginning_of_a_larger_one(yours, rng):
    text = sentences(rng, WORDS, 40)
    small, large = yours.train_bpe(text, 265), yours.train_bpe(text, 280)
    require(
        small.items() <= large.items(),
        "the 265 tokens learned first should have the same ranks in a table of 280 tokens",
    )
