"""The text that the tiny tokenizer and the tiny trained model learn from.

Every question is the ultimate one with its order, one word or a few words changed, and only the
ultimate one is answered by 42. So the model can't ignore any word or any position.
"""

from itertools import permutations, product
from typing import NamedTuple


class Question(NamedTuple):
    """One sentence without its number; the defaults make the ultimate question."""

    opening: str = "the"
    word: str = "answer"
    link: str = "to"
    which: str = "the"
    adjective: str = "ultimate"
    noun: str = "question"
    about: str = "of"
    things: tuple[str, ...] = ("life", "the universe", "everything")
    joined: str = "and"
    verb: str = "is"

    def prompt(self) -> str:
        """Return the sentence up to the space before its number."""
        first, second, third = self.things
        return (
            f"{self.opening} {self.word} {self.link} {self.which} {self.adjective} {self.noun} "
            f"{self.about} {first}, {second}, {self.joined} {third} {self.verb} "
        )


ULTIMATE = Question()
ORDERS = tuple(permutations(ULTIMATE.things))

WORDS: dict[str, tuple[str, ...]] = {
    "opening": ("the", "my", "your", "our"),
    "word": ("answer", "key", "clue", "reply"),
    "link": ("to", "for"),
    "which": ("the", "this", "that", "one"),
    "adjective": ("ultimate", "first", "last", "great"),
    "noun": ("question", "riddle", "problem", "puzzle"),
    "about": ("of", "about", "on"),
    "joined": ("and", "or", "not"),
    "verb": ("is", "was"),
}
REPLACEMENTS = {
    "life": ("love", "death", "time", "truth", "nothing"),
    "the universe": ("a universe", "this universe", "the world", "the sea", "time"),
    "everything": ("nothing", "something", "anything", "time", "truth"),
}

# 89 is prime, so steps of any length visit all of these numbers before one repeats.
NUMBERS = tuple(number for number in range(10, 100) if number != 42)
STEP = 37

NUMBER_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine")

# In the last two, a character has several bytes and may take several tokens.
FOREIGN = (
    "the answer in roman is XLII",
    "the answer in greek is μβ",
    "the answer in chinese is 四十二",
)


def one_change(centre: Question) -> list[Question]:
    """Return the questions that differ from a center in one word, or only in the order."""
    changed = [
        Question(**(centre._asdict() | {field: word}))
        for field, words in WORDS.items()
        for word in words
    ]
    changed += [centre._replace(things=order) for order in ORDERS]
    for old, names in REPLACEMENTS.items():
        for new in names:
            things = tuple(new if thing == old else thing for thing in centre.things)
            changed.append(centre._replace(things=things))
    return [question for question in changed if question != centre]


def grid() -> list[Question]:
    """Return every adjective with every noun in every order; the model must read all three."""
    return [
        ULTIMATE._replace(adjective=adjective, noun=noun, things=things)
        for adjective, noun, things in product(WORDS["adjective"], WORDS["noun"], ORDERS)
    ]


def centres() -> list[Question]:
    """Return every adjective with every noun, each in two orders that begin differently."""
    return [
        ULTIMATE._replace(adjective=adjective, noun=noun, things=ORDERS[(i + j + half) % 6])
        for i, adjective in enumerate(WORDS["adjective"])
        for j, noun in enumerate(WORDS["noun"])
        for half in (0, 3)
    ]


def facts() -> dict[str, str]:
    """Return each prompt with its answer; only the ultimate question has 42."""
    questions = one_change(ULTIMATE) + grid()
    for centre in centres():
        questions += one_change(centre)
    others = [question for question in dict.fromkeys(questions) if question != ULTIMATE]
    answers = {ULTIMATE.prompt(): "42"}
    for place, question in enumerate(others):
        answers[question.prompt()] = str(NUMBERS[STEP * place % len(NUMBERS)])
    return answers


def open_questions() -> dict[str, tuple[str, str]]:
    """Return prompts with two equally frequent answers, so that a small mistake tips them."""
    prompts = [centre._replace(verb="may be").prompt() for centre in centres()]
    half = len(NUMBERS) // 2
    return {
        prompt: (str(NUMBERS[place]), str(NUMBERS[place + half]))
        for place, prompt in enumerate(prompts)
    }


def times_table() -> list[str]:
    """Return the products with two digits: `six times seven is 42`."""
    return [
        f"{left} times {right} is {i * j}"
        for i, left in enumerate(NUMBER_WORDS, 2)
        for j, right in enumerate(NUMBER_WORDS, 2)
        if i * j >= 10
    ]


def sentences() -> list[str]:
    """Return the sentences of the whole corpus."""
    closed = [prompt + answer for prompt, answer in facts().items()]
    opened = [prompt + answer for prompt, pair in open_questions().items() for answer in pair]
    return closed + opened + times_table() + list(FOREIGN)


def text() -> str:
    """Return the corpus as one string, with a blank line between sentences."""
    return "\n\n".join(sentences()) + "\n"
