"""The key of a verdict covers everything that the verdict depends on."""

import json
import shutil
from pathlib import Path

import pytest

import grader
from grader.editions import find_kata
from grader.kata import Kata
from grader.stages import STAGES, stage_of
from grader.tests.clone import Clone, clone_into
from grader.verdict_key import CLASS_JUDGE, LEARNERS_JUDGE, judging_files, learner_key, verdict_key
from grader.write_files import state_of

PACKAGE = Path(grader.__file__).parent
KATA = find_kata(PACKAGE)
# Loads what servers load in advance. Then grades every stage three times, the code right, wrong in
# a way that nothing explains, and with a known mistake, and reports what was loaded when.
JUDGE = """
import json, sys
from pathlib import Path
from grader.editions import open_kata
from grader.suite.preload import load_ahead
from grader.workers.warm_torch import warm_torch
warm_torch()
kata, seen = open_kata(Path(sys.argv[1])), {}
load_ahead(kata)
ahead = set(sys.modules)
from grader.author.grade_variants import grade_solutions, grade_variant
from grader.diagnosis import pairs
from grader.diagnosis.known_mistakes import mistakes_of
from grader.stages import STAGES
pairs.MOST_CALLS = 20  # more of them take longest, and load nothing
for stage in STAGES:
    if not stage.has_code:
        grade_solutions(kata, stage, 1)
        continue
    wrong = {name: lambda *args: "nonsense" for name in stage.names}
    known = [mistake.replaces for mistake in mistakes_of(kata, stage)[:1]]
    verdicts = [grade_variant(kata, stage, replaces, 1) for replaces in ({}, wrong, *known)]
    seen[stage.name] = [verdict.status for verdict in verdicts]
    seen[stage.name] += [any(test.mistake for test in verdict.tests) for verdict in verdicts]
ours = {n: m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "grader"}
loaded = [file for file in ours.values() if file]
late = [file for name, file in ours.items() if file and name not in ahead]
compiler = "torch._dynamo" in sys.modules
print(json.dumps({"seen": seen, "loaded": loaded, "late": late, "compiler": compiler}))
"""
# What the script above needs to make wrong code, and judges don't need.
OF_THE_SCRIPT = {Path("author/__init__.py"), Path("author/grade_variants.py")}


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path)


def test_every_module_that_judging_loads_is_in_it() -> None:
    done = Clone(KATA.root).python("-c", JUDGE, str(KATA.root))
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    for stage in STAGES:
        if stage.has_code:
            assert said["seen"][stage.name] == ["passed", "failed", "failed", False, False, True]
    assert {Path(file).relative_to(PACKAGE) for file in said["late"]} == OF_THE_SCRIPT
    assert not said["compiler"]  # takes over a second to import, in every worker again
    loaded = {Path(file).relative_to(PACKAGE) for file in said["loaded"]} - OF_THE_SCRIPT
    assert {Path("suite/grade_stage.py"), Path("llama3_8b.py"), Path("verdict.py")} <= loaded
    graded = [path for stage in STAGES for path in (KATA.suite(stage), *KATA.answer_files(stage))]
    for judge in (LEARNERS_JUDGE, CLASS_JUDGE):
        files = [path for path in graded if path.is_relative_to(PACKAGE)]
        covered = {path.relative_to(PACKAGE) for path in (*files, *judging_files(judge, graded))}
        assert loaded <= covered


def test_what_only_a_suite_imports_is_in_the_key_of_its_stage() -> None:
    files = judging_files(LEARNERS_JUDGE, [KATA.suite(stage_of(7))])
    assert PACKAGE / "llama3_8b.py" in files
    assert PACKAGE / "llama3_8b.py" not in judging_files(LEARNERS_JUDGE)


@pytest.mark.parametrize("name", ["llama3_8b.py", "stages.py", "verdict.py", "suite/rng.py"])
def test_it_changes_with_each_file_that_judges(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program is read from a copy in which one file changes."""
    copy = tmp_path / "grader"
    for path in PACKAGE.rglob("*.py"):
        (copy / path.relative_to(PACKAGE)).parent.mkdir(parents=True, exist_ok=True)
        (copy / path.relative_to(PACKAGE)).symlink_to(path)
    monkeypatch.setattr("grader.verdict_key._PACKAGE", copy)
    monkeypatch.setattr("grader.verdict_key._judging", {})
    before = verdict_key(KATA, [stage_of(7)], CLASS_JUDGE), learner_key(KATA, stage_of(7))
    (copy / name).unlink()
    (copy / name).write_text((PACKAGE / name).read_text(encoding="utf-8") + "# changed\n")
    after = verdict_key(KATA, [stage_of(7)], CLASS_JUDGE), learner_key(KATA, stage_of(7))
    assert before[0] != after[0] and before[1] != after[1]


def test_what_a_file_newly_imports_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(PACKAGE, tmp_path / "grader", ignore=shutil.ignore_patterns("tests"))
    monkeypatch.setattr("grader.verdict_key._PACKAGE", copy)
    monkeypatch.setattr("grader.verdict_key._judging", {})
    (copy / "added.py").write_text("")
    assert copy / "added.py" not in judging_files(LEARNERS_JUDGE)
    with (copy / "verdict.py").open("a") as file:
        file.write("from grader import added\n")
    assert copy / "added.py" in judging_files(LEARNERS_JUDGE)


def test_it_changes_with_the_files_of_the_stage(clone: Clone) -> None:
    kata: Kata = clone.kata
    stage = stage_of(9)
    files = [kata.suite(stage), kata.mistakes(stage), kata.solution(stage_of(8))]
    files += [kata.tiny_weights / "trained" / "params.json"]
    seen = {verdict_key(kata, [stage], CLASS_JUDGE)}
    assert seen == {verdict_key(kata, [stage], CLASS_JUDGE)}
    for path in files:
        path.write_bytes(path.read_bytes() + b"\n")
        seen.add(verdict_key(kata, [stage], CLASS_JUDGE))
    assert len(seen) == 1 + len(files)


def test_a_file_that_vanishes_while_it_is_read_is_absent(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.kata.exercise(stage_of(9)).unlink()
    absent = learner_key(clone.kata, stage_of(9))
    monkeypatch.setattr("grader.verdict_key.state_of", lambda path: state_of(path) or (0, 0))
    assert learner_key(clone.kata, stage_of(9)) == absent


def test_a_learners_also_changes_with_the_code_under_test(clone: Clone) -> None:
    before, of_another = (learner_key(clone.kata, stage_of(number)) for number in (9, 10))
    clone.write("s09_rms_norm", "x = 1\n")
    assert learner_key(clone.kata, stage_of(9)) != before
    assert learner_key(clone.kata, stage_of(10)) == of_another
