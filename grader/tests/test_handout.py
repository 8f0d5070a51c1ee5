"""A student's work with a handout: its own program, no solutions, the same verdicts."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from grader.stages import CORE_STAGES, stage_of
from grader.suite.graded_tests import visible_tests
from grader.tests.handed_out import WHOLE, HandedOut, copied
from grader.tests.test_same_verdict import BODIES, RAISING, outcomes_of_check, outcomes_of_pytest
from grader.tests.watching import Watching


@pytest.fixture
def mine(handout: Path, tmp_path: Path) -> HandedOut:
    return copied(handout, tmp_path)


def report(mine: HandedOut, *args: str) -> dict[str, Any]:
    done = mine.run("check", *args, "--format", "json")
    assert done.stderr == "", done.stderr
    content: dict[str, Any] = json.loads(done.stdout)
    return content


def stub(mine: HandedOut, name: str) -> str:
    return (mine.root / "stubs" / f"{name}.py").read_text(encoding="utf-8")


def test_it_runs_without_the_checkout(mine: HandedOut) -> None:
    assert "No module named" in mine.shell("-c", "import grader.classroom").stderr
    where = mine.python("-c", "import grader; print(grader.__file__)").stdout
    assert where.strip() == str(mine.root / "grader" / "__init__.py")


def test_a_fresh_handout_shows_the_map(mine: HandedOut) -> None:
    shown = mine.run().stdout
    assert "0 of 20 stages done, 0 of 84 points" in shown
    more = 16 + 7  # in the hidden tests of s01 to s20, and of the bonus stages
    assert f"Your teacher's grading counts; its other tests have {more} more points." in shown
    assert "after s09, s15, s16" in shown and "Next: s01" in shown


def test_a_stub_is_not_started(mine: HandedOut) -> None:
    done = mine.run("check", "9")
    assert done.returncode == 1
    assert "not started  0 of 6 points" in done.stdout
    assert "s09_rms_norm.py is still the stub" in done.stdout


def test_right_code_passes_every_stage_with_its_visible_points(mine: HandedOut) -> None:
    mine.solve()
    content = report(mine, "--all")
    for stage, verdict in zip(CORE_STAGES, content["stages"], strict=True):
        assert verdict["status"] == "passed", verdict
        visible = {test.name: test.points for test in visible_tests(WHOLE.suite(stage))}
        assert {test["name"]: test["points"] for test in verdict["tests"]} == visible
    assert content["points"] == 84
    shown = mine.run().stdout
    assert "20 of 20 stages done, 84 of 84 points" in shown
    assert "42, with 19 of 19 stages yours" in mine.run("answer").stdout
    assert "passed (as before)" in mine.run("check", "17").stdout


def test_a_mistake_is_named(mine: HandedOut) -> None:
    mine.write("s09_rms_norm", stub(mine, "s09_rms_norm").replace(RAISING, BODIES["eps outside"]))
    shown = mine.run("check", "9").stdout
    assert "This is a known mistake: eps is added after the root, not before." in shown
    assert "called: rms_norm(x: float32 [6, 10], weight: float32 [10], eps=1e-05)" in shown


# What a handout adds to test_same_verdict: answers, types and mistake names from a recording.
@pytest.mark.parametrize("what", ["eps outside", "wrong type", "still a stub"])
def test_pytest_gives_the_same_outcomes(mine: HandedOut, what: str) -> None:
    mine.write("s09_rms_norm", stub(mine, "s09_rms_norm").replace(RAISING, BODIES[what]))
    ours = outcomes_of_check(mine, "9")
    assert ours == outcomes_of_pytest(mine, "tests/test_s09_rms_norm.py")
    assert "failed" in ours.values() or "skipped" in ours.values()


def test_pytest_names_the_same_mistake_and_passes_what_is_right(mine: HandedOut) -> None:
    mine.write("s09_rms_norm", stub(mine, "s09_rms_norm").replace(RAISING, BODIES["eps outside"]))
    shown = mine.python("-m", "pytest", "tests/test_s09_rms_norm.py").stdout
    assert "eps is added after the root" in shown
    mine.solve()
    done = mine.python("-m", "pytest", "tests/test_s17_transformer_block.py", "-q")
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout and "skipped" not in done.stdout


def test_a_stage_waits_for_those_it_uses(mine: HandedOut) -> None:
    mine.solve("s17_transformer_block", "s09_rms_norm")
    verdict = report(mine, "17")["stages"][0]
    assert (verdict["status"], verdict["points"]) == ("not_started", 0)
    assert {test["message"] for test in verdict["tests"]} == {"finish s15 and s16 first"}
    assert "Not started: finish s15 and s16 first" in mine.run("check", "17").stdout
    shown = mine.python("-m", "pytest", "-rs", "tests/test_s17_transformer_block.py").stdout
    assert "not started: finish s15 and s16 first" in shown
    assert "passed" not in shown.splitlines()[-1]
    mine.solve()  # the stage it waits for is graded on the way
    assert report(mine, "17")["stages"][0]["status"] == "passed"


def test_a_stage_waits_for_one_that_is_wrong(mine: HandedOut) -> None:
    mine.solve()
    mine.write("s09_rms_norm", stub(mine, "s09_rms_norm").replace(RAISING, BODIES["eps outside"]))
    verdicts = {one["stage"]: one for one in report(mine, "9", "17", "18")["stages"]}
    assert verdicts[9]["status"] == "failed"
    assert verdicts[17]["tests"][0]["message"] == "finish s09 first"
    assert verdicts[18]["tests"][0]["message"] == "finish s09 and s17 first"


def test_an_error_is_followed_into_the_learners_own_earlier_stage(mine: HandedOut) -> None:
    mine.solve()
    assert report(mine, "13")["stages"][0]["status"] == "passed"
    text = (mine.root / "exercises/s14_masked_attention.py").read_text(encoding="utf-8")
    broken = text.replace("attention_scores(q, k)", "attention_scores(q, k.T)")
    mine.write("s14_masked_attention", broken)
    message = report(mine, "14")["stages"][0]["tests"][2]["message"]
    assert "in s14_masked_attention.py, line" in message and "of the reference" not in message


def test_only_what_a_stage_builds_on_is_there(mine: HandedOut) -> None:
    mine.solve()
    text = WHOLE.solution(stage_of(9)).read_text(encoding="utf-8")
    mine.write("s09_rms_norm", f"import exercises.s08_embedding\n{text}")
    message = report(mine, "9")["stages"][0]["tests"][0]["message"]
    assert "s08_embedding isn't one of the stages that this one builds on" in message


def test_a_verdict_is_kept_while_what_it_depends_on_stays(mine: HandedOut) -> None:
    def not_checked() -> set[str]:
        return {line[2:5] for line in mine.run().stdout.splitlines() if "not checked yet" in line}

    mine.solve()
    report(mine, *map(str, range(8, 20)))
    before = not_checked()
    mine.solve("s08_embedding")
    with (mine.root / "exercises/s11_rotate.py").open("a") as file:
        file.write("# a note\n")
    assert not_checked() - before == {"s11", "s15", "s17", "s18", "s19"}
    assert "as before" in mine.run("check", "14").stdout


def test_only_recorded_seeds_can_be_used(mine: HandedOut) -> None:
    mine.solve()
    assert report(mine, "9")["seed"] == 4
    done = mine.run("check", "9", "--seed", "7")
    assert done.returncode == 2
    assert "--seed 7: this handout only has the seeds 4" in done.stderr
    done = mine.python("-m", "pytest", "tests/test_s09_rms_norm.py", "--seed=7")
    assert "this handout only has the seeds 4" in done.stdout + done.stderr
    assert done.returncode == 4  # pytest's own exit code for a usage error


@pytest.mark.parametrize(
    "args",
    [
        ("compare", "9"),
        ("plot", "norm"),
        ("author", "9"),
        ("check", "9", "--target", "solutions"),
        ("answer", "--target", "solutions"),
        ("answer", "--trace"),
        ("train", "--lora"),  # it takes a training step, which would show stage 31's
    ],
    ids=" ".join,
)
def test_what_needs_the_reference_says_so(mine: HandedOut, args: tuple[str, ...]) -> None:
    done = mine.run(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs the reference, which is not part of this handout" in done.stderr
    assert done.stderr.count("\n") == 1


def test_it_contains_nothing_for_teachers(mine: HandedOut) -> None:
    assert "class" not in mine.run("--help").stdout.split("Commands:")[1]
    assert "No such command 'class'" in mine.run("class", "grade").stderr


def test_answer_is_strict(mine: HandedOut) -> None:
    mine.solve("s09_rms_norm")
    done = mine.run("answer")
    assert done.returncode == 1 and "Still missing: parse_vocabulary" in done.stdout
    assert "rms_norm" not in done.stdout


def test_a_page_to_keep_is_checked_by_grading_again(mine: HandedOut) -> None:
    mine.solve("s09_rms_norm")
    done = mine.run("certificate", "--name", "Ada")
    assert done.returncode == 0 and "1 of 20 stages, 6 of 84 points" in done.stdout, done
    assert "The page has no model" in done.stdout
    assert "a handout of kata" in (mine.root / "certificate.html").read_text(encoding="utf-8")
    done = mine.run("certificate", "--verify", "certificate.html")
    assert (
        done.returncode == 0 and "The page holds for the files here: 6 of 84 points" in done.stdout
    )


def test_lesson_hint_and_reset_work(mine: HandedOut) -> None:
    assert "grader plot" not in mine.run("lesson", "9").stdout
    for _ in range(3):
        shown = mine.run("hint", "9").stdout
    assert "That's the last hint. `grader lesson 9`" in shown
    mine.solve("s09_rms_norm")
    mine.run("reset", "9")
    assert (mine.root / "exercises/s09_rms_norm.py").read_text() == stub(mine, "s09_rms_norm")
    assert (mine.root / "exercises/s09_rms_norm.mine1.py").exists()


def test_watch_grades_at_every_save(mine: HandedOut) -> None:
    with closing(Watching(mine, "9", columns=100)) as watching:
        assert "not started" in watching.verdict()
        assert "[c]ompare" not in watching.until("[q]uit")
        wrong = stub(mine, "s09_rms_norm").replace(RAISING, BODIES["eps outside"])
        mine.write("s09_rms_norm", wrong)
        assert "eps is added after the root" in watching.verdict()
        mine.solve("s09_rms_norm")
        assert "passed" in watching.verdict()
        watching.press("q")
        assert watching.process.wait(30) == 0
