"""Whether long texts are shown in a pager."""

import os
import sys


def has_pager() -> bool:
    """Return whether this system has a pager that shows every character.

    Windows' own, `more`, takes UTF-8 for another encoding.
    """
    return sys.platform != "win32" or bool(os.environ.get("PAGER"))
