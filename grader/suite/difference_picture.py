"""Draw two tensors side by side, or a coarse map of where they differ, in plain characters."""

from itertools import zip_longest

import torch
from rich.cells import cell_len, set_cell_size

from grader.diagnosis.difference_pattern import as_rows
from grader.language import tr

WIDEST = 72  # columns of a picture; with its indent it fits in 80
MOST_ROWS = 16
SMALL = 48  # a tensor of at most this many entries is shown whole, if it fits
MARKS = ".-+#"  # right; off by less than a tenth of the largest error; by less than half; by more


def side_by_side(
    expected: torch.Tensor, got: torch.Tensor, wrong: torch.Tensor
) -> list[str] | None:
    """Return two small tensors of one shape side by side, with a star after every wrong cell; None
    if they are too large for that."""
    if expected.dim() > 2 or expected.numel() > SMALL or not expected.numel():
        return None
    left, right = _cells(expected), _cells(got)
    if left == right:
        return None  # the difference is too small to show in these few digits
    title = tr("got")
    if not bool(wrong.all()):
        title = tr("got (* is wrong)")
        for row, marks in zip(right, as_rows(wrong).tolist(), strict=True):
            row[:] = [cell + ("*" if bad else " ") for cell, bad in zip(row, marks, strict=True)]
    return _beside(
        [tr("expected"), *(" ".join(row) for row in left)],
        [title, *(" ".join(row).rstrip() for row in right)],
    )


def _beside(left: list[str], right: list[str]) -> list[str] | None:
    """Put two columns of lines side by side, or one below the other if that is too wide."""
    first, second = (max(map(cell_len, lines)) for lines in (left, right))
    if first + 4 + second <= WIDEST:
        pairs = zip_longest(left, right, fillvalue="")
        return [f"{set_cell_size(one, first)}    {other}".rstrip() for one, other in pairs]
    return [*left, *right] if max(first, second) <= WIDEST else None


def _cells(tensor: torch.Tensor) -> list[list[str]]:
    """Write the entries of a tensor, padded to one width per column."""
    rows = [
        [f"{complex(one):.3g}" if one.is_complex() else f"{float(one):.4g}" for one in row]
        for row in as_rows(tensor)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [[cell.rjust(w) for cell, w in zip(row, widths, strict=True)] for row in rows]


def heat_map(distance: torch.Tensor) -> list[str] | None:
    """Draw how far off each value is (0 if it is right), one character per value or block; None if
    the map would show nothing."""
    if not distance.numel():
        return None
    errors = as_rows(distance).double()
    rows, columns = errors.shape
    tall, wide = -(-rows // MOST_ROWS), -(-columns // WIDEST)  # values per mark, rounded up
    padding = (0, -columns % wide, 0, -rows % tall)
    blocks = torch.nn.functional.pad(errors, padding).unflatten(1, (-1, wide))
    worst = blocks.unflatten(0, (-1, tall)).amax(dim=(1, 3))  # [rows of marks, columns of marks]
    largest = float(errors.max())
    marks = ["".join(_mark(error, largest) for error in row) for row in worst.tolist()]
    if len(set("".join(marks))) == 1:
        return None
    legend = tr(
        "{rows} rows by {columns} columns, one mark per block of {tall} x {wide} values, its "
        "worst:",
        rows=rows,
        columns=columns,
        tall=tall,
        wide=wide,
    )
    if tall * wide == 1:
        legend = tr(
            "{rows} rows by {columns} columns, one mark per value:", rows=rows, columns=columns
        )
    return [legend, tr("`.` correct; `-`, `+`, `#` increasingly wrong"), *marks]


def _mark(error: float, largest: float) -> str:
    if error == 0:
        return MARKS[0]
    share = 1.0 if error == float("inf") else error / largest
    return MARKS[1] if share < 0.1 else MARKS[2] if share < 0.5 else MARKS[3]
