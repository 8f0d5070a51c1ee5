"""`grader certificate`: what a page says, and what is noticed when it's checked."""

import base64
import html
import re
from contextlib import chdir
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from grader.certificate.claims import Claims, StageClaim
from grader.certificate.page import LARGEST, claims_in, page_of, read_page
from grader.cli import main
from grader.errors import UsageError
from grader.language import reading
from grader.learn.state_dir import read_state, write_state
from grader.stages import CORE_STAGES, STAGES, stage_of
from grader.tests import chromium
from grader.tests.chromium import browser
from grader.tests.clone import Clone, clone_into

PASSED = ("s08_embedding", "s09_rms_norm", "s12_heads")
WRITING = (22, 23, 24)
HASH = "0" * 64
NAME = '<script>alert("1")</script> & Ömür\u202e'


def claims(name: str = "Ada", **changes: Any) -> Claims:
    """Return what the fullest page claims, with some fields changed."""
    stages = tuple(
        StageClaim(one.number, "passed", one.points, one.points, date(2026, 1, 2), True, HASH)
        for one in STAGES
    )
    model = {"parameters": 234780, "said": "42", "own": 19, "stages": 19, "right": 41, "asked": 41}
    fields = {
        "version": 1,
        "name": name,
        "written": "2026-01-02",
        "seed": 999999,
        "stages": msgspec.to_builtins(stages),
        "model": model | {"per_second": 123456.7},
        "trained": model,
        "files": HASH,
        "kata": HASH,
        "fingerprint": HASH,
        "versions": "kata 10.11.12, Python 3.11.11, torch 2.13.0+cpu",
    }
    return msgspec.convert(fields | changes, Claims)


@dataclass(frozen=True)
class Certified:
    """A clone in which three stages pass and one fails, with its page."""

    clone: Clone

    @property
    def page(self) -> Path:
        return self.clone.root / "certificate.html"

    def verified(self, *more: str) -> tuple[int, str]:
        done = self.clone.run("certificate", "--verify", "certificate.html", *more)
        assert done.stderr == ""
        return done.returncode, done.stdout

    def refused(self, *args: str) -> str:
        """Return the error of a command that ends before it grades; '' if it does not."""
        with chdir(self.clone.root):
            done = CliRunner().invoke(main, ["certificate", *args])
        return done.stderr if (done.exit_code, done.stdout) == (2, "") else ""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    clone = clone_into(tmp_path_factory.mktemp("certified"))
    clone.solve(*PASSED)
    clone.write("s10_freqs_cis", "def precompute_freqs_cis(head_dim, seq_len, theta):\n    pass\n")
    done = clone.run("certificate", "--name", NAME, "--model", "tiny_weights/trained")
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 of 20 stages, 12 of 100 points, 0 of 60 bonus points." in done.stdout
    assert "Not passed: s01, s02" in done.stdout and "s10" in done.stdout
    return Certified(clone)


@pytest.fixture
def certified(made: Certified, tmp_path: Path) -> Certified:
    """The same in a copy that a test may change."""
    copytree(made.clone.root, tmp_path / "copy")
    return Certified(Clone(tmp_path / "copy"))


def test_a_page_says_what_passes_and_that_it_is_in_progress(made: Certified) -> None:
    text = made.page.read_text(encoding="utf-8")
    found, _ = read_page(made.page)
    assert [one.number for one in found.stages if one.has_passed] == [8, 9, 12]
    assert found.stages[9].status == "failed"
    assert ">in progress<" in text and "is writing Llama 3" in text
    assert found.model and (found.model.said, found.model.own, found.model.right) == ("42", 3, 41)
    assert "with 3 of 19 stages from these files" in text
    assert f"grader check --all --seed {found.seed}" in text and found.fingerprint in text


def test_a_name_is_text_and_nothing_else(made: Certified) -> None:
    text = made.page.read_text(encoding="utf-8")
    assert read_page(made.page)[0].name == NAME.removesuffix("\u202e")
    assert "<script" not in text and "\u202e" not in text and html.escape("<script>") in text
    for loading in ("src=", "href=", "url(", "@import", " style=", " on"):
        assert loading not in re.sub(r">[^<]*<", "><", text.replace(read_style(text), ""))
    assert "default-src 'none'" in text


