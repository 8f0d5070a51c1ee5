"""How PHP reads CSV: `fgetcsv` with `\\` as its escape character.

Within quotes, a quote after `\\` does not end the cell, and both characters are kept. Source: PHP's
manual, function.fgetcsv, parameter `escape`.
"""

from collections.abc import Iterator


def read_rows(text: str) -> list[list[str]]:
    """Return the rows of a text, without empty lines."""
    return [row for row in _rows(text) if row != [""]]


def _rows(text: str) -> Iterator[list[str]]:
    row: list[str] = []
    cell, quoted, place = "", False, 0
    while place < len(text):
        char, after = text[place], text[place + 1 : place + 2]
        if quoted and char == "\\" and after:
            cell, place = cell + char + after, place + 1
        elif quoted and char == '"' and after == '"':
            cell, place = cell + char, place + 1
        elif char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            row, cell = [*row, cell], ""
        elif char == "\n" and not quoted:
            yield [*row, cell]
            row, cell = [], ""
        else:
            cell += char
        place += 1
    if row or cell:
        yield [*row, cell]
