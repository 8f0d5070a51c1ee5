"""The options about grades that several of the teacher's commands have."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

_AGAIN = "  [default: the last run's; none: without]"
_OPTIONS = {
    "weights": ("FILE", "A CSV with what each stage counts at most: stage,points."),
    "bonus_cap": ("N", "Count stages 21 and up as extra credit, at most N points."),
    "late_policy": ("TEXT", "'due 2026-12-01 23:59, 10% per day, at most 50%, 3 hours grace'"),
    "late": ("FILE", "A CSV of who was late, where the download can't tell: name,days_late."),
    "overrides": ("FILE", "A CSV with grades that you decide yourself: name,points,reason."),
}


def grade_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options; the command gets those that were given in one mapping, `rules`."""

    @wraps(command)
    def with_rules(**given: Any) -> None:
        rules = {name: given.pop(name) for name in _OPTIONS}
        command(rules={name: text for name, text in rules.items() if text is not None}, **given)

    made: Callable[..., None] = with_rules
    for name, (metavar, words) in reversed(_OPTIONS.items()):
        option = f"--{name.replace('_', '-')}"
        made = click.option(option, name, metavar=metavar, help=words + _AGAIN)(made)
    return made