def read_style(text: str) -> str:
    return text.partition("<style>")[2].partition("</style>")[0]


def test_a_page_holds_for_the_files_that_it_is_about(made: Certified) -> None:
    code, said = made.verified("--model", "tiny_weights/trained")
    assert code == 0, said
    assert "The page holds for the files here: 12 of 100 points, 0 of 60 bonus points." in said
    fingerprint = read_page(made.page)[0].fingerprint
    assert f"The fingerprint here is {fingerprint}.\n" in said
    assert "can't check the name, the dates" in said and "not checked: pass its folder" not in said
    code, said = made.verified()
    assert code == 0 and "The page's trained model was not checked" in said


def test_a_file_that_fails_now_is_named(certified: Certified) -> None:
    certified.clone.write("s09_rms_norm", "def rms_norm(x, weight, eps):\n    return x\n")
    code, said = certified.verified()
    assert code == 1 and "Some of what the page says doesn't hold" in said
    assert "- These files aren't the ones that the page is about: s09_rms_norm.\n" in said
    assert "- s09_rms_norm: the page says passed, 6 of 6 points, grading says failed, 0 of" in said
    assert "with 3 of 19 stages yours" in said and "with 2 of 19 stages yours" in said
    assert "; the page's is " in said


def test_a_file_that_still_passes_has_changed_all_the_same(certified: Certified) -> None:
    path = certified.clone.kata.exercise(stage_of(12))
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert certified.verified()[0] == 0  # the line ends don't matter
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    code, said = certified.verified()
    assert code == 1 and said.count("\n- ") == 1 and "the page is about: s12_heads." in said


def test_a_page_whose_text_was_changed_does_not_hold(certified: Certified) -> None:
    text = certified.page.read_text(encoding="utf-8")
    certified.page.write_text(text.replace("12 of 100", "99 of 100"), encoding="utf-8")
    code, said = certified.verified()
    assert code == 1 and said.count("\n- ") == 1 and "somebody changed this one" in said


def test_a_page_that_claims_too_much_does_not_hold(certified: Certified) -> None:
    page = read_page(certified.page)[0]
    changed = replace(
        better(better(page, 1), 10),
        model=replace(page.model, own=19),
        trained=replace(page.trained, right=7),
        files=HASH,
    )
    certified.page.write_text(page_of(changed), encoding="utf-8")
    code, said = certified.verified("--model", "tiny_weights/trained")
    assert code == 1 and said.count("\n- ") == 6, said
    for words in (
        "- s01_vocabulary: the page says passed, 4 of 4 points, grading says not started, 0 of",
        "- s10_freqs_cis: the page says passed, 6 of 6 points, grading says failed, 0 of",
        "- About the tiny model, the page says: 234,780 parameters, says '42' with 19 of 19 stages",
        "- About the trained model, the page says: 234,780 parameters, says '42' with 3 of 19",
        "- The page's hashes of its files contradict each other.",
        "- The page's fingerprint doesn't match its files and its kata.",
    ):
        assert words in said, said
    assert "somebody changed it" not in said


