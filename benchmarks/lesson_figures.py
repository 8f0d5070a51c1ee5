"""Compute the numbers in the lessons: `python -m benchmarks.lesson_figures 10`; default: all.

Each lesson has a file of the same name in benchmarks/figures/, whose functions compute the numbers
that the lesson shows. Numbers that depend on the machine, such as times, are only printed; all
others are tested (grader/tests/test_lesson_figures.py).
"""

import argparse
import os
import re
from fractions import Fraction
from pathlib import Path

from benchmarks.figures import LESSONS, Figures, figures_of
from grader.stage_names import find_stage

_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_FIGURE = re.compile(
    r"(?<![\w.,²³⁻])"  # not inside a word or a longer number
    r"(?:(?:(?<=[\s(\[|*])|(?<=^))-)?"  # a minus sign, not a hyphen inside a word
    r"(?:\d{1,3}(?:,\d{3})+|\d+/\d+|\d+)(?:\.\d+)?(?: · 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|e-?\d+)?"
    r"(?!(?!j\b)\w)(?!\.\d)",  # 0.8415j counts
    re.MULTILINE,
)
_NO_FIGURE = re.compile(
    r"^```(?!text)\w+\n.*?^```"  # commands and code
    r"|`[^`\n]+`"
    r"|(?<=\]\()[^)]*"  # where a link leads
    r"|^#+ [^\n]*"  # headings
    r"|<summary>.*?</summary>"
    r"|^Sources?:.*?(?=\n\n|\Z)"
    r"|\b[Ss](?:tage|ection)s? [\d.]*\d(?:(?:,| to| and) \d+)*"
    r"|\bAbout \d+ minutes(?:, \d+ lines?)?"  # `grader author` checks these
    r"|(?<![\w.,])(?:19|20)\d\d\b(?![.,]\d)"  # years
    r"|\b(?:Llama|Python) [\d.]*\d"
    r"|\b[A-Za-z]+-\d+\b",  # UTF-8, GPT-2
    re.MULTILINE | re.DOTALL,
)


def numbers_in(lesson: str) -> list[str]:
    """Return the numbers in a lesson's text that somebody must have computed or measured."""
    return _FIGURE.findall(_NO_FIGURE.sub(" ", lesson))


def rounds_to(value: float, shown: str, leeway: float = 0.0) -> bool:
    """Return whether a value, rounded to as many digits as are shown, is the number shown."""
    plain = shown.replace(",", "").replace(" · 10", "e").translate(_RAISED)
    mantissa, _, power = plain.partition("e")
    if "/" in mantissa:
        return abs(value - float(Fraction(mantissa))) < 1e-9
    step = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))
    return abs(value - float(plain)) <= step * (0.5 + 1e-6) + leeway * abs(value)


def vocabulary_path() -> Path | None:
    """Return the real vocabulary's file, if `LLAMA3_DIR` names a folder that has it."""
    path = Path(os.environ.get("LLAMA3_DIR", ""), "tokenizer.model")
    return path if path.is_file() else None


def main() -> None:
    """Print every number in the lessons beside its computed value."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lessons", nargs="*", metavar="STAGE", help="or after_42; default: all")
    for lesson in map(_name_of, parser.parse_args().lessons or LESSONS):
        print(lesson)
        for one in figures_of(lesson):
            _print_figures(one)


def _name_of(lesson: str) -> str:
    return lesson if lesson in LESSONS else find_stage(lesson).name


def _print_figures(one: Figures) -> None:
    vocabulary = vocabulary_path()
    if one.of_vocabulary and vocabulary is None:
        print(f"  {one.name}: needs the real vocabulary, in the folder that LLAMA3_DIR names")
        return
    values = one.compute(vocabulary) if one.of_vocabulary else one.compute()
    print(f"  {one.name}{' (on this machine)' if one.on_machine else ''}")
    for shown, value in zip(one.shown, values, strict=True):
        sound = one.on_machine or rounds_to(float(value), shown, one.leeway)
        print(f"    {shown:>16}  {float(value):<14.8g}{'' if sound else '  DIFFERS'}")


if __name__ == "__main__":
    main()
