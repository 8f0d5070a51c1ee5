"""README's picture of a verdict shows what `grader watch` prints today."""

import re

from grader.author.watch_picture import draw, picture_of
from grader.kata import Kata


def words_of(svg: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", svg.partition("</defs>")[2]).split())


def test_the_picture_is_up_to_date(kata: Kata) -> None:
    shown, now = words_of(picture_of(kata).read_text(encoding="utf-8")), words_of(draw(kata))
    assert "known&#160;mistake" in now
    assert shown == now, "`python -m grader.author.watch_picture` draws it"
