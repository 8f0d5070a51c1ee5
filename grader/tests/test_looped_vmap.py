"""While code is recorded, torch.vmap runs row by row and gives the same."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from grader.calls.looped_vmap import rows_one_by_one

X = torch.arange(12.0).reshape(3, 4)
USES: dict[str, Callable[[], Any]] = {
    "rows": lambda: torch.vmap(lambda row: row.sum())(X),
    "columns": lambda: torch.vmap(lambda row: 2 * row, in_dims=1, out_dims=1)(X),
    "some arguments": lambda: torch.func.vmap(lambda a, b: a @ b, in_dims=(0, None))(X, X[0]),
}


@pytest.mark.parametrize("use", USES)
def test_values_are_those_of_vmap(use: str) -> None:
    expected = USES[use]()
    kept = torch.vmap
    with rows_one_by_one():
        assert torch.vmap is not kept
        torch.testing.assert_close(USES[use](), expected)
    assert torch.vmap is kept


def test_each_row_is_a_plain_tensor() -> None:
    seen = []

    def see(row: torch.Tensor) -> torch.Tensor:
        seen.append(row.tolist())
        return row

    with rows_one_by_one():
        torch.vmap(see)(X)
    assert seen == X.tolist()
