"""`grader plot`, and the pictures of the lessons."""

import io
import re
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from PIL import Image
from rich.console import Console

from grader.errors import UsageError
from grader.kata import Kata
from grader.plot.draw_named import DRAWINGS, run_plot
from grader.plot.lesson_pictures import PICTURES
from grader.plot.named_pictures import NAMED, NAMES
from grader.plot.stale_pictures import difference, drawn_with, stale_pictures
from grader.stage import Stage
from grader.stages import STAGES
from grader.tests.clone import Clone, clone_into

_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)")


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
    """Draw a picture in this process, and give the lines that are printed."""
    printed = io.StringIO()
    console = Console(file=printed, width=100, soft_wrap=True)
    run_plot(kata, console, name, layer, head, format_name, out)
    return printed.getvalue().splitlines()


def text_of(svg: Path) -> list[str]:
    tree = ElementTree.parse(svg)
    return [str(text.text) for text in tree.iter("{http://www.w3.org/2000/svg}text")]


def test_every_name_has_a_drawing_and_a_lesson_that_tells_of_it(kata: Kata) -> None:
    lessons = " ".join(kata.lesson(stage).read_text(encoding="utf-8") for stage in STAGES)
    assert list(DRAWINGS) == list(NAMES)
    assert [named.name for named in NAMED if named.stage not in PICTURES] == []
    assert [name for name in NAMES if f"`grader plot {name}" not in lessons] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_is_a_png_and_an_svg(clone: Clone, tmp_path: Path, name: str) -> None:
    for format_name in ("png", "svg"):
        lines = plot(clone.kata, tmp_path / "new/plots", name, format_name=format_name)
        assert lines[0].startswith(f"{name}: ")
        assert lines[1].startswith("Your stages: none. From the reference: s")
        file = Path(lines[-1])
        assert file.parent == tmp_path / "new/plots" and file.suffix == f".{format_name}"
        if format_name == "png":
            with Image.open(file) as image:
                assert image.format == "PNG" and image.width == 1290
                colours = image.convert("RGB").getcolors(maxcolors=2**20) or []
            assert len(colours) > 50
        else:
            assert len(text_of(file)) > 10
            # Not see-through: it has to be readable on a dark page.
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


def test_tokens_stand_on_both_axes_with_their_spaces(clone: Clone, tmp_path: Path) -> None:
    file = Path(plot(clone.kata, tmp_path, "scores")[-1])
    words = text_of(file)
    for piece in ("<begin>", "the", "·answer", "·everything", "·"):
        assert words.count(piece) == 3, piece  # rows, columns, and the bars


