"""`grader plot`: pictures drawn with the learner's own functions."""

import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from rich.console import Console

from grader.errors import UsageError
from grader.kata import Kata
from grader.plot.draw_picture import run_plot
from grader.plot.named_pictures import NAMED, NAMES, names_for
from grader.plot.pictures import drawing_of
from grader.stages import STAGES, stage_of
from grader.tests.clone import Clone, authors_clone_into, clone_into

NEW_FUNCTION = '''def doubled(x: int) -> int:
    """Return twice the number."""
    return 2 * x
'''
NEW_STAGE = {
    "solutions/s33_doubled.py": NEW_FUNCTION,
    "exercises/s33_doubled.py": NEW_FUNCTION,
    "tests/test_s33_doubled.py": """
from grader.suite import grades, same


@grades("doubled", points=1)
def test_three(yours, reference, rng):
    same(yours.doubled, reference.doubled, 3)
""",
}
NEW_PICTURE = """
from grader.plot import style


def draw(walk):
    return style.new_figure(1.0, f"twice 3 is {walk.find('doubled')(3)}")
"""


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path / "kata")


def plot(
    kata: Kata,
    out: Path,
    name: str,
    layer: int | None = None,
    head: int | None = None,
    format_name: str = "svg",
) -> list[str]:
    """Draw a picture in this process, and return the lines that are printed."""
    printed = io.StringIO()
    console = Console(file=printed, width=100, soft_wrap=True)
    run_plot(kata, console, name, layer, head, format_name, out)
    return printed.getvalue().splitlines()


def text_of(svg: Path) -> list[str]:
    tree = ElementTree.parse(svg)
    return [str(text.text) for text in tree.iter("{http://www.w3.org/2000/svg}text")]


def test_every_name_has_a_drawing_and_a_lesson_that_mentions_it(kata: Kata) -> None:
    lessons = " ".join(kata.lesson(stage).read_text(encoding="utf-8") for stage in STAGES)
    assert all(callable(drawing_of(named.stage, named.function)) for named in NAMED)
    assert [name for name in NAMES if f"`grader plot {name}" not in lessons] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_is_a_png_and_an_svg(clone: Clone, tmp_path: Path, name: str) -> None:
    for format_name in ("png", "svg"):
        lines = plot(clone.kata, tmp_path / "new/plots", name, format_name=format_name)
        assert lines[0].startswith(f"{name}: ")
        assert lines[1].startswith("This shows the reference: you haven't written s")
        assert lines[2].startswith("Your stages: none. From the reference: ")
        file = Path(lines[-1])
        assert file.parent == tmp_path / "new/plots" and file.suffix == f".{format_name}"
        if format_name == "png":
            with Image.open(file) as image:
                assert image.format == "PNG" and image.width == 1290
                colours = image.convert("RGB").getcolors(maxcolors=2**20) or []
            assert len(colours) > 50
        else:
            assert len(text_of(file)) > 10
            # Not transparent: it has to be readable on a dark page.
            ground = r'id="patch_1">\s*<path[^>]*style="fill: #ffffff"'
            assert re.search(ground, file.read_text(encoding="utf-8"))


def test_any_layer_and_head_can_be_drawn(clone: Clone, tmp_path: Path) -> None:
    first = plot(clone.kata, tmp_path, "attention", 0, 5)[-1]
    assert Path(first).name == "attention_layer0_head5.svg"
    assert "From scores to attention: layer 0, head 5" in text_of(Path(first))
    grid = plot(clone.kata, tmp_path, "attention", 3)[-1]
    assert Path(grid).name == "attention_layer3.svg"
    assert {f"head {head}" for head in range(6)} < set(text_of(Path(grid)))
    other = plot(clone.kata, tmp_path, "attention", 2)[-1]
    assert Path(grid).read_text(encoding="utf-8") != Path(other).read_text(encoding="utf-8")


def test_both_axes_show_the_tokens_with_their_spaces(clone: Clone, tmp_path: Path) -> None:
    file = Path(plot(clone.kata, tmp_path, "scores")[-1])
    words = text_of(file)
    for piece in ("<begin>", "the", "·answer", "·everything", "·"):
        assert words.count(piece) == 3, piece  # rows, columns, and the bars


def test_the_answer_is_42(clone: Clone, tmp_path: Path) -> None:
    assert "The model says 42" in text_of(Path(plot(clone.kata, tmp_path, "answer")[-1]))
    lens = text_of(Path(plot(clone.kata, tmp_path, "lens")[-1]))
    assert lens.count("42") == 2  # after layers 2 and 3


@pytest.mark.parametrize("name", ["8", "s08", "embedding"])
def test_a_stage_is_the_picture_of_its_lesson(clone: Clone, tmp_path: Path, name: str) -> None:
    first, *_, last = plot(clone.kata, tmp_path, name)
    assert first == 's08_embedding: the picture of the lesson "Embedding"'
    assert Path(last).name == "s08_embedding.svg"
    assert text_of(Path(last)) == text_of(clone.kata.picture(stage_of(8)))


def test_a_stages_picture_takes_the_options_of_its_drawing(clone: Clone, tmp_path: Path) -> None:
    last = plot(clone.kata, tmp_path, "14", head=2)[-1]
    assert Path(last).name == "s14_masked_attention_layer1_head2.svg"
    assert "From scores to attention: layer 1, head 2" in text_of(Path(last))


def test_every_stage_has_a_picture_in_watch() -> None:
    assert {stage.number: names_for(stage) for stage in STAGES[11:15]} == {
        12: ["12"],
        13: ["scores"],
        14: ["mask"],
        15: ["attention"],
    }


