"""The kata's own text, and the questions that show how well a model has learned it."""

from dataclasses import dataclass

from grader.train import corpus


@dataclass(frozen=True)
class KataText:
    """The sentences, and the questions among them that have one answer."""

    sentences: list[str]
    facts: dict[str, str]  # the answer to each question
    contrasting: dict[str, str]  # the facts that differ from the kata's prompt in one word or order


def kata_text() -> KataText:
    """Return the text that the tiny trained model has learned."""
    facts = corpus.facts()
    near = [question.prompt() for question in corpus.one_change(corpus.ULTIMATE)]
    return KataText(corpus.sentences(), facts, {prompt: facts[prompt] for prompt in near})