def replace(one: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(one, **changes)


def better(one: Claims, number: int) -> Claims:
    """Return claims that a stage has passed."""
    points = stage_of(number).points
    stages = [
        replace(it, status="passed", points=points, most=points) if it.number == number else it
        for it in one.stages
    ]
    return replace(one, stages=tuple(stages))


def test_another_version_of_the_kata_is_a_remark(certified: Certified) -> None:
    suite = certified.clone.kata.suite(stage_of(1))
    suite.write_text(suite.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    code, said = certified.verified()
    assert code == 0 and "The page was written with another kata or other libraries" in said
    assert f"The page: {read_page(certified.page)[0].versions}." in said
    assert "only its results" in said and "; the page's is " in said


SOUND = page_of(claims())
BROKEN = {
    "empty": "",
    "another page": "<html></html>",
    "version": SOUND.replace("&#34;version&#34;:1", "&#34;version&#34;:2"),
    "seed": SOUND.replace("&#34;seed&#34;:999999", "&#34;seed&#34;:1000000"),
    "unknown field": SOUND.replace("&#34;seed&#34;:", "&#34;more&#34;:1,&#34;seed&#34;:"),
    "a stage twice": SOUND.replace("&#34;number&#34;:2,", "&#34;number&#34;:1,"),
    "no such stage": SOUND.replace("&#34;number&#34;:2,", "&#34;number&#34;:998,"),
    "negative points": SOUND.replace("&#34;points&#34;:4", "&#34;points&#34;:-4"),
    "long name": SOUND.replace("&#34;Ada&#34;", f"&#34;{'A' * 81}&#34;"),
    "short hash": SOUND.replace(HASH, HASH[:-1]),
    "deep": SOUND.replace('content="{', 'content="' + "[" * 100_000),
    "large": SOUND + " " * LARGEST,
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_is_no_page_is_refused(tmp_path: Path, text: str) -> None:
    assert text != SOUND
    path = tmp_path / "certificate.html"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="is not a page that"):
        read_page(path)


def test_another_file_is_not_overwritten(certified: Certified) -> None:
    other = certified.clone.root / "other.html"
    other.write_text("mine", encoding="utf-8")
    for out, words in (("other.html", "another file"), ("no/x.html", "no folder"), (".", "folder")):
        assert words in certified.refused("--out", out)
    assert other.read_text(encoding="utf-8") == "mine"


def test_what_cannot_be_done_is_said_before_grading(certified: Certified) -> None:
    verify = "--verify", "certificate.html"
    assert "writes no page" in certified.refused(*verify, "--name", "Bob")
    assert "--model no: there is no such folder" in certified.refused("--model", "no")
    for args in ((), verify):
        assert "lessons has no params.json" in certified.refused("--model", "lessons", *args)
    assert "80 fit on the page" in certified.refused("--name", "x" * 81)


def test_there_is_no_page_if_nothing_passes(tmp_path: Path) -> None:
    done = clone_into(tmp_path).run("certificate")
    assert done.returncode == 2 and "no stage passes yet" in done.stderr
    assert not (tmp_path / "certificate.html").exists()


def test_a_complete_kata_gets_all_points_and_the_speed(tmp_path: Path) -> None:
    clone = clone_into(tmp_path)
    clone.solve(*(one.name for one in CORE_STAGES), *(stage_of(one).name for one in WRITING))
    assert clone.run("certificate").returncode == 0
    found, text = read_page(tmp_path / "certificate.html")
    bonus = sum(stage_of(number).points for number in WRITING)
    assert found.points_in_words == f"100 of 100 points, {bonus} of 60 bonus points"
    assert found.is_complete and "in progress" not in text and "wrote Llama 3 by hand" in text
    assert found.model and (found.model.own, found.model.stages) == (19, 19)
    assert found.model.per_second and found.model.per_second > 10
    assert 'class="blank"' in text and found.name == ""
    assert f"grader check 22 23 24 --seed {found.seed}" in text
    assert "comes after it, and `grader certificate`" in clone.run("status").stdout


def test_dates_are_of_the_first_pass_where_that_is_known(certified: Certified) -> None:
    kata = certified.clone.kata
    known = read_state(kata, "progress.json", dict[str, Any])
    known["first_passed"] = {"9": "2025-12-24"}
    write_state(kata, "progress.json", known)
    assert certified.clone.run("certificate").returncode == 0
    page, text = read_page(certified.page)
    days = {one.number: (one.day, one.is_change) for one in page.stages if one.day}
    assert days[9] == (date(2025, 12, 24), False)
    changed = date.fromtimestamp(kata.exercise(stage_of(12)).stat().st_mtime)
    assert days[12] == (changed, True) and set(days) == {8, 9, 12}
    assert "2025-12-24<" in text and f"{changed}*<" in text and "A date with a star" in text


def test_claims_come_back_from_their_page() -> None:
    full = claims(NAME)
    assert claims_in(page_of(full)) == full


@pytest.mark.skipif(not chromium.is_installed(), reason="needs chromium and chromedriver")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_fullest_page_is_one_sheet_and_fits_a_phone(tmp_path: Path, language: str) -> None:
    path = tmp_path / "page.html"
    with reading(language):
        path.write_text(page_of(claims("W" * 80)), encoding="utf-8")
    with browser(tmp_path / "profile") as window:
        for width in (1000, 390):
            window.show(path, width)
            assert window.run("return document.documentElement.scrollWidth") <= width
        assert window.logged() == []
        printed = window.ask("print", {"page": {"width": 21.0, "height": 29.7}})
    assert len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed))) == 1
