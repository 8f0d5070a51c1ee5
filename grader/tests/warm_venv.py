"""A virtual environment whose Python is forked from a process that has imported torch.

For tests of scripts that start a Python of their own: everything but the start of the interpreter
is as usual.
"""

import atexit
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from grader.tests.programs import fork_server

_PYTHON = """#!{python} -SE
import os, sys
sys.path.insert(0, {folder!r})
from forked_program import ForkedProgram
args = [argument for argument in sys.argv[1:] if argument != "-u"]  # as xdist starts its workers
sys.exit(ForkedProgram({address!r}, args, os.getcwd(), os.environ, (0, 1, 2)).wait())
"""


@cache
def warm_venv() -> Path:
    """Return the folder of this process's warm virtual environment."""
    folder = Path(tempfile.mkdtemp(prefix="kata-warm-venv-"))
    atexit.register(shutil.rmtree, folder)
    python = folder / "bin" / "python"
    python.parent.mkdir()
    here, address = str(Path(__file__).parent), fork_server().address
    text = _PYTHON.format(python=sys.executable, folder=here, address=address)
    python.write_text(text, encoding="utf-8")
    python.chmod(0o755)
    return folder
