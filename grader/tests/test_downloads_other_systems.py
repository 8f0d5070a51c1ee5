"""Gradescope's exports, clones, shared folders and plain ones are recognized."""

from types import MappingProxyType

import pytest

from grader.errors import UsageError
from grader.tests.made_downloads import (
    ADA,
    FIRST,
    GRACE,
    NINTH,
    Files,
    Given,
    found_in,
    given,
    texts_in,
    zipped,
)

__all__ = ["given"]

METADATA = """\
---
submission_101:
  :submitters:
  - :name: Ada Lovelace
    :sid: '0012'
    :email: ada@uni.edu
  :created_at: 2025-12-02 02:52:07.938335123 Z
  :score: 3.0
  :status: processed
  :results:
    tests:
    - name: 'a: b'
      output: "three\\nlines"
  :history:
  - :submitters: []
    :created_at: 2025-11-02 02:52:07.938335000 Z
    :id: 99
submission_102:
  :submitters:
  - :name: Grace Hopper
    :sid: '0013'
    :email: grace@uni.edu
  - :name: "Zo\\xEB Li"
    :sid:
    :email: zoe@uni.edu
  :created_at: 2025-12-03 12:00:00.000000000 +01:00
  :score: 0.0
"""


def gradescope(metadata: str, more: Files = MappingProxyType({})) -> Files:
    top = "assignment_7_export"
    return {
        f"{top}/submission_metadata.yml": metadata.encode(),
        f"{top}/submission_101/{FIRST}": ADA,
        f"{top}/submission_102/exercises/{NINTH}": GRACE,
        **{f"{top}/{path}": text for path, text in more.items()},
    }


def test_gradescope(given: Given) -> None:
    download = given(gradescope(METADATA))
    assert (download.kind, download.problems) == ("Gradescope export", ())
    ada, group = download.hand_ins
    assert (ada.name, ada.handed_in) == ("Ada Lovelace", "2025-12-02T02:52:07+00:00")
    assert ada.people[0].ids == (("id", "0012"), ("email", "ada@uni.edu"))
    assert (group.name, group.handed_in) == ("Grace Hopper and Zoë Li", "2025-12-03T12:00:00+01:00")
    assert [one.name for one in group.people] == ["Grace Hopper", "Zoë Li"]
    assert group.people[1].ids == (("email", "zoe@uni.edu"),)
    assert texts_in(download) == {"Ada Lovelace": {FIRST: ADA}, group.name: {NINTH: GRACE}}


def test_a_gradescope_export_and_its_list_that_do_not_agree(given: Given) -> None:
    missing = "submission_103:\n  :submitters:\n  - :name: Alan Turing\n  :created_at: soon\n"
    download = given(gradescope(METADATA + missing, {f"submission_104/{FIRST}": ADA}))
    line = "submission_metadata.yml names a submission of Alan Turing that isn't there"
    assert download.problems == (f"{line}: submission_103",)
    unknown = download.hand_ins[-1]
    assert (unknown.name, unknown.people) == ("submission_104", ())
    assert unknown.problems == ("submission_metadata.yml doesn't say whose it is",)


@pytest.mark.parametrize(
    "metadata",
    [
        "a: [b",
        "\x00",
        "{" * 100_000,
        "- :submitters:\n  - :name: A\n",
        "just text",
        "a: &a [*a, *a]\nb: *a\n? {x: y}\n: z\n",
        "",
    ],
)
def test_a_gradescope_list_that_is_damaged_or_made_to_do_harm(given: Given, metadata: str) -> None:
    try:
        download = given(gradescope(metadata))
    except UsageError as error:
        assert "submission_metadata.yml" in str(error)
    else:
        assert [one.name for one in download.hand_ins] == ["submission_101", "submission_102"]


