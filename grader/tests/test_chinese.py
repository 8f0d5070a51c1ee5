"""What a reader of Chinese sees: help, notebooks, the pictures in a verdict."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from grader.author.translations import read_catalogue
from grader.cli import main
from grader.cli.base import IN_ENGLISH
from grader.kata import Kata
from grader.language import LOCALES, tr
from grader.notebook.message_parts import Heat, Pair, parts_of
from grader.notebook.write_notebooks import PACKAGE, notebook_of
from grader.sandbox import Level
from grader.stages import STAGES, part_of
from grader.tests.help_in_any_language import forget_help
from grader.untrusted.level_in_words import level_in_words

COMMANDS = [name for name in main.commands if name not in IN_ENGLISH]
_ENGLISH = re.compile(r"\b[a-z']{2,} [a-z']{2,} [a-z']{2,}\b")
_HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "zh")


def printed(*args: str) -> str:
    forget_help()
    return CliRunner().invoke(main, args).output


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_chinese_and_no_wider_than_a_terminal(command: str) -> None:
    page = printed(*filter(None, [command, "--help"]))
    told, _, _ = page.partition("例子：" if command else "\x00")  # examples are commands
    assert _HAN.search(told) and "选项：" in told and "Options" not in told
    assert [line for line in told.splitlines() if cell_len(line) > 80] == []
    assert [line for line in told.splitlines() if _ENGLISH.search(line)] == []


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("args", [("check", "--nonsense"), ("nonsense",), ("watch", "--seed", "x")])
def test_a_wrong_command_is_refused_in_chinese(args: tuple[str, ...]) -> None:
    said = printed(*args)
    assert "错误：" in said and "用法：" in said and not _ENGLISH.search(said)


def test_the_language_of_help_can_change(monkeypatch: pytest.MonkeyPatch) -> None:
    pages: dict[str, str] = {}
    for language in ("en", "zh", "en"):
        monkeypatch.setenv("LANGUAGE", language)
        page = printed("hint", "--help")
        assert pages.setdefault(language, page) == page
    assert "  Examples:\n" in pages["en"] and "  例子：\n" in pages["zh"]


@pytest.mark.usefixtures("chinese")
def test_notebooks_have_the_chinese_lessons(kata: Kata) -> None:
    for part in dict.fromkeys(map(part_of, STAGES)):
        stages = [stage for stage in STAGES if part_of(stage) == part]
        cells = notebook_of(kata, part, stages, PACKAGE)["cells"]
        sources = {cell["id"]: cell["source"] for cell in cells}
        for stage in stages:
            lesson = sources[f"{stage.name}-lesson"]
            if (kata.lesson(stage).parent / "zh" / f"{stage.name}.md").is_file():
                assert lesson.startswith(f"# 第 {stage.number} 关：")
                assert "\n## 提示" not in lesson and "\n## 检查一下" not in lesson
                assert lesson.count("](data:image/svg+xml;base64,") == lesson.count("![")
                assert "来源：" not in lesson.rpartition("\n\n")[2]
        assert _HAN.search(sources["about"]) and _HAN.search(sources["setup"])


@pytest.mark.usefixtures("chinese")
def test_pictures_are_found_in_a_chinese_message() -> None:
    left, right = tr("expected"), tr("got (* is wrong)")
    pair = f"不对\n  {left}{' ' * (12 - cell_len(left))}{right}\n  1 2         1 3*\n"
    (_, found) = parts_of(pair)
    assert found == Pair([["1", "2"]], [["1", "3"]], [[False, True]])
    legend = "2 行 3 列，每个值一个标记："
    heat = f"不对\n  {legend}\n  `.` 正确；`-`、`+`、`#` 越来越不对\n  ..-\n  #+.\n"
    (_, map_) = parts_of(heat)
    assert map_ == Heat(legend.rstrip("："), ["..-", "#+."])


@pytest.mark.parametrize(
    "level", [Level(0, False), Level(0, True), Level(0, True, own_user=True), Level(7, True)]
)
def test_the_sandbox_is_described_in_english_as_reports_do(
    level: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    assert level_in_words(level) == str(level)
    monkeypatch.setenv("LANGUAGE", "zh")
    assert _HAN.search(level_in_words(level)) and not _ENGLISH.search(level_in_words(level))


@pytest.mark.usefixtures("chinese")
def test_a_folder_of_ones_own_is_made_in_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "准备好了" in printed("init", "mine")
    assert "# 我的 Llama 3 kata" in (tmp_path / "mine/README.md").read_text(encoding="utf-8")
    assert "已经是最新的" in printed("init", "mine")


def test_one_message_has_one_translation() -> None:
    """Catalogues are read as one, so of two translations of a message only one would be shown."""
    found: dict[str, set[str]] = {}
    for file in sorted((LOCALES / "zh" / "LC_MESSAGES").glob("*.po")):
        for message in read_catalogue(file, "zh"):
            if message.id:
                found.setdefault(str(message.id), set()).add(str(message.string))
    assert {english: ours for english, ours in found.items() if len(ours) > 1} == {}
