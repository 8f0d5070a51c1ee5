"""Take stage files from notebooks. Nothing in a notebook is run: its cells are only parsed.

A cell that begins with `%%stage 9`, as in the kata's own notebooks, is that stage's file. So is one
that begins with `%%writefile s09_rms_norm.py`. Otherwise, the file is put together from the cells
that define the stage's functions, with the imports and other definitions that these use.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from grader.classroom.intake.definitions import Definitions, parsed
from grader.classroom.intake.found_files import LARGEST_NOTEBOOK, FoundFile
from grader.classroom.intake.safe_reading import LARGEST, Refused
from grader.classroom.intake.stage_file_names import STAGE_FILES, stage_file_like
from grader.stage import Stage
from grader.stages import STAGES

_MOST_CELLS = 2_000  # with code
_MOST_CODE = 500_000  # characters of code, which takes a few seconds to parse at worst
_STAGE_CELL = re.compile(r"\s*%%stage[ \t]+s?0*(\d{1,2})\b[^\n]*\n?", re.ASCII)
_FILE_CELL = re.compile(r"%%(?:writefile|file)[ \t]+(.{1,300})")
_STAGES = {f"{stage.name}.py": stage for stage in STAGES if stage.has_code}
_BY_NUMBER = {stage.number: name for name, stage in _STAGES.items()}


class _Cell(msgspec.Struct):
    cell_type: str = ""
    source: str | list[str] = ""

    @property
    def text(self) -> str:
        return self.source if isinstance(self.source, str) else "".join(self.source)


class _Notebook(msgspec.Struct):
    cells: list[_Cell] = []


@dataclass(frozen=True)
class _Taken:
    """A stage's file from a notebook, and the numbers of the cells it was in."""

    text: str
    cells: tuple[int, ...]
    ignored: tuple[int, ...]  # earlier cells that define the same


def stages_in_notebooks(
    notebooks: Sequence[FoundFile], known: Mapping[str, bytes], problems: list[str]
) -> dict[str, bytes]:
    """Return the stage files that are missing in a submission and defined in its notebooks.

    Args:
        known: the stage files that the submission has.
        problems: each file taken is added, and each notebook that is of no use.
    """
    files: dict[str, bytes] = {}
    for notebook in notebooks:
        try:
            cells = _cells_of(notebook)
        except Refused as refused:
            problems.append(f"{notebook.shown} was not used: {refused}")
            continue
        taken = _in_cells(cells, set(STAGE_FILES) - {*known, *files})
        problems += _sentences(notebook, taken)
        for name, one in taken.items():
            text = one.text.encode(errors="backslashreplace")
            if len(text) <= LARGEST:
                files[name] = text
            else:
                problems.append(f"{name} was not used: it is larger than {LARGEST // 1000} kB")
        if not taken and not known and not files:
            problems.append(f"{notebook.shown} has no cell that defines a stage's function")
    return files


def _cells_of(notebook: FoundFile) -> dict[int, str]:
    """Return the code cells of a notebook by their number, counted from 1 with all other cells."""
    try:
        read = msgspec.json.decode(notebook.read(LARGEST_NOTEBOOK), type=_Notebook)
    except (ValueError, RecursionError):
        raise Refused("it is not a notebook of Jupyter or Colab") from None
    cells = {
        number: cell.text.replace("\r\n", "\n").replace("\r", "\n")
        for number, cell in enumerate(read.cells, start=1)
        if cell.cell_type == "code"
    }
    if len(cells) > _MOST_CELLS or sum(map(len, cells.values())) > _MOST_CODE:
        raise Refused("it has more code than the kata can need")
    return cells


def _in_cells(cells: Mapping[int, str], wanted: set[str]) -> dict[str, _Taken]:
    """Return the stage files that cells define, of those that are wanted."""
    definitions = Definitions()
    whole: dict[str, list[tuple[int, str]]] = {name: [] for name in STAGE_FILES}
    for number, text in cells.items():
        name, body = _whole_file(text)
        if name:
            whole[name].append((number, body))
        definitions.add(number, body)
    taken = {}
    for name in STAGE_FILES:
        if name not in wanted:
            continue
        if whole[name]:
            *earlier, (number, body) = whole[name]
            text = definitions.completed(body, _STAGES[name])
            taken[name] = _Taken(text, (number,), tuple(one for one, _ in earlier))
        elif one := _put_together(_STAGES[name], definitions, cells):
            taken[name] = one
    return taken


def _whole_file(cell: str) -> tuple[str, str]:
    """Return the stage file that a cell is as a whole, or '', and its text without the magic."""
    if found := _STAGE_CELL.match(cell):
        return _BY_NUMBER.get(int(found[1]), ""), cell[found.end() :]
    first, _, rest = cell.lstrip().partition("\n")
    if found := _FILE_CELL.fullmatch(first):
        path = found[1].strip(" \t\"'").replace("\\", "/")
        like = stage_file_like(path.rpartition("/")[2])
        return (like[0] if like else ""), rest
    return "", cell


def _put_together(
    stage: Stage, definitions: Definitions, cells: Mapping[int, str]
) -> _Taken | None:
    """Return a stage's file, put together from the last definitions of its functions."""
    where = {name: definitions.cells_of(name) for name in stage.names}
    functions = [function.name for function in stage.functions]
    if any(where[name] for name in functions):
        used = tuple(sorted({places[-1] for places in where.values() if places}))
        ignored = {place for places in where.values() for place in places[:-1]}
        text = definitions.put_together([name for name in stage.names if where[name]], stage)
        return _Taken(text, used, tuple(sorted(ignored.difference(used))))
    # A cell that can't be parsed is taken as it is, because the verdict says what is wrong in it.
    for number, text in reversed(list(cells.items())):
        defines = any(re.search(rf"^def {name}\b", text, re.M) for name in functions)
        if defines and parsed(text)[0] is None:
            return _Taken(text, (number,), ())
    return None


def _sentences(notebook: FoundFile, taken: Mapping[str, _Taken]) -> Iterable[str]:
    """Say from which cells of a notebook stages were taken: in one sentence, for few of them."""
    if not taken:
        return
    told = [f"stage {_STAGES[name].number} from {_cells(one.cells)}" for name, one in taken.items()]
    yield f"taken from the notebook {notebook.shown}: {', '.join(told)}"
    twice = [name for name, one in taken.items() if one.ignored]
    if twice:
        told = [f"stage {_STAGES[name].number} in {_cells(taken[name].ignored)}" for name in twice]
        yield f"earlier versions in {notebook.shown} were ignored: {', '.join(told)}"


def _cells(numbers: Sequence[int]) -> str:
    *others, last = map(str, numbers)
    return f"cells {', '.join(others)} and {last}" if others else f"cell {last}"
