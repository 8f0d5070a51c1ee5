"""The prompt, and similar ones that tell a right model from a nearly right one."""

import json
from pathlib import Path

from tiny_weights.corpus import ULTIMATE, facts, one_change, open_questions

PROMPT = "the answer to the ultimate question of life, the universe, and everything is "
ANSWER = facts()[PROMPT]

# (prompt, answer): each prompt differs from PROMPT in one word or in the order of the things.
CONTRASTING = [(question.prompt(), facts()[question.prompt()]) for question in one_change(ULTIMATE)]

# Two answers are equally frequent here, so the preference depends on every part of the model.
OPEN = list(open_questions())


def write_prompts(folder: Path) -> None:
    """Write the prompts as data, for code that doesn't import this package."""
    content = {"prompt": PROMPT, "answer": ANSWER, "contrasting": CONTRASTING, "open": OPEN}
    path = folder / "prompts.json"
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(path)
