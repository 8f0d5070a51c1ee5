"""`--shard` and `grader class merge`: parts graded separately make the class, byte for byte."""

import csv
import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from grader.classroom.grade_class import GradeOptions, run_grade
from grader.classroom.journaled_grader import JournaledGrader
from grader.classroom.merge_shards import run_merge
from grader.classroom.run_settings import Shard, parse_shard
from grader.errors import UsageError
from grader.kata import Kata
from grader.sandbox import probe
from grader.stage_names import parse_stages
from grader.tests.class_folder import OUTSIDE, STAGES, ClassFolder, files_of
from grader.tests.clone import run_grader
from grader.tests.made_once import made_once

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)
OF = 3
SEED = 2**127 + 7  # more than 64 bits
ABSENT = "no submission from Zoe Absent"


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, kata: Kata) -> Path:
    """Results of a class, graded as a whole in `whole` and in parts in `part-1` and so on."""
    return made_once(tmp_path_factory, "merge", partial(grade_whole_and_parts, kata))


def grade_whole_and_parts(kata: Kata, folder: Path) -> None:
    folder.mkdir()
    a_class = ClassFolder(folder, kata)
    for name, changed in (("anna", ""), ("bob", OUTSIDE), ("山田 太郎", ""), ("=cmd()", OUTSIDE)):
        a_class.add(name, changed, note=name)
    shutil.make_archive(str(a_class.submissions / "Bob"), "zip", a_class.submissions / "bob")
    (a_class.submissions / "empty").mkdir()
    (a_class.submissions / "broken.zip").write_bytes(b"PK")
    roster = folder / "roster.csv"
    roster.write_text("name,id\nAnna,17\nZoe Absent,18\nBo B,19\nTaro,20\n", encoding="utf-8")
    map_file = folder / "map.csv"
    guests = "".join(f"{name},nobody\n" for name in ("=cmd()", "empty", "broken"))
    map_file.write_text(f"山田 太郎,20\n{guests}", encoding="utf-8")
    options: tuple[str, ...] = (
        "--roster",
        str(roster),
        "--seed",
        str(SEED),
        "--assignment",
        "Week 3",
    )
    options += "--map", str(map_file), "--absent", "zero"
    for name, shard in (("whole", "1/1"), *((f"part-{n}", f"{n}/{OF}") for n in range(1, OF + 1))):
        a_class.out = folder / name
        shown = a_class.grade(*options, "--shard", shard)
        assert (shown.returncode, shown.stderr) == (0, "")
        assert (ABSENT in shown.stdout) == (name == "whole")
        assert (f"in part {shard} graded" in shown.stdout) == (name != "whole")


@pytest.fixture
def parts(graded: Path, tmp_path: Path) -> list[Path]:
    """Copies of the parts' results, in a different order."""
    names = [f"part-{number}" for number in (2, 3, 1)]
    return [shutil.copytree(graded / name, tmp_path / name) for name in names]


def merge(parts: list[Path], out: Path) -> None:
    run_merge(Console(quiet=True), parts, out, "Week 3")


def change_run(part: Path, **changed: object) -> None:
    path = part / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changed}), "utf-8")


def change_lines(part: Path, *numbers: int) -> None:
    """Keep only some lines of a part's results, some of them perhaps twice."""
    path = part / "graded.jsonl"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("".join(lines[number] + "\n" for number in numbers), "utf-8")


def test_the_parts_together_are_the_whole_byte_for_byte(
    graded: Path, parts: list[Path], tmp_path: Path
) -> None:
    whole = files_of(graded / "whole")
    assert {"gradebook.csv", "canvas.csv", "moodle.csv", "class.html", "graded.jsonl"} < set(whole)
    # Those, run.json, open.csv, five files per submission, the two stage files of each of the five
    # that have some, and the feedback for Anna and Taro, who alone are matched, with its list.
    assert len(whole) == 7 + 5 * 7 + 2 * 5 + 3
    merged = tmp_path / "merged"
    given = *map(str, parts), "--out", str(merged), "--assignment", "Week 3"
    shown = run_grader("class", "merge", *given)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"5 of 7 submissions graded, seed {SEED}" in shown.stdout
    assert shown.stdout.count(ABSENT) == 1
    assert files_of(merged) == whole
    assert sorted(path.name for path in merged.iterdir() if path.name[0] == ".") == [".lock"]


