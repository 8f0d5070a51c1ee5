"""Translations: nothing is missing or stale, nothing is hard-coded, and nothing breaks a layout."""

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len
from rich.console import Console

from grader import language
from grader.author import find_messages, translation_problems
from grader.author.find_messages import catalogue_of_stage, catalogues_of_program
from grader.author.translated_numbers import number_differences
from grader.author.translated_pages import page_problems, record
from grader.author.translations import mo_bytes, read_catalogue
from grader.cli import main
from grader.kata import Kata
from grader.language import tr, tr_n
from grader.learn.lesson import lesson_text
from grader.report.markdown_in_terminal import laid_out
from grader.report.wide_text import wrap_cells
from grader.stages import STAGES, stage_of
from grader.tests.clone import clone_into
from grader.tests.help_in_any_language import forget_help

LANGUAGES = [one for one in language.languages() if one != language.ENGLISH]
COLUMNS = 80


@pytest.fixture(scope="module")
def pseudo_locale(kata: Kata, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogues of a language whose words are English with accents, and a third longer."""
    messages = tmp_path_factory.mktemp("locale") / "xx" / "LC_MESSAGES"
    messages.mkdir(parents=True)
    stages = {one.name: catalogue_of_stage(kata, one) for one in map(stage_of, (9, 13))}
    for name, catalogue in (stages | catalogues_of_program(kata)).items():
        for message in catalogue:
            if message.id:
                forms = [message.id] if isinstance(message.id, str) else message.id
                words = [pseudo_words(form) for form in forms]
                message.string = words[0] if isinstance(message.id, str) else words
        (messages / f"{name}.mo").write_bytes(mo_bytes(catalogue))
    return messages.parents[1]


@pytest.fixture
def pseudo(pseudo_locale: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(language, "LOCALES", pseudo_locale)
    monkeypatch.setenv("LANGUAGE", "xx")
    forget()
    yield
    forget()


def forget() -> None:
    for cached in (language._first_known, language._catalogue):
        cached.cache_clear()
    forget_help()


PLAIN, ACCENTED = "aceinosuyzAEINOSUZ", "áčéíñóšúýžÁÉÍÑÓŠÚŽ"
KEPT = re.compile(r"(`[^`]*`|\{[^{}]*\}|\n)")


def pseudo_words(text: str) -> str:
    """Return a message with accents on its words, and a third longer; code stays as it is."""
    parts = KEPT.split(text)
    changed = [
        part
        if index % 2
        else part.translate(str.maketrans(PLAIN, ACCENTED)) + "·" * (len(part) // 3)
        for index, part in enumerate(parts)
    ]
    return "".join(changed)


WRONG = {
    9: "    return x / (x.pow(2).mean(-1, keepdim=True).sqrt() + eps) * weight",  # a known mistake
    13: "    return q @ k.T * 3",  # located
}
COMMANDS = ("", "lesson", "hint", "check", "watch", "compare", "plot", "answer", "train")
NAMES = {"grader", "lesson", "watch", "exercises", "weight", "float", "zeros", "True", "keepdim"}
HARD_CODED = re.compile(rf"\b[A-Za-z]*[{PLAIN}][A-Za-z]*\b")


def hard_coded(shown: str) -> set[str]:
    """Return the words without an accent that are neither code nor a name."""
    code = r"`[^`]*`|\w*(?:[_=\d]|[/.](?=\w))[\w/.=]*|-[\w-]+|\w+\(.*|[A-Z_]{2,}"
    told = re.sub(code, " ", shown)
    return {word for word in HARD_CODED.findall(told) if len(word) > 2} - NAMES


@pytest.mark.usefixtures("pseudo")
def test_no_word_of_the_map_is_hard_coded_and_long_ones_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kata").mkdir()
    monkeypatch.chdir(clone_into(tmp_path / "kata").root)
    shown = CliRunner().invoke(main, ["status"]).output
    rows = [line for line in shown.splitlines() if re.match(r"[ >] s(09|13)  ", line)]
    assert len({row.index("· ") for row in rows} | {len(row) for row in rows}) <= 3
    assert max(map(cell_len, shown.splitlines())) <= COLUMNS
    kept = [line for line in shown.splitlines() if not re.match(r"[ >] s\d\d|  grader", line)]
    assert hard_coded("\n".join([*kept, *rows])) == set()


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize("number", WRONG)
def test_no_word_of_a_verdict_is_hard_coded(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kata").mkdir()
    clone, stage = clone_into(tmp_path / "kata"), stage_of(number)
    stub = (clone.root / "exercises" / f"{stage.name}.py").read_text(encoding="utf-8")
    clone.write(stage.name, re.sub(r"    raise NotImplementedError.*", WRONG[number], stub))
    monkeypatch.chdir(clone.root)
    shown = CliRunner().invoke(main, ["check", str(number), "--seed", "3"]).output
    assert "FAIL" in shown
    assert hard_coded(shown) == set()


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize("command", COMMANDS)
def test_no_word_of_help_is_hard_coded_and_long_ones_fit(command: str) -> None:
    shown = CliRunner().invoke(main, [*filter(None, [command]), "--help"]).output
    told = shown.partition("Éxáḿ")[0]
    assert max(map(cell_len, told.splitlines())) <= COLUMNS


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "zh")


@pytest.mark.parametrize(
    ("settings", "chosen"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "fr:zh:en"}, "zh"),
        ({"LANG": "C.UTF-8", "LC_MESSAGES": "zh"}, "zh"),
        ({"LANG": "zh", "LC_ALL": "C"}, "en"),
        ({"LANG": "sv_SE"}, "en"),
        ({}, "en"),
    ],
)
def test_the_environment_chooses_in_the_order_of_gettext(
    settings: dict[str, str], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert language.language() == chosen


def test_an_option_goes_before_the_folders_choice_and_that_before_the_environment(
    tmp_path: Path,
) -> None:
    clone = clone_into(tmp_path)
    english, chinese = "0 of 20 stages done", "完成 0 / 20 关"
    assert english in clone.run().stdout
    assert chinese in clone.run(LANGUAGE="zh").stdout
    assert chinese in clone.run("--lang", "zh").stdout
    assert english in clone.run().stdout, "--lang is for one command"
    assert "zh" in clone.run("language", "zh").stdout
    assert chinese in clone.run().stdout
    assert english in clone.run("--lang", "en").stdout
    assert clone.run("language", "xx").returncode == 2


def test_half_a_sentence_is_never_translated(pseudo: None) -> None:
    known = tr("done")
    assert known != "done"
    assert tr("{status} (as before)", status=known) != f"{known} (as before)"
    assert tr("nobody knows this: {status}", status=known) == "nobody knows this: done"
    unknown = tr("nobody translated this")
    assert tr("{status} (as before)", status=unknown) == "nobody translated this (as before)"


def test_plurals_follow_the_count(chinese: None) -> None:
    assert [tr_n("{count} test", "{count} tests", count) for count in (1, 2)] == [
        "1 项测试",
        "2 项测试",
    ]


def test_a_space_separates_chinese_from_a_value_in_latin_letters(chinese: None) -> None:
    change = tr("what you'd get with {change}", change="eps=0")
    assert tr("You return {how}.", how=change) == "你返回的是 eps=0 时会得到的结果。"
    assert tr("You return {how}.", how=tr("the expected text")) == "你返回的是预期的文本。"


def test_a_message_that_is_an_f_string_is_refused(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('tr("fine {a}", a=1)\ntr(f"{a} is not")\n')
    with pytest.raises(ValueError, match=r"module\.py, line 2"):
        list(find_messages._in_code(module))
    module.write_text('f"{tr(\'inside {a}\', a=1)}"\ntr_n("one", "many", 3)\nmark("a constant")\n')
    found = [message for message, _ in find_messages._in_code(module)]
    assert sorted(found, key=str) == [("one", "many"), "a constant", "inside {a}"]


def test_messages_in_a_template_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("""<p>{{ tr("it's {a}", a=1) }} {{ tr_n("one", "many", 3) }} {{ tr(x) }}</p>""")
    assert list(find_messages._in_template(page)) == ["it's {a}", ("one", "many")]


def test_no_translation_of_the_program_is_missing_or_stale(kata: Kata) -> None:
    assert translation_problems.problems_of_program(kata) == []


def test_a_stage_that_changed_in_english_is_named(kata: Kata, tmp_path: Path) -> None:
    english, page = kata.lesson(stage_of(9)), tmp_path / "lessons" / "zh" / "s09_rms_norm.md"
    page.parent.mkdir(parents=True)
    shutil.copy(kata.root / "lessons" / "zh" / english.name, page)
    changed = page.parent.parent / english.name
    changed.write_text(english.read_text().replace("the numbers explode", "the numbers grow"))
    (problem,) = page_problems(changed, page, "the page")
    assert "the page is stale" in problem and "the numbers grow" in problem
    record(page)
    assert page_problems(changed, page, "the page") == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("11.03", "11.3", "the number 11.03 is missing"),
        ("`weight`，", "权重，", "code is missing, `weight`"),
        ("（第 17 关", "(第 17 关", ""),
        ("注意力之前缩放一次，", "注意力之前缩放一次,", "punctuation"),
        ("## 公式", "公式", "a paragraph stands for a heading"),
        ("https://arxiv.org/abs/1607.06450", "https://arxiv.org/abs/1607", "a link is missing"),
    ],
)
def test_a_page_that_differs_from_the_english_is_named(
    kata: Kata, tmp_path: Path, old: str, new: str, problem: str
) -> None:
    english = kata.lesson(stage_of(9))
    text = (kata.root / "lessons" / "zh" / english.name).read_text(encoding="utf-8")
    assert old in text
    page = tmp_path / "page.md"
    page.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert problem in "".join(page_problems(english, page, "the page"))


def test_numbers_may_be_written_as_the_language_does() -> None:
    assert number_differences("2.7 million in June 2023", "2023 年 6 月有 270 万") == []
    assert number_differences("8,030,261,248 weights", "8,030,261,248 个权重") == []
    assert number_differences("15.6 trillion tokens", "15.6 万亿个词元") == []
    assert number_differences("5 of 6", "5 / 7") == [
        "the number 6 is missing",
        "the number 7 was added",
    ]


def test_chinese_lines_break_between_characters_but_not_before_a_comma() -> None:
    text = "你的代码先开平方根，然后才加 `eps`，所以（在这里）结果相差很远。"
    for width in range(10, 60):
        lines = wrap_cells(text, width)
        assert all(cell_len(line) <= width for line in lines)
        assert not any(line[0] in "，。）" or line[-1] == "（" for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("columns", [80, 60])
def test_a_lessons_lines_are_full_and_none_begins_with_a_comma(kata: Kata, columns: int) -> None:
    console = Console(width=columns, file=io.StringIO())
    shown = laid_out(console, lesson_text(kata, stage_of(9)), columns)
    lines = [line.rstrip() for line in shown.splitlines()]
    assert "\x1c" not in shown and max(map(cell_len, lines)) <= columns
    assert not [line for line in lines if re.match(r"\s*[，。；：？！、”）]", line)]
    first = next(index for index, line in enumerate(lines) if line.startswith("每一层都会"))
    assert cell_len(lines[first]) > columns - 8  # it is not broken at the first space


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_maps_columns_line_up(name: str, tmp_path: Path) -> None:
    shown = clone_into(tmp_path).run(LANGUAGE=name, COLUMNS=str(COLUMNS)).stdout.splitlines()
    rows = [line for line in shown if re.match(r"[ >] s\d\d  ", line)]
    assert len(rows) == len(STAGES)
    assert len({cell_len(row[: row.index(" / ")]) for row in rows}) == 1
    assert max(map(cell_len, shown)) <= COLUMNS


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_compiled_catalogue_is_read(name: str) -> None:
    folder = language.LOCALES / name / "LC_MESSAGES"
    for path in folder.glob("*.po"):
        for message in read_catalogue(path, name):
            if isinstance(message.id, str) and message.id:
                assert language._catalogue(name).gettext(message.id) != message.id or (
                    message.string == message.id
                )
