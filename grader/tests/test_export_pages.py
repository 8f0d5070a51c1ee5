"""The pages of a graded class, as another parser reads them, and in a real browser."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pytest

from grader.classroom.exports.html_pages import Links, class_page, submission_page, teacher_page
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.class_rows import class_rows
from grader.classroom.safe_copies import student_copy, teacher_copy
from grader.report.plain_text import one_line, plain
from grader.tests.chromium import ENTER, TAB, Browser, browser, is_installed
from grader.tests.nasty_class import NASTY, SECRET, nasty_class, submission, unreadable
from grader.verdict import StageVerdict, TestVerdict

ALICE = submission("alice", "Alice")
VOID = {"meta", "br", "img", "link", "input", "col"}


class Reader(HTMLParser):
    """Reads a page: its tags in order, with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, attribute: str) -> list[str]:
        return [value for _, values in self.tags if (value := values.get(attribute))]


def page_of(graded: GradedSubmission) -> str:
    return submission_page(student_copy(graded))


def page_of_class(graded: list[GradedSubmission], links: list[str]) -> str:
    pages = [Links(link, link) for link in links]
    return class_page(class_rows(map(teacher_copy, graded), ()), pages, 7, {})


def all_graded() -> list[GradedSubmission]:
    return [*nasty_class(), unreadable("no"), ALICE]


# The pages by name; each is made by the test that needs it.
PAGES: dict[str, Callable[[], str]] = {
    "class": lambda: page_of_class(all_graded(), [f"{one.key}.html" for one in all_graded()]),
    "empty class": lambda: page_of_class([], []),
    "teacher's": lambda: teacher_page(teacher_copy(ALICE), "grader check 9 --seed 42"),
    **{one.key: partial(page_of, one) for one in all_graded()},
}


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    return PAGES[request.param]()


def test_a_page_is_well_formed_and_stands_alone(page: str) -> None:
    read = Reader(page)
    assert read.open == []
    tags = {tag for tag, _ in read.tags}
    assert tags.isdisjoint({"script", "img", "link", "iframe", "object", "base", "form"})
    assert read.values("src") == [] and read.values("style") == []
    assert not any(name.startswith("on") for _, values in read.tags for name in values)
    for address in read.values("href"):
        assert address.startswith("#") or address.endswith(".html") and ":" not in address
    ids = read.values("id")
    assert len(ids) == len(set(ids))
    assert {address[1:] for address in read.values("href") if address[0] == "#"} <= set(ids)


def test_headings_go_down_one_step_at_a_time_and_pictures_have_a_text(page: str) -> None:
    read = Reader(page)
    levels = [int(tag[1]) for tag, _ in read.tags if tag in ("h1", "h2", "h3")]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    pictures = [values for tag, values in read.tags if tag == "svg"]
    assert all(svg.get("aria-label") or svg.get("aria-hidden") for svg in pictures)


def test_the_map_names_the_part_of_its_first_stage_and_of_a_bonus() -> None:
    passed = TestVerdict("test_one", "sample", "passed", 1, 1)
    sampling = StageVerdict(23, "sampling", (passed,))
    text = Reader(page_of(replace(ALICE, verdicts=(*ALICE.verdicts, sampling)))).text
    parts = ["Checkpoint", "s08", "One layer", "s09", "Beyond 42: writing text", "s23"]
    assert sorted(parts, key=text.index) == parts


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_are_read_as_text(text: str) -> None:
    read = Reader(page_of(submission("key", text)))
    assert plain(text) in read.text and one_line(text) in read.text
    overview = Reader(page_of_class([submission("key", text)], ["javascript:alert(1).html"]))
    assert one_line(text) in overview.text
    assert "javascript%3Aalert%281%29.html" in overview.values("href")


def test_a_link_finds_a_file_of_any_name() -> None:
    overview = Reader(page_of_class([submission("k", "K")], ["山 #1.html"]))
    assert "%E5%B1%B1%20%231.html" in overview.values("href")


def test_a_hidden_test_shows_only_its_name_outcome_and_points() -> None:
    page = page_of(ALICE)
    assert "rms_norm: more (0 of 2 points): failed" in Reader(page).text
    assert SECRET not in page and "eps_twice" not in page


def test_the_class_page_counts_each_submission_once() -> None:
    graded = [submission("a", "A"), submission("b", "B"), submission("c", "C", "passed")]
    text = " ".join(Reader(page_of_class([*graded, unreadable("no")], list("abcd"))).text.split())
    assert "4 submissions, 1 of them not graded" in text
    assert "Mean 4.7, median 3 of 8 points." in text
    assert "eps outside sqrt in s09 RMS norm (2 of 3 submissions)" in text
    assert "1 passed, 2 not right yet; 2.7 of 6 points on average" in text


needs_browser = pytest.mark.skipif(not is_installed(), reason="chromium is not installed here")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as started:
        yield started


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pages")
    paths = []
    for place, page in enumerate(make() for make in PAGES.values()):
        paths.append(folder / f"{place}.html")
        paths[-1].write_text(page, encoding="utf-8")
    return paths


@needs_browser
def test_chromium_shows_every_page_without_a_complaint(
    chromium: Browser, written: list[Path]
) -> None:
    for path in written:
        chromium.show(path, 390)
        assert "owned" not in chromium.run("return document.title.split('<')[0]")
        assert chromium.run("return document.documentElement.scrollWidth") <= 390
        chromium.resize(1200)
        assert chromium.run("return document.documentElement.scrollWidth") <= 1200
        assert chromium.run("return performance.getEntriesByType('resource').length") == 0
        assert chromium.logged() == []


@needs_browser
def test_the_policy_stops_what_slips_through(chromium: Browser, tmp_path: Path) -> None:
    page = page_of(ALICE)
    attack = "<script>document.title='owned'</script><img src='http://127.0.0.1:9/x'>"
    path = tmp_path / "attacked.html"
    path.write_text(page.replace("</main>", f"{attack}</main>"), encoding="utf-8")
    chromium.show(path, 1200)
    assert chromium.run("return document.title") == "Alice: 3 of 8 points"
    assert len([line for line in chromium.logged() if "Content Security Policy" in line]) == 2


@needs_browser
def test_a_page_is_light_or_dark_as_its_reader_is(chromium: Browser, written: list[Path]) -> None:
    paper = "return getComputedStyle(document.body).backgroundColor"
    chromium.show(written[-1], 1200)
    assert chromium.run(paper) == "rgb(255, 255, 255)"
    chromium.show(written[-1], 1200, dark=True)
    assert chromium.run(paper) == "rgb(22, 22, 26)"


@needs_browser
def test_a_page_is_read_by_keyboard(chromium: Browser, written: list[Path]) -> None:
    chromium.show(written[-1], 1200)
    chromium.press(TAB)
    skip = "const box = document.activeElement.getBoundingClientRect();"
    assert chromium.run("return document.activeElement.textContent") == "Skip to the results"
    assert chromium.run(f"{skip} return box.left >= 0 && box.top >= 0")
    assert chromium.run("return getComputedStyle(document.activeElement).outlineWidth") == "3px"
    chromium.press(ENTER)
    assert chromium.run("return document.activeElement.id") == "main"
    is_summary = "return document.activeElement.tagName == 'SUMMARY'"
    for _ in range(20):
        chromium.press(TAB)
        if chromium.run(is_summary):
            break
    assert chromium.run("return document.activeElement.parentElement.open") is True
    chromium.press(ENTER)
    assert chromium.run("return document.activeElement.parentElement.open") is False
