"""`grader class likeness`: what it finds, what it leaves alone, and its page."""

import io
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from grader.classroom.likeness.code_tokens import MOST_CHARACTERS, tokens_of
from grader.classroom.likeness.compare_stage import compare_stage
from grader.classroom.likeness.equal_parts import MOST_LINES, sides_of
from grader.classroom.likeness.run_likeness import given_to_all, run_likeness
from grader.classroom.likeness.winnowing import LENGTH, WINDOW, k_grams, winnow
from grader.editions import find_kata
from grader.errors import UsageError
from grader.stages import stage_of
from grader.tests.chromium import Browser, browser, is_installed
from grader.tests.clone import run_grader
from grader.tests.copied_class import Files, class_with_copies, write_results
from grader.tests.nasty_class import NASTY
from grader.tests.test_export_pages import Reader

KATA = find_kata()
NINTH = "s09_rms_norm.py"
GIVEN = given_to_all(KATA, stage_of(9))
STUB, REFERENCE = GIVEN
HEAD = STUB.partition("    raise NotImplementedError")[0]
OWN = """    squares = [float(value) ** 2 for value in x.flatten()]
    scale = (sum(squares) / len(squares) + eps) ** -0.5
    pairs = zip(x.tolist(), weight.tolist(), strict=True)
    return torch.tensor([scale * left * right for left, right in pairs])
"""
DISGUISED = """    # my own idea
    sq = [
        float(v)**2
        for v in x.flatten()
    ]; s = (sum(sq) / len(sq) + eps) ** -0.5
    both = zip(x.tolist(), weight.tolist(), strict=True,)
    'and here comes the result'
    return torch.tensor([s * a * b for a, b in both])  # done
"""
OTHERS = (
    "    return x / x.norm(dim=-1, keepdim=True) * x.shape[-1] ** 0.5 * weight\n",
    "    out = torch.empty_like(x)\n    for i in range(len(x)):\n        out[i] = x[i] + weight\n",
    "    while eps > 0:\n        eps = eps - 1\n    print(x, weight)\n    return torch.zeros(3)\n",
    "    import math\n    assert math.isfinite(eps)\n    return x.mul(weight).div_(math.pi)\n",
)


def kinds(text: str) -> list[str]:
    return [token.kind for token in tokens_of(text)]


def listed(class_: dict[str, Files], results: Path) -> str:
    """Run the command and return what it prints."""
    write_results(class_, results)
    printed = io.StringIO()
    run_likeness(KATA, Console(file=printed, width=200), results, None)
    return printed.getvalue()


def class_of(*texts: str) -> dict[str, Files]:
    return {f"person {number}": {NINTH: text} for number, text in enumerate(texts)}


def test_copies_stand_on_top_of_the_class_and_far_above_the_honest(tmp_path: Path) -> None:
    class_, copies = class_with_copies(seed=1, honest=27, copies=3)
    lines = [line.split() for line in listed(class_, tmp_path).splitlines() if ". " in line[:5]]
    found = [frozenset((f"{one[2]} {one[3]}", f"{one[5]} {one[6][:-1]}")) for one in lines]
    assert set(found[:3]) == copies
    weights = [float(one[1]) for one in lines]
    assert weights[3] < 0.7 * weights[2]


def test_names_comments_texts_and_layout_make_no_difference() -> None:
    assert kinds(HEAD + OWN) == kinds(HEAD + DISGUISED)


@pytest.mark.parametrize(
    "other", ["x.sum(0)", "x.mean(1)", "x.mean(dim=0)", "len(x.mean(0))", "(-x).mean(0)"]
)
def test_what_a_library_or_the_language_names_makes_a_difference(other: str) -> None:
    assert kinds("y = x.mean(0)") != kinds(f"y = {other}")


def test_a_disguised_copy_is_alike_and_different_code_is_not() -> None:
    texts = [HEAD + body for body in (OWN, DISGUISED, *OTHERS)]
    found = compare_stage(texts, GIVEN)
    assert found.likeness[0, 1] == 1 and not found.identical[0, 1]
    assert found.alike.sum() == 2 + len(texts)  # the pair both ways, and everybody with themselves


def test_statements_in_another_order_are_still_alike() -> None:
    lines = OWN.splitlines(keepends=True)
    moved = "".join([lines[2], lines[0], lines[1], lines[3]])
    found = compare_stage([HEAD + body for body in (OWN, moved, *OTHERS)], GIVEN)
    assert 0.4 < found.likeness[0, 1] < 1


def test_the_stub_and_the_reference_count_for_nothing() -> None:
    for text in (STUB, REFERENCE, REFERENCE.replace("x32", "wide").replace("    #", "# ")):
        found = compare_stage([text, text.replace("mean_square", "power"), *OTHERS], GIVEN)
        assert not found.alike[0, 1]


