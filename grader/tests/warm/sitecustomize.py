"""Python imports this when it starts with this folder in `PYTHONPATH`.

The grader's servers that such a program starts are then forked by the server at KATA_FORK_SERVER.
"""

import importlib.util
import os
import subprocess
from pathlib import Path

_PATH = Path(__file__).parents[1] / "forked_program.py"
_SPEC = importlib.util.spec_from_file_location("forked_program", _PATH)
assert _SPEC is not None and _SPEC.loader is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)
subprocess.Popen = _MODULE.popen_that_forks(lambda: os.environ["KATA_FORK_SERVER"])  # type: ignore[misc]
