"""What can be handed in besides a stage: files that run automatically, links, pipes, and scores."""

import os
from pathlib import Path

_RAN = 'open({outside!r} + "/ran", "w").write(__file__)\n'

# Names that Python, pytest or the grader would find on their own, and what each would run.
RUNNING_BY_THEMSELVES = (
    "conftest.py",
    "sitecustomize.py",
    "usercustomize.py",
    "torch.py",
    "json.py",
    "msgpack.py",
    "numpy/__init__.py",
    "grader/__init__.py",
    "grader/calls/call_server.py",
    "exercises/__init__.py",
    "solutions/__init__.py",
    "tests/test_s09_rms_norm.py",
    "mistakes/s09_rms_norm.py",
)
SETTINGS = {
    "pytest.ini": "[pytest]\naddopts = -p conftest\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--collect-only'\n",
    "evil.pth": 'import os; open("{outside}/ran", "w")\n',
    "results.json": '{"score": 100}',
    ".kata/progress.json": '{"9": {"status": "passed", "points": 6}}',
}
STAGE = """
import json, torch
print(torch.__version__, json.__file__)
def rms_norm(x, weight, eps):
    return x
"""


def write_files(folder: Path, outside: Path) -> None:
    """Write a submission of a wrong stage 9, and files that are meant to replace it."""
    texts = {name: _RAN.format(outside=str(outside)) for name in RUNNING_BY_THEMSELVES}
    texts |= {name: text.replace("{outside}", str(outside)) for name, text in SETTINGS.items()}
    for name, text in {**texts, "s09_rms_norm.py": STAGE}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def write_links(folder: Path, solutions: Path) -> None:
    """Write a submission whose stages are links to the reference, and a pipe without a writer."""
    folder.mkdir()
    (folder / "s09_rms_norm.py").symlink_to(solutions / "s09_rms_norm.py")
    os.link(solutions / "s11_rotate.py", folder / "s11_rotate.py")
    os.mkfifo(folder / "s10_freqs_cis.py")
    (folder / "exercises").symlink_to(solutions)