def test_the_absent_have_zero_after_a_merge_unless_an_open_one_may_be_theirs(
    parts: list[Path], tmp_path: Path
) -> None:
    merge(parts, tmp_path / "merged")
    with (tmp_path / "merged" / "gradebook.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert (rows["Zoe Absent"]["submission"], rows["Zoe Absent"]["total"]) == ("", "0")
    assert rows["Bo B"]["total"] == ""  # bob or Bob.zip may be his
    assert rows["Taro"]["submission"] == "山田_太郎" and rows["Taro"]["total"] == "8"


def test_one_part_alone_is_the_whole_of_one(graded: Path, tmp_path: Path) -> None:
    merge([graded / "whole"], tmp_path / "merged")
    assert files_of(tmp_path / "merged") == files_of(graded / "whole")


def test_a_part_that_is_missing_or_given_twice_is_named(parts: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "merged"
    with pytest.raises(UsageError, match="some parts are missing: 2/3, 3/3"):
        merge(parts[2:], out)
    again = shutil.copytree(parts[0], tmp_path / "again")
    with pytest.raises(UsageError, match="part 2/3 is given twice: .*part-2 and .*again"):
        merge([*parts, again], out)
    with pytest.raises(UsageError, match="part 3/3 is given twice"):
        merge([*parts, parts[1]], out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"shard": {"number": 1, "of": 4}}, "it is part 1/4, not one of 3"),
        ({"seed": 8}, f"its seed is 8, not {SEED}: grade all parts with one --seed"),
        ({"stages": [8]}, "other stages were graded: .* --stages"),
        ({"listed": ["anna", "zoe"]}, "the submissions differ: .* only one of them"),
        ({"problems": []}, "the rosters differ: .* --roster and --map"),
        ({"absent": []}, "the rosters differ"),
        ({"open": []}, "the rosters differ"),
        ({"absent_as": "empty"}, "--absent differs"),
        ({"suites": "0" * 64}, "the kata was not the same there"),
    ],
)
def test_parts_that_do_not_belong_together_are_refused(
    parts: list[Path], tmp_path: Path, changed: dict[str, object], said: str
) -> None:
    change_run(parts[2], **changed)
    with pytest.raises(UsageError, match=rf"part-1 does not go with \S*part-2: {said}"):
        merge(parts, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_incomplete_results_are_refused(parts: list[Path], tmp_path: Path) -> None:
    out, part = tmp_path / "merged", parts[2]
    results = part / "graded.jsonl"
    whole = results.read_bytes()
    for numbers, said in (
        ((0, 1), "no result for "),
        ((0, 1, 1, 2), "more than one result for "),
    ):
        change_lines(part, *numbers)
        with pytest.raises(UsageError, match=rf"part-1: {said}\S+: run the command"):
            merge(parts, out)
        results.write_bytes(whole)
    results.write_bytes(whole + (parts[0] / "graded.jsonl").read_bytes())
    with pytest.raises(UsageError, match="part-1: it also has results of another part"):
        merge(parts, out)
    results.write_bytes(whole[:-9])
    with pytest.raises(UsageError, match="part-1: its results can't be read"):
        merge(parts, out)
    results.unlink()
    with pytest.raises(UsageError, match="part-1: grading did not finish"):
        merge(parts, out)
    (part / "run.json").unlink()
    with pytest.raises(UsageError, match="part-1: it has no results of `grader class grade`"):
        merge(parts, out)
    assert not out.exists()


def test_the_parts_are_not_overwritten(parts: list[Path]) -> None:
    with pytest.raises(UsageError, match="is one of the parts"):
        merge(parts, parts[0].parent / "part-1" / ".." / "part-2")


def test_a_part_that_a_later_run_left_unfinished_is_refused(
    graded: Path,
    parts: list[Path],
    tmp_path: Path,
    kata: Kata,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(JournaledGrader, "results", ended)
    options = GradeOptions(
        submissions=graded / "submissions",
        out=parts[2],
        roster=graded / "roster.csv",
        stages=parse_stages(STAGES),
        seed=SEED,
        at_once=1,
        scheduler=None,
        trusted=False,
        shard=Shard(1, OF),
        assignment="",
        map_file=graded / "map.csv",
        absent="zero",
    )
    with pytest.raises(KeyboardInterrupt):
        run_grade(kata, Console(quiet=True), options)
    with pytest.raises(UsageError, match="part-1: grading did not finish"):
        merge(parts, tmp_path / "merged")


def test_more_parts_than_submissions_leave_some_empty(kata: Kata, tmp_path: Path) -> None:
    a_class = ClassFolder(tmp_path, kata)
    a_class.add("anna")
    parts = [tmp_path / "one", tmp_path / "two"]
    for number, part in enumerate(parts, 1):
        a_class.out = part
        assert a_class.grade("--seed", "7", "--shard", f"{number}/2").returncode == 0
    refused = a_class.grade("--seed", "7", "--shard", "1/2")
    assert refused.returncode == 2
    assert "two has part 2/2: choose another --out for part 1/2" in refused.stderr
    merge(parts, tmp_path / "merged")
    a_class.out = tmp_path / "merged"
    assert list(a_class.rows()) == ["anna"]


def test_shards_need_a_seed_and_are_parts_of_a_whole(kata: Kata, tmp_path: Path) -> None:
    a_class = ClassFolder(tmp_path, kata)
    a_class.add("anna")
    shown = a_class.grade("--shard", "1/2")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "--shard needs --seed" in shown.stderr and not a_class.out.exists()
    for text in ("0/2", "3/2", "1/0", "1", "-1/2", "1/2/3", "a/b", ""):
        with pytest.raises(UsageError, match="write I/N"):
            parse_shard(text)
    assert [Shard(n, 3).take("abcdefg") for n in (1, 2, 3)] == [["a", "d", "g"], [*"be"], [*"cf"]]
