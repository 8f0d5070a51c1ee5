"""Canvas's downloads are recognized, and each file gets to its person by Canvas's number."""

from grader.tests.made_downloads import (
    ADA,
    FIRST,
    GRACE,
    NINTH,
    Given,
    given,
    problems_of,
    texts_in,
    zipped,
)

__all__ = ["given"]


def test_flat_files(given: Given) -> None:
    download = given(
        {
            f"hoppergrace_900114_5560000_{FIRST}": GRACE,
            f"hoppergrace_900114_5560001_{NINTH}": GRACE,
            f"lovelaceada_LATE_900115_5560002_{FIRST}": ADA,
        }
    )
    assert (download.kind, download.problems) == ("Canvas download", ())
    grace, ada = download.hand_ins
    assert (grace.name, grace.people[0].ids) == ("hoppergrace", (("canvas", "900114"),))
    assert ada.people[0].ids == (("canvas", "900115"),)
    assert problems_of(grace) == [] and problems_of(ada) == ["Canvas marks it as late"]
    assert texts_in(download) == {
        "hoppergrace": {FIRST: GRACE, NINTH: GRACE},
        "lovelaceada": {FIRST: ADA},
    }


def test_zips_and_texts(given: Given) -> None:
    download = given(
        {
            "hoppergrace_900114_5560000_kata.zip": zipped({f"kata/exercises/{NINTH}": GRACE}),
            "hoppergrace_900114_text.html": b"<p>See the zip",
            "lovelaceada_900115_text.html": b"<p>I forgot the file",
        }
    )
    grace, ada = download.hand_ins
    assert texts_in(download)["hoppergrace"] == {NINTH: GRACE}
    assert problems_of(grace) == []
    assert problems_of(ada)[0] == "Canvas has a text or a link and no file"


def test_people_of_one_name_are_told_apart(given: Given) -> None:
    download = given({f"liwei_1_5_{FIRST}": ADA, f"liwei_2_6_{FIRST}": GRACE})
    assert [one.people[0].ids for one in download.hand_ins] == [
        (("canvas", "1"),),
        (("canvas", "2"),),
    ]


def test_the_name_that_canvas_gives_a_second_upload(given: Given) -> None:
    download = given({"hoppergrace_900114_5560009_s09_rms_norm-1.py": GRACE})
    assert texts_in(download) == {"hoppergrace": {NINTH: GRACE}}
    (hand_in,) = download.hand_ins
    line = f"names close to those of stage files were accepted: s09_rms_norm-1.py as {NINTH}"
    assert problems_of(hand_in) == [line]


def test_the_newest_upload_counts(given: Given) -> None:
    old, new = zipped({NINTH: ADA}), zipped({NINTH: GRACE})
    download = given(
        {
            f"hoppergrace_900114_5560001_{NINTH}": ADA,
            "hoppergrace_900114_5560009_s09_rms_norm-1.py": GRACE,
            "lovelaceada_900115_5560002_kata.zip": old,
            "lovelaceada_900115_5560008_kata-1.zip": new,
            "turingalan_900116_5560003_part-1.zip": zipped({FIRST: ADA}),
            "turingalan_900116_5560004_part-2.zip": zipped({NINTH: ADA}),
        }
    )
    assert texts_in(download) == {
        "hoppergrace": {NINTH: GRACE},
        "lovelaceada": {NINTH: GRACE},
        "turingalan": {FIRST: ADA, NINTH: ADA},
    }
    grace, ada, alan = download.hand_ins
    said = "only the newest of files handed in again counts, and not"
    assert grace.problems == (f"{said} {NINTH}",)
    assert ada.problems == (f"{said} kata.zip",)
    assert alan.problems == ()


def test_an_anonymous_assignment(given: Given) -> None:
    download = given(
        {f"anon_Ab3dE_5560001_{FIRST}": ADA, f"LATE_anon_Zz9x1_5560002_{FIRST}": GRACE}
    )
    assert download.kind == "Canvas download (anonymous)"
    assert [one.name for one in download.hand_ins] == ["anon_Ab3dE", "anon_Zz9x1"]
    assert all(one.people[0].name == "" and not one.people[0].ids for one in download.hand_ins)
    assert texts_in(download)["anon_Zz9x1"] == {FIRST: GRACE}


def test_names_in_other_scripts(given: Given) -> None:
    download = given({f"山田太郎_7_8_{FIRST}": ADA, f"ünalmüge_9_10_{FIRST}": GRACE})
    assert texts_in(download) == {"山田太郎": {FIRST: ADA}, "ünalmüge": {FIRST: GRACE}}
