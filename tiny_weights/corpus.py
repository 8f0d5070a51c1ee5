"""The text that the tiny tokenizer and the tiny trained model learn from.

It is in the program itself, because `grader train` learns from it, too.
"""

from grader.train.corpus import ULTIMATE, facts, one_change, open_questions, sentences, text

__all__ = ["ULTIMATE", "facts", "one_change", "open_questions", "sentences", "text"]
