"""The eight forms in which classes are handed to a teacher, each as a folder or as a zip."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.tests.course_systems.canvas import canvas
from grader.tests.course_systems.export import Export
from grader.tests.course_systems.git_hosts import classroom_50, github_classroom
from grader.tests.course_systems.gradescope import gradescope
from grader.tests.course_systems.moodle import moodle_blind, moodle_flat, moodle_folders
from grader.tests.course_systems.people import People
from grader.tests.course_systems.plain import plain_archives


@dataclass(frozen=True)
class Form:
    """A form of download."""

    name: str
    export: Callable[[People], Export]
    within: str | None = None  # the folder that its zip begins with; None if it comes without one
    is_zipped: bool = False

    def write(self, people: People, folder: Path) -> tuple[Export, Path, Path]:
        """Export a class, write it, and return it with the paths of the download and the roster."""
        made = self.export(people)
        if self.is_zipped:
            assert self.within is not None
            return made, *made.write_zip(folder, self.within)
        return made, *made.write(folder)


_FOLDERS = (
    Form("Moodle, folders", moodle_folders, ""),
    Form("Moodle, flat", moodle_flat, ""),
    Form("Moodle, blind", moodle_blind, ""),
    Form("Canvas", canvas, ""),
    Form("Gradescope", gradescope, "assignment_8046601_export/"),
    Form("GitHub Classroom", github_classroom),
    Form("Classroom 50", classroom_50),
    Form("plain archives", plain_archives, "submissions/"),  # as Google Drive zips a folder
)
FORMS = tuple(
    form
    for one in _FOLDERS
    for form in (
        one,
        *(
            [Form(f"{one.name}, zip", one.export, one.within, True)]
            if one.within is not None
            else []
        ),
    )
)
