"""`grader certificate` in another language: the same claims, which are checked in any language."""

import html
from pathlib import Path

from grader.certificate.page import claims_in, language_of, page_of
from grader.language import reading
from grader.tests.clone import clone_into
from grader.tests.test_certificate import NAME, claims


def test_a_page_in_another_language_makes_the_same_claims() -> None:
    full = claims(NAME)
    with reading("zh"):
        text = page_of(full)
    assert claims_in(text) == full and language_of(text) == "zh"
    assert "这份证书能说明什么" in text and "What this page is worth" not in text
    assert "<script" not in text and html.escape("<script>") in text
    assert language_of(page_of(full)) == "en"
    assert language_of(text.replace('lang="zh"', 'lang="xx"')) == "en"


def test_a_page_is_checked_in_any_language(tmp_path: Path) -> None:
    clone = clone_into(tmp_path)
    clone.solve("s09_rms_norm")
    written = clone.run("certificate", "--name", "王小明", LANGUAGE="zh")
    assert written.returncode == 0 and "通过 1 / 20 关" in written.stdout, written.stderr
    page = tmp_path / "certificate.html"
    text = page.read_text(encoding="utf-8")
    assert "<bdi>王小明</bdi>" in text and "正在亲手写 Llama 3" in text
    page.write_text(text.replace("正在亲手写", "亲手写出了"), encoding="utf-8")
    done = clone.run("certificate", "--verify", "certificate.html")
    assert done.returncode == 1 and done.stdout.count("\n- ") == 1, done.stdout
    assert "somebody changed this one" in done.stdout
    page.write_text(text, encoding="utf-8")
    done = clone.run("certificate", "--verify", "certificate.html")
    assert done.returncode == 0 and "The page holds for the files here" in done.stdout, done.stdout
