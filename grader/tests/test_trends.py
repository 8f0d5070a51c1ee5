"""`grader class trends`: shares that can be counted by hand, and the page in a real browser."""

import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.classroom.over_time.combine import read_runs
from grader.classroom.over_time.show_trends import trends_page
from grader.classroom.over_time.trends import Trends, trends_of
from grader.cli import main
from grader.tests.chromium import browser, is_installed
from grader.tests.graded_people import run_of, submission, verdict, write_results
from grader.tests.test_export_pages import Reader
from grader.verdict import StageVerdict, TestVerdict


def not_started(number: int) -> StageVerdict:
    return StageVerdict(number, "rms_norm", (TestVerdict("test_right", "f", "skipped", 0, 6),))


def broken(number: int) -> StageVerdict:
    failed = TestVerdict("test_right", "f", "error", 0, 6, "no", "eps_outside_sqrt", "Known.")
    return StageVerdict(number, "rms_norm", (failed,), import_error=True)


@pytest.fixture
def weeks(tmp_path: Path) -> list[Path]:
    """Results of two weeks: of 5 and of 3 people."""
    eps = verdict(9, 2, 6, "eps_outside_sqrt")
    first = [
        submission("A", verdict(8, 2, 2), eps),
        submission("B", verdict(8, 2, 2), eps),
        submission("C", verdict(8, 1, 2), verdict(9, 6, 6)),
        submission("D", verdict(8, 2, 2), not_started(9)),
        submission("E", verdict(8, 2, 2), broken(9)),
    ]
    second = [
        submission("A", eps, verdict(10, 0, 6, "one_turn")),
        submission("B", verdict(9, 6, 6), verdict(10, 0, 6)),
        submission("C"),
    ]
    return [
        write_results(tmp_path / name, run_of(*graded), *graded)
        for name, graded in (("week1", first), ("week2", second))
    ]


@pytest.fixture
def trends(weeks: list[Path]) -> Trends:
    return trends_of(read_runs(weeks))


def test_each_mistake_is_a_share_of_those_who_began_the_stage(trends: Trends) -> None:
    assert (trends.runs, trends.graded) == (("week1", "week2"), (5, 2))
    shown = [(one.name, [*map(str, one.shares)], one.lesson) for one in trends.mistakes]
    assert shown == [
        ("eps outside sqrt", ["2 of 3", "1 of 2"], "lessons/s09_rms_norm.md"),
        ("one turn", ["None", "1 of 2"], "lessons/s10_freqs_cis.md"),
    ]
    assert trends.mistakes[0].explanation == "This is a known mistake: eps_outside_sqrt."


def test_tests_that_tell_nobody_apart_are_named(trends: Trends) -> None:
    nobody = [(one.stage, one.name, [str(share) for share in one.shares]) for one in trends.nobody]
    assert nobody == [
        (8, "wrong", ["0 of 1", "None"]),
        (9, "wrong", ["0 of 2", "0 of 1"]),
        (10, "wrong", ["None", "0 of 2"]),
    ]
    titles = [(title[:3], names) for title, names in trends.everybody]
    assert titles == [("s08", ("right",)), ("s09", ("right",)), ("s10", ("right",))]


def test_the_command_shows_a_table_and_writes_a_page(weeks: list[Path], tmp_path: Path) -> None:
    page = tmp_path / "trends.html"
    given = ["class", "trends", *map(str, weeks), "--out", str(page)]
    shown = CliRunner().invoke(main, given)
    assert shown.exit_code == 0, shown.output
    lines = [" ".join(line.split()) for line in shown.output.splitlines()]
    assert "eps outside sqrt 2 of 3 1 of 2 s09_rms_norm.md" in lines
    assert "one turn - 1 of 2 s10_freqs_cis.md" in lines
    table = [line for line in shown.output.splitlines() if not line.startswith("Open ")]
    assert max(map(len, table)) <= 80
    assert page.read_text("utf-8") == trends_page(trends_of(read_runs(weeks)))


def test_the_page_has_no_scripts_and_stands_alone(trends: Trends) -> None:
    read = Reader(trends_page(trends))
    assert read.open == []
    tags = {tag for tag, _ in read.tags}
    assert tags.isdisjoint({"script", "img", "link", "iframe", "object", "base", "form"})
    assert read.values("src") == [] and read.values("style") == []
    assert "eps outside sqrt" in read.text and "lessons/s09_rms_norm.md" in read.text
    assert "nobody began the stage" in read.text
    levels = [int(tag[1]) for tag, _ in read.tags if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1 and levels.count(1) == 1


@pytest.mark.skipif(not is_installed(), reason="chromium is not installed here")
def test_chromium_shows_the_bars_as_long_as_the_shares(trends: Trends, tmp_path: Path) -> None:
    path = tmp_path / "trends.html"
    path.write_text(trends_page(trends), encoding="utf-8")
    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as chromium:
        for width in (1200, 420):
            chromium.show(path, width)
            assert chromium.run("return document.documentElement.scrollWidth") <= width
            bars = chromium.run(
                "return [...document.querySelectorAll('.runs svg')].map(bar => "
                "bar.querySelector('.bin').getBoundingClientRect().width / "
                "bar.getBoundingClientRect().width)"
            )
            assert bars[0] == pytest.approx(2 / 3, abs=0.01)
            assert bars[1] == pytest.approx(1 / 2, abs=0.01)
            assert chromium.run("return document.querySelector('.runs svg').clientWidth") > 100
        assert chromium.logged() == []
        assert chromium.run("return performance.getEntriesByType('resource').length") == 0