def test_github_classroom(given: Given) -> None:
    download = given(
        {
            f"llama-kata-ada/exercises/{FIRST}": ADA,
            "llama-kata-ada/.git/HEAD": b"ref: refs/heads/main",
            f"llama-kata-ada/.git/{NINTH}": b"not in the working tree",
            f"llama-kata-al-grace-h/exercises/{FIRST}": GRACE,
            "llama-kata-al-grace-h/.git/HEAD": b"ref: refs/heads/main",
            f"llama-kata-alan/{NINTH}": ADA,
            "llama-kata-alan/.git/HEAD": b"ref: refs/heads/main",
        }
    )
    assert (download.kind, download.problems) == ("GitHub Classroom clones", ())
    assert [one.name for one in download.hand_ins] == ["ada", "al-grace-h", "alan"]
    assert download.hand_ins[1].people[0].ids == (("github", "al-grace-h"),)
    assert texts_in(download) == {
        "ada": {FIRST: ADA},
        "al-grace-h": {FIRST: GRACE},
        "alan": {NINTH: ADA},
    }


def test_the_folder_of_the_clones_says_what_the_assignment_is_called(given: Given) -> None:
    files = {f"kata-jo-{one}/.git/HEAD": b"" for one in ("ann", "bo")}
    download = given(files, "kata-submissions")
    assert [one.name for one in download.hand_ins] == ["jo-ann", "jo-bo"]


def test_one_clone_alone(given: Given) -> None:
    download = given({f"kata-ada/{FIRST}": ADA, "kata-ada/.git/HEAD": b""}, "kata-submissions")
    assert [one.people[0].ids for one in download.hand_ins] == [(("github", "ada"),)]


def test_classroom_50(given: Given) -> None:
    pretends = b'classroom: "cs-1-week"\nassignment: "3"\nowner: {username: "ada"}\n'
    files: dict[str, bytes] = {"scores.csv": b"username,score\n"}
    for user in ("ada", "grace", "mal"):
        files[f"cs-1-week-3-{user}/.classroom50.yaml"] = pretends
        files[f"cs-1-week-3-{user}/exercises/{FIRST}"] = user.encode()
    download = given(files, "cs-1-week-3_submissions_2026_09_01_T_10_00_00")
    assert (download.kind, download.problems) == ("Classroom 50 clones", ())
    assert [one.people[0].ids for one in download.hand_ins] == [
        (("github", user),) for user in ("ada", "grace", "mal")
    ]
    assert texts_in(download)["mal"] == {FIRST: b"mal"}


@pytest.mark.parametrize(
    "folder",
    ["nn26-kata_submissions_2026-11-29T10_00_00", "nn26-kata_submissions_2026_11_29_T_10_00_00"],
)
def test_classroom_50_by_the_time_alone(given: Given, folder: str) -> None:
    files = {f"nn26-kata-{user}/.git/HEAD": b"" for user in ("ada", "ada-l")}
    download = given(files, folder)
    assert download.kind == "Classroom 50 clones"
    assert [one.name for one in download.hand_ins] == ["ada", "ada-l"]
    assert given(files, "nn26-kata-submissions").kind == "GitHub Classroom clones"


def test_names_with_hyphens_are_not_clones(given: Given) -> None:
    download = given({f"Ada-Lovelace/{FIRST}": ADA, f"Ada-King/{FIRST}": GRACE})
    assert download.kind == "folder of submissions"
    assert [one.name for one in download.hand_ins] == ["Ada-King", "Ada-Lovelace"]
    people = ("Ada-King", "Ada-Lovelace", "Emmy", "Alan")  # who have handed in git's folder, too
    download = given({f"{name}/.git/HEAD": b"" for name in people}, "with git")
    assert download.kind == "folder of submissions" and len(download.hand_ins) == 4


