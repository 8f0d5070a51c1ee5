"""Find the kata that a notebook belongs to, or make a folder for it on Colab."""

import sys
from pathlib import Path

from grader.editions import find_kata
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import mark, tr
from grader.own_folder import make_own_folder

_NO_KATA = mark(
    "There is no kata in {folder} or above it. Make one here with\n\n"
    "    %grader init\n\nor change to the folder that you have made, with %cd."
)
_ON_COLAB = mark(
    "Your exercises are in {folder}. Colab deletes this folder when the session ends. Your cells "
    "stay in the notebook, so run them again next time, or keep a copy of the folder."
)


def open_kata_here() -> tuple[Kata, str]:
    """Return the kata of the current folder, and what the learner should know about it.

    On Colab, where nobody has a terminal, a missing one is made in the current folder.

    Raises:
        UsageError: if there is none; the message says how to make one.
    """
    try:
        return find_kata(), ""
    except UsageError:
        if "google.colab" not in sys.modules:
            raise UsageError(tr(_NO_KATA, folder=Path.cwd())) from None
    made = make_own_folder(Path.cwd())
    return made.kata, tr(_ON_COLAB, folder=made.kata.folder)
