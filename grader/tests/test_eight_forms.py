"""What course systems export: every hand-in found, and everybody matched or left open rightly.

The exports are made by `course_systems/`, written from the systems' own source or documentation.
`python -m benchmarks.eight_forms` prints the figures for classes of 300.
"""

from pathlib import Path

import pytest

from grader.tests.course_systems.forms import FORMS, Form
from grader.tests.course_systems.measure import measure
from grader.tests.course_systems.people import People, invent_people


@pytest.fixture(scope="module")
def people() -> People:
    return invent_people(30, seed=16)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_everything_is_found_and_nobody_gets_somebody_elses_grade(
    form: Form, people: People, tmp_path: Path
) -> None:
    figures = measure(*form.write(people, tmp_path))
    assert figures.are_perfect, "\n".join([figures.kind, *figures.lines])
    assert figures.found == figures.matched + figures.open_rightly == figures.hand_ins > 0
