"""The language that a learner chose for their folder, in `.grader/language.json`."""

from grader.editions import find_kata
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import choose, languages
from grader.learn.state_dir import read_state, write_state

_FILE = "language.json"


def use_kept_language() -> None:
    """Use the language chosen for the folder that the program runs in, if one was chosen."""
    try:
        kept = read_state(find_kata(), _FILE, str)
    except UsageError:  # there is no kata here, as before `grader init`
        return
    if kept in languages():
        choose(kept)


def keep_language(kata: Kata, wanted: str) -> None:
    """Use a language from now on in a kata's folder."""
    write_state(kata, _FILE, wanted)
    choose(wanted)