def test_what_a_third_of_the_class_has_counts_for_nothing() -> None:
    few = compare_stage([HEAD + body for body in (OWN, DISGUISED, *OTHERS)], GIVEN)
    many = compare_stage([HEAD + body for body in (OWN, DISGUISED, OWN, OWN, *OTHERS)], GIVEN)
    assert few.likeness[0, 1] == 1 and many.likeness[0, 1] == 0


def test_the_same_file_is_found_even_if_its_code_is_the_references() -> None:
    texts = [REFERENCE + "# I wonder why\n", REFERENCE.replace("\n", "\r\n") + "# I wonder why"]
    found = compare_stage([*texts, *(HEAD + body for body in OTHERS)], GIVEN)
    assert found.identical[0, 1] and found.alike[0, 1]
    assert not compare_stage([REFERENCE, REFERENCE, *OTHERS], GIVEN).identical[0, 1]
    assert not compare_stage(["", "", *OTHERS], GIVEN).identical[0, 1]


def test_what_many_pairs_have_in_common_weighs_little() -> None:
    others = [HEAD + body for body in OTHERS]
    rare = compare_stage([HEAD + OWN, HEAD + OWN, *others, "", "", ""], GIVEN)
    usual = compare_stage([HEAD + OWN] * 3 + [HEAD + OTHERS[0]] * 3 + ["", "", ""], GIVEN)
    assert rare.identical[0, 1] and usual.identical[0, 1]
    assert rare.weight[0, 1] > usual.weight[0, 1] > 0


def test_runs_as_long_as_winnowing_promises_share_a_fingerprint() -> None:
    rng = random.Random(3)
    words = ["a.b", "+ 1", "[2]", "- 3", "* 4", "/ 5", "% 6", "@ 7"]
    shared = " ".join(rng.choices(words[1:], k=LENGTH + WINDOW))
    for _ in range(50):
        left, right = (" ".join(rng.choices(words[1:], k=20)) for _ in range(2))
        files = (f"x = a {left} {shared} {right}", f"y = a {right} {shared} {left}")
        assert winnow(k_grams(tokens_of(files[0]))) & winnow(k_grams(tokens_of(files[1])))


