"""What a verdict depends on is in the hash that the journal of a class is keyed by."""

import subprocess
import sys
from pathlib import Path

import grader
from grader.classroom.suites_hash import judging_files, suites_hash
from grader.kata import Kata
from grader.stages import stage_of
from grader.tests.clone import clone_into

PACKAGE = Path(grader.__file__).parent
LOADED = (
    "import grader.classroom.judge_stage, grader.classroom.confined, grader.suite.preload, sys\n"
    "for name, module in list(sys.modules.items()):\n"
    "    if name.startswith('grader') and getattr(module, '__file__', None):\n"
    "        print(module.__file__)\n"
)


def test_all_code_that_judges_is_in_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    loaded = {Path(line).relative_to(PACKAGE) for line in done.stdout.splitlines()}
    inits = {path for path in loaded if path.name == "__init__.py" and len(path.parts) < 3}
    hashed = {path.relative_to(PACKAGE) for path in judging_files()}
    assert Path("suite/run.py") in loaded
    assert loaded - inits <= hashed


def test_it_changes_with_what_it_is_of(tmp_path: Path) -> None:
    kata: Kata = clone_into(tmp_path).kata
    stage = stage_of(9)
    seen = {suites_hash(kata, [stage])}
    assert seen == {suites_hash(kata, [stage])}
    for path in (kata.suite(stage), kata.mistakes(stage), kata.solution(stage_of(8))):
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        seen.add(suites_hash(kata, [stage]))
    assert len(seen) == 4