def test_the_answer_is_42(clone: Clone, tmp_path: Path) -> None:
    assert "The model says 42" in text_of(Path(plot(clone.kata, tmp_path, "answer")[-1]))
    lens = text_of(Path(plot(clone.kata, tmp_path, "lens")[-1]))
    assert lens.count("42") == 2  # after layers 2 and 3


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
    assert whose == "Your stages: s16. From the reference: s01, s02, s04, s05, s07 to s15, s17."
    assert last == "my pictures/gate_layer1.png" and (clone.root / last).is_file()


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
        (("x",), "there are norm, freqs, rotate"),
        (("attention", 4), "--layer 4: the tiny model has layers 0 to 3"),
        (("rotate", None, 6), "--head 6: the tiny model has heads 0 to 5"),
        (("scores", None, -1), "--head -1: "),
        (("lens", 1), "lens shows no single layer: leave --layer out"),
        (("gate", 1, 2), "gate shows no single head: leave --head out"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(
    clone: Clone, tmp_path: Path, args: tuple[str], words: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        plot(clone.kata, tmp_path, *args)


def test_a_folder_that_cannot_be_written_to_is_one_line(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="--out .*file: cannot be written to"):
        plot(clone.kata, tmp_path / "file", "freqs")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_help_names_every_picture_without_torch(clone: Clone) -> None:
    spy = (
        "import sys; sys.argv = ['grader', *sys.argv[1:]]\n"
        "from grader.cli import main\n"
        "try: main()\n"
        "finally: print({'torch', 'matplotlib'} & set(sys.modules), file=sys.stderr)\n"
    )
    shown = clone.python("-c", spy, "plot", "--help")
    assert shown.stderr.strip() == "set()"
    assert [name for name in NAMES if f"\n  {name} " not in shown.stdout] == []


def test_a_home_that_cannot_be_written_to_is_no_concern(clone: Clone) -> None:
    done = clone.run("plot", "freqs", MPLCONFIGDIR="/dev/null/none")
    assert done.returncode == 0 and done.stderr == ""


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_lesson_shows_its_picture(kata: Kata, stage: Stage) -> None:
    images = _IMAGE.findall(kata.lesson(stage).read_text(encoding="utf-8"))
    assert [target for _, target in images] == [f"pictures/{stage.name}.svg"]
    assert kata.picture(stage).is_file()
    assert len(images[0][0].split()) >= 8, "the text says what is seen"


def test_in_the_terminal_a_picture_is_words(clone: Clone) -> None:
    shown = clone.run("lesson", "9").stdout
    assert "Picture, lessons/pictures/s09_rms_norm.svg: The spread of every" in shown
    assert "![" not in shown


def test_pictures_are_small(kata: Kata) -> None:
    sizes = [path.stat().st_size for path in (kata.root / "lessons/pictures").iterdir()]
    assert len(sizes) == len(PICTURES) == len(STAGES)
    assert sum(sizes) < 2_000_000 and max(sizes) < 100_000


def same_matplotlib(kata: Kata) -> None:
    versions = drawn_with(kata)
    if len(versions) == 1 and versions != {matplotlib.__version__}:
        drawn, here = versions.pop(), matplotlib.__version__
        pytest.skip(f"the pictures were drawn with matplotlib {drawn}, this is {here}")


def test_pictures_are_fresh(kata: Kata) -> None:
    same_matplotlib(kata)
    assert stale_pictures(kata) == []


def test_stale_pictures_are_found(clone: Clone) -> None:
    same_matplotlib(clone.kata)
    pictures = clone.root / "lessons/pictures"
    (pictures / "s01_vocabulary.svg").unlink()
    (pictures / "s99_other.svg").write_bytes((pictures / "s02_regex_split.svg").read_bytes())
    word = pictures / "s18_transformer.svg"
    word.write_text(word.read_text(encoding="utf-8").replace(">42<", ">41<"), encoding="utf-8")
    solution = clone.root / "solutions/s14_masked_attention.py"
    text = solution.read_text(encoding="utf-8")
    solution.write_text(text.replace("diagonal=1", "diagonal=2"), encoding="utf-8")

    told = {problem.split()[0]: problem for problem in stale_pictures(clone.kata)}
    assert "is missing" in told["lessons/pictures/s01_vocabulary.svg"]
    assert "belongs to no lesson" in told["lessons/pictures/s99_other.svg"]
    assert "is stale" in told["lessons/pictures/s18_transformer.svg"]
    assert "is stale" in told["lessons/pictures/s14_masked_attention.svg"]
    for name in ("s02_regex_split", "s05_tokenizer", "s11_rotate"):  # no mask before them
        assert f"lessons/pictures/{name}.svg" not in told


def test_pictures_of_two_versions_are_not_passed_over(clone: Clone) -> None:
    path = clone.root / "lessons/pictures/s01_vocabulary.svg"
    text = re.sub(r"Matplotlib v[\w.]+", "Matplotlib v1.0", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    (problem,) = stale_pictures(clone.kata)
    assert "from matplotlib 1.0 and " in problem


def test_what_cannot_be_seen_is_no_difference(kata: Kata) -> None:
    svg = kata.picture(STAGES[13]).read_text(encoding="utf-8")
    assert difference(svg, svg) == ""
    place = re.search(r'x="(\d+\.\d+)"', svg)
    colour = re.search(r"fill: (#(?!ffffff)[0-9a-f]{6})", svg)
    assert place and colour

    def changed(old: str, new: str) -> str:
        assert svg.count(old) >= 1
        return difference(svg, svg.replace(old, new, 1))

    assert changed(place[0], f'x="{float(place[1]) + 0.3:.2f}"') == ""
    assert changed(place[0], f'x="{float(place[1]) + 3:.2f}"') != ""
    assert changed(">·question<", ">·answer<") == "'·question' is now '·answer'"
    assert changed("<use ", "<path ") == "another shape"
    red = int(colour[1][1:3], 16)
    near, far = (f"#{abs(red - step):02x}{colour[1][3:]}" for step in (2, 60))
    assert changed(colour[1], near) == ""
    assert changed(colour[1], far) == f"{colour[1]} is now {far}"