def test_what_google_forms_puts_into_drive(given: Given) -> None:
    download = given(
        {
            "s01_vocabulary - Ada Lovelace.py": ADA,
            "s09_rms_norm - Ada Lovelace.py": ADA,
            "s09_rms_norm - Grace Hopper (1).py": GRACE,
            "kata - Alan Turing.zip": zipped({NINTH: ADA}),
            "notes.txt": b"",
        }
    )
    assert download.kind == "Google Drive folder"
    assert texts_in(download) == {
        "Ada Lovelace": {FIRST: ADA, NINTH: ADA},
        "Alan Turing": {NINTH: ADA},
        "Grace Hopper": {NINTH: GRACE},
    }
    line = "notes.txt was not recognized as part of the Google Drive folder: ignored"
    assert download.problems == (line,)


def test_a_shared_folder_with_the_students_name_first(given: Given) -> None:
    download = given(
        {
            "Ada Lovelace - s09_rms_norm.py": ADA,
            "grace_s09_rms_norm.py": GRACE,
            "Alan Turing - kata.zip": zipped({NINTH: ADA}),
            "Emmy Noether - kata.zip": zipped({FIRST: ADA}),
        }
    )
    assert texts_in(download) == {
        "Ada Lovelace": {NINTH: ADA},
        "Alan Turing": {NINTH: ADA},
        "Emmy Noether": {FIRST: ADA},
        "grace": {NINTH: GRACE},
    }


def test_plain_folders_and_archives(given: Given) -> None:
    download = given(
        {
            f"Ada Lovelace/{FIRST}": ADA,
            "grace.hopper.zip": zipped({NINTH: GRACE}),
            "roster.csv": b"",
            "Thumbs.db": b"",
        }
    )
    assert download.kind == "folder of submissions"
    assert texts_in(download) == {"Ada Lovelace": {FIRST: ADA}, "grace.hopper": {NINTH: GRACE}}
    line = "roster.csv was not recognized as a submission: ignored"
    assert download.problems == (line,)


def test_the_handouts_own_folders_are_nobodys(given: Given) -> None:
    files = {f"{name}/{FIRST}": ADA for name in ("ada", "alan", "stubs", "tests", "exercises")}
    files |= {f"{name}/{FIRST}": ADA for name in ("Emmy", "Grace")}
    download = given({path: text for path, text in files.items() if "tests" not in path})
    assert "stubs" in str(files) and [one.name for one in download.hand_ins] == ["download"]
    download = given({path: text for path, text in files.items() if "exercises" not in path}, "x")
    assert [one.name for one in download.hand_ins] == ["Emmy", "Grace", "ada", "alan"]


def test_the_work_of_one_person(given: Given) -> None:
    files = {f"{name}/{FIRST}": name.encode() for name in ("exercises", "stubs", "tests")}
    download = given({**files, "README.md": b"", "my notes/x.txt": b""}, "Ada Lovelace")
    assert download.kind == "one submission"
    assert texts_in(download) == {"Ada Lovelace": {FIRST: b"exercises"}}
    assert found_in(download)["Ada Lovelace"].problems == []


def test_a_zip_with_a_folder_around_everybody(given: Given) -> None:
    files = {f"homework/ada/{FIRST}": ADA, f"homework/grace/{NINTH}": GRACE}
    download = given(files)
    if download.hand_ins[0].sources[0].inside:  # in a folder, it may be one person with two folders
        assert texts_in(download) == {"ada": {FIRST: ADA}, "grace": {NINTH: GRACE}}
    else:
        assert texts_in(download) == {"homework": {FIRST: ADA, NINTH: GRACE}}


def test_a_notebook_is_a_submission(given: Given) -> None:
    notebook = b'{"cells": [{"cell_type": "code", "source": "%%stage 9\\nx = 1"}]}'
    download = given({"Ada Lovelace.ipynb": notebook, f"grace/{FIRST}": GRACE})
    assert texts_in(download)["Ada Lovelace"] == {NINTH: b"x = 1"}


def test_nothing_to_grade(given: Given) -> None:
    with pytest.raises(UsageError, match="it has no submissions: each is a folder, a zip"):
        given({"notes.txt": b""})