def test_a_bonus_stage_has_a_picture_by_the_name_of_its_files(tmp_path: Path) -> None:
    clone = authors_clone_into(tmp_path)
    table = clone.root / "grader/stages.py"
    row = 'Stage(33, "doubled", "Doubled", "", 5, 1, (Function("doubled"),), bonus=True)'
    stages = table.read_text(encoding="utf-8").replace(
        ")\n\nCORE_STAGES", f"    {row},\n)\n\nCORE_STAGES"
    )
    table.write_text(stages, encoding="utf-8")
    for name, text in NEW_STAGE.items():
        (clone.root / name).write_text(text, encoding="utf-8")
    missing = clone.run("plot", "33")
    assert missing.returncode == 2
    assert missing.stderr == "grader: grader/plot/pictures/s33_doubled.py is missing\n"

    (clone.root / "grader/plot/pictures/s33_doubled.py").write_text(NEW_PICTURE, encoding="utf-8")
    done = clone.run("plot", "doubled", "--format", "svg")
    assert done.returncode == 0, done.stderr
    *_, whose, last = done.stdout.splitlines()
    assert (whose, last) == (
        "Your stages: 33. From the reference: none.",
        "plots/s33_doubled.svg",
    )
    assert "twice 3 is 6" in text_of(clone.root / last)
    unknown = clone.python("-m", "grader.plot.lesson_pictures", "no_such")
    assert unknown.stderr.startswith("grader: no stage is called 'no_such': "), unknown.stderr
    drawn = clone.python("-m", "grader.plot.lesson_pictures", "33").stdout
    assert [line.split()[0] for line in drawn.splitlines()[:-1]] == [
        "lessons/pictures/s33_doubled.svg",
        "lessons/pictures/model_s33.svg",
    ]


def test_the_learners_own_function_is_drawn(clone: Clone) -> None:
    clone.solve("s16_feed_forward")
    path = clone.root / "exercises/s16_feed_forward.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("    gate =", "    print('my gate')\n    gate ="), encoding="utf-8"
    )
    done = clone.run("plot", "gate", "--out", "my pictures")
    assert done.returncode == 0 and done.stderr == ""
    assert "my gate\n" in done.stdout
    *_, whose, last = done.stdout.splitlines()
    assert whose == "Your stages: 16. From the reference: 1-2,4-5,7-15,17."
    assert last == "my pictures/gate_layer1.png" and (clone.root / last).is_file()


def test_a_stage_that_fails_is_not_drawn_and_the_output_says_so(
    clone: Clone, tmp_path: Path
) -> None:
    clone.solve("s09_rms_norm")
    path = clone.root / "exercises/s09_rms_norm.py"
    right = path.read_text(encoding="utf-8")
    path.write_text(right.replace("+ eps", ""), encoding="utf-8")
    grading, _, *why, whose, _ = plot(clone.kata, tmp_path, "9")
    assert grading == "Grading what has not been checked yet: s09_rms_norm"
    assert " ".join(why) == (
        "This shows the reference, not your code: your s09 RMS norm does not pass yet, and "
        "`grader check 9` says why."
    )
    assert whose.startswith("Your stages: none. From the reference: ")

    clone.solve("s13_attention_scores")
    _, _, *why, whose, _ = plot(clone.kata, tmp_path, "scores")
    assert why == ["Your s09 does not pass yet, so the reference is used there."]
    assert whose.startswith("Your stages: 13. From the reference: ")


def test_an_error_in_the_learners_code_is_one_line(clone: Clone) -> None:
    clone.solve("s16_feed_forward")
    path = clone.root / "exercises/s16_feed_forward.py"
    text = path.read_text(encoding="utf-8")
    trap = "    if len(x) == 17:\n        raise ValueError('seventeen')\n    gate ="
    path.write_text(text.replace("    gate =", trap), encoding="utf-8")
    done = clone.run("plot", "gate")
    assert done.returncode == 2 and "Traceback" not in done.stderr + done.stdout
    assert done.stderr.count("\n") == 1
    assert "ValueError: seventeen, in s16_feed_forward.py, line" in done.stderr
    assert clone.run("plot", "freqs").returncode == 0  # needs nothing of stage 16


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("lense",), "no picture is called 'lense': did you mean lens?"),
        (("embeding",), "no picture is called 'embeding': did you mean embedding?"),
        (("33",), "there are norm, freqs, rotate"),
        (("8", 1), "s08_embedding does not show a single layer: leave out --layer"),
        (("attention", 4), "--layer 4: the tiny model has layers 0 to 3"),
        (("rotate", None, 6), "--head 6: the tiny model has heads 0 to 5"),
        (("scores", None, -1), "--head -1: "),
        (("lens", 1), "lens does not show a single layer: leave out --layer"),
        (("gate", 1, 2), "gate does not show a single head: leave out --head"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(
    clone: Clone, tmp_path: Path, args: tuple[str], words: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        plot(clone.kata, tmp_path, *args)


def test_a_folder_that_cannot_be_written_to_is_one_line(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="--out .*file: "):
        plot(clone.kata, tmp_path / "file", "freqs")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_help_names_every_picture_without_torch(clone: Clone) -> None:
    spy = (
        "import sys; sys.argv = ['grader', *sys.argv[1:]]\n"
        "from grader.cli import main\n"
        "try: main()\n"
        "finally: print({'torch', 'matplotlib'} & set(sys.modules), file=sys.stderr)\n"
    )
    shown = clone.shell("-c", spy, "plot", "--help")
    assert shown.stderr.strip() == "set()"
    assert [name for name in NAMES if f"\n  {name} " not in shown.stdout] == []


def test_a_read_only_home_folder_is_no_problem(clone: Clone) -> None:
    done = clone.run("plot", "freqs", MPLCONFIGDIR="/dev/null/none")
    assert done.returncode == 0 and done.stderr == ""