def test_code_is_read_and_never_run(tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    attack = f"open({str(trap)!r}, 'w').write('owned')\nraise SystemExit(3)\n"
    listed(class_of(attack, attack, *OTHERS), tmp_path / "results")
    assert not trap.exists()


@pytest.mark.parametrize(
    "text",
    [
        *("(" * 90_000, "def f(:\n  '''", "\0", "x = '\ud800'", "\t" * 300 + "x", "if 1:\n" * 200),
        *("\\\n" * 50_000, '"""' + "a\n" * 90_000, "x=1;" * 60_000, "é" * 90_000, "?$!\f\x1b[31m"),
        *("\n".join(" " * depth + "if x:" for depth in range(150)), "f'{" * 40_000, "0_" * 90_000),
    ],
    ids=range(14),
)
def test_any_text_is_compared_in_a_moment(text: str) -> None:
    begun = time.process_time()
    assert len(tokens_of(text)) <= MOST_CHARACTERS + 9
    compare_stage([text, text, HEAD + OWN], GIVEN)
    sides_of(text, text, STUB, frozenset())
    assert time.process_time() - begun < 5


def test_what_comes_before_broken_code_is_compared() -> None:
    broken = DISGUISED + "    return (((\n'''"
    found = compare_stage([HEAD + body for body in (OWN, broken, *OTHERS)], GIVEN)
    assert found.likeness[0, 1] > 0.8


def test_both_sides_show_what_is_equal_without_the_stub() -> None:
    left, right = sides_of(HEAD + OWN, HEAD + DISGUISED, STUB, frozenset())
    marked = ["".join(piece.text for piece in line if piece.is_equal) for line in left]
    assert "squares = [float(value) ** 2 for value in x.flatten()]" in marked
    shown = "\n".join("".join(piece.text for piece in line) for line in right)
    assert "# my own idea" in shown and "Args:" not in shown and "def rms_norm" in shown
    assert not any(piece.is_equal for line in right for piece in line if "my own" in piece.text)


def test_a_long_side_is_cut() -> None:
    left, _ = sides_of("x = 1\n" * 5000 + "y" * 10_000, "", STUB, frozenset())
    assert len(left) == MOST_LINES + 1 and left[-1][0].text == "... and more"
    (line,), _ = sides_of("y" * 10_000, "", STUB, frozenset())
    assert len(line[0].text) < 200


def test_a_group_that_shares_everything_is_listed_pair_by_pair(tmp_path: Path) -> None:
    texts = [HEAD + body for body in (OWN, DISGUISED, OWN.replace("scale", "s"), *OTHERS * 2)]
    printed = listed(class_of(*texts), tmp_path)
    for pair in ("person 0 and person 1", "person 0 and person 2", "person 1 and person 2"):
        assert pair in printed


def test_the_list_and_the_page_are_worded_as_a_hint(tmp_path: Path) -> None:
    texts = [HEAD + body for body in (OWN, DISGUISED, *OTHERS)]
    printed = listed(class_of(*texts), tmp_path)
    assert "This is a hint and no verdict" in printed
    assert "person 0 and person 1: alike in 1 of 1 stages; most of all s09" in printed
    text = " ".join(Reader((tmp_path / "likeness.html").read_text(encoding="utf-8")).text.split())
    assert "These two have 1 of 1 stages in common. Short functions are often alike by" in text
    for word in ("cheat", "plagiar", "guilty", "suspect", "copied"):
        assert word not in text.lower() and word not in printed.lower()


def test_a_class_without_likenesses_is_told_so(tmp_path: Path) -> None:
    printed = listed(class_of(*(HEAD + body for body in OTHERS)), tmp_path)
    assert "No two of them are alike in any stage" in printed
    assert "No two submissions are alike" in (tmp_path / "likeness.html").read_text("utf-8")


def nasty_page(results: Path) -> Path:
    """Write the page of a class with nasty names and nasty code."""
    class_: dict[str, Files] = {}
    for number, text in enumerate(NASTY):
        code = f"{HEAD}{OWN}    # {text}\n" if 8 <= number < 12 else f"{HEAD}{OTHERS[number % 4]}"
        class_[f"{text} {number}"] = {NINTH: code.encode(errors="replace").decode()}
    listed(class_, results)
    return results / "likeness.html"


def test_nasty_names_and_code_are_read_as_text(tmp_path: Path) -> None:
    page = nasty_page(tmp_path).read_text(encoding="utf-8")
    read = Reader(page)
    assert read.open == []
    tags = {tag for tag, _ in read.tags}
    assert tags.isdisjoint({"script", "img", "link", "iframe", "object", "base", "form"})
    assert '=HYPERLINK("http://x") 0' in read.text and "\x1b" not in page and "\u202e" not in page
    assert len(page) < 1_000_000


@pytest.mark.skipif(not is_installed(), reason="chromium is not installed here")
def test_chromium_shows_the_page_wide_and_narrow(tmp_path: Path, chromium: Browser) -> None:
    page = nasty_page(tmp_path)
    for width in (420, 1200):
        for dark in (False, True):
            chromium.show(page, width, dark)
            chromium.run("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert chromium.run("return document.documentElement.scrollWidth") <= width
            assert chromium.logged() == []
            sides = "[...document.querySelectorAll('.sides > div')].slice(0, 2)"
            left, right = chromium.run(f"return {sides}.map(one => one.offsetLeft)")
            assert (left < right) == (width == 1200)


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as started:
        yield started


def test_a_folder_that_keeps_no_files_is_refused(tmp_path: Path) -> None:
    write_results({"a": {}, "b": {}}, tmp_path)
    with pytest.raises(UsageError, match="has no graded files"):
        run_likeness(KATA, Console(file=io.StringIO()), tmp_path, None)
    write_results({"a": {NINTH: OWN}}, tmp_path / "one")
    with pytest.raises(UsageError, match="nothing to compare"):
        run_likeness(KATA, Console(file=io.StringIO()), tmp_path / "one", None)


def test_a_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    results, secret = tmp_path / "results", tmp_path / "secret.py"
    write_results(class_of(HEAD + OWN, *OTHERS), results)
    secret.write_text(HEAD + DISGUISED, encoding="utf-8")
    kept = results / "submissions" / "key1" / "files" / NINTH
    kept.unlink()
    kept.symlink_to(secret)
    run_likeness(KATA, Console(file=io.StringIO()), results, None)
    assert "my own idea" not in (results / "likeness.html").read_text(encoding="utf-8")


def test_the_command_writes_the_page_where_it_is_told(tmp_path: Path) -> None:
    results, page = tmp_path / "results", tmp_path / "page.html"
    write_results(class_of(*(HEAD + body for body in (OWN, DISGUISED, *OTHERS))), results)
    done = run_grader("class", "likeness", str(results), "--out", str(page))
    assert done.returncode == 0 and f"Open {page}" in done.stdout
    assert page.exists() and not (results / "likeness.html").exists()
    refused = run_grader("class", "likeness", str(tmp_path))
    assert refused.returncode == 2 and "it has no results of `grader class grade`" in refused.stderr
