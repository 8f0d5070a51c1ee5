"""The ways that stage 12 goes wrong."""

import math

import torch

from grader.diagnosis import mistake
from solutions.s12_heads import project, split_heads


@mistake("split_heads", "heads and rows have changed places")
def heads_second(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Your result is `[d, n, D]`: the heads stand second. The first dimension must count the heads,
    so that index 0 gives the whole matrix of head 0."""
    return weight.reshape(-1, n_heads, weight.shape[-1])


@mistake("split_heads", "a head takes every n-th row")
def every_nth_row(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Your shape is right, but head 0 has got the rows 0, n, 2n and so on. In the checkpoint the
    rows of one head are neighbours: head 0 is the first d rows, head 1 the next d. Look at the
    order of the sizes you cut the rows into; a transpose at the end does not mend it."""
    return weight.reshape(-1, n_heads, weight.shape[-1]).transpose(0, 1)


@mistake("split_heads", "the matrix is transposed before it is cut")
def transposed_first(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You transpose the matrix and then cut it, so a head is made of columns. Weights stand in the
    checkpoint as `[out, in]`: the outputs, which belong to heads, are the rows already."""
    return weight.T.reshape(n_heads, -1, weight.shape[-1])


@mistake("split_heads", "every head comes out transposed")
def heads_transposed(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Your result is `[n, D, d]`: the right rows in the right heads, each head's matrix turned
    over. Keep the heads as `[d, D]`, the way the checkpoint has them; turning is the work of
    `project`."""
    return split_heads(weight, n_heads).transpose(1, 2)


@mistake("split_heads", "the sizes inside a head are in the wrong order")
def head_read_as_wide(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You read each head as `[D, d]` and transpose it. Reading numbers in another order is not the
    same as a transpose, so entries of one row end up in many. A head already lies in memory as d
    rows of D numbers each."""
    return weight.reshape(n_heads, weight.shape[-1], -1).transpose(1, 2)


@mistake("split_heads", "a head takes a run of columns")
def columns_per_head(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You deal out the columns among the heads. The columns are the entries of x, and every head
    reads all of x; it is the rows that belong to heads."""
    return torch.stack(weight.chunk(n_heads, dim=1))


@mistake("split_heads", "the columns are cut, and the rows stay whole")
def columns_cut(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You cut the last dimension into heads. That is how one cuts the *result* of a projection,
    where the heads lie side by side in every token's vector. In the weight they lie below one
    another: cut the rows."""
    return weight.reshape(weight.shape[0], n_heads, -1)


@mistake("split_heads", "the rows of a head are glued together")
def rows_glued(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Your result has one long row for every head. The heads are right, but each must stay a matrix
    of d rows and D columns: one more dimension."""
    return weight.reshape(n_heads, -1)


@mistake("split_heads", "only the first head is returned")
def first_head_only(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You return the matrix of head 0 alone. Return all of them, stacked; whoever calls picks
    one."""
    return split_heads(weight, n_heads)[0]


@mistake("split_heads", "the heads come as a list")
def list_of_heads(weight: torch.Tensor, n_heads: int) -> list[torch.Tensor]:
    """You return a Python list of matrices. They are the right ones; make one tensor `[n, d, D]` of
    them. No copying is needed for that: the numbers already lie in the right order."""
    return list(split_heads(weight, n_heads))


@mistake("split_heads", "the heads come as a tuple")
def tuple_of_heads(weight: torch.Tensor, n_heads: int) -> tuple[torch.Tensor, ...]:
    """You return the tuple that `chunk` or `split` gives. Its matrices are the right ones; make one
    tensor `[n, d, D]` of them."""
    return weight.chunk(n_heads)


@mistake("split_heads", "the width of a head is taken from the columns")
def width_from_columns(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You compute d as D over the number of heads. That works for wq, which is square. wk and wv
    have fewer rows and fewer heads, and D over 8 is not 128: compute d from the number of rows, or
    let torch find it."""
    dim = weight.shape[-1]
    return weight.view(n_heads, dim // n_heads, dim)


@mistake("split_heads", "the width of a head is fixed at 128")
def always_128_rows(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You give every head 128 rows. Llama 3 8B has that width, other models have others: it follows
    from the number of rows and the number of heads."""
    return weight.view(n_heads, 128, weight.shape[-1])


@mistake("split_heads", "the number of heads is fixed at 32")
def always_32_heads(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You always cut into 32 heads. wq of the 8B holds 32, its wk and wv hold 8, and other models
    have other numbers: use the argument."""
    return weight.view(32, -1, weight.shape[-1])


@mistake("split_heads", "the heads become float32")
def heads_in_float32(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Your heads are right, but bfloat16 weights come back as float32: a copy of twice the size for
    every matrix you cut. Cutting computes nothing, so the dtype can stay as it is."""
    return split_heads(weight.float(), n_heads)


@mistake("project", "the weight is not transposed")
def not_transposed(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You multiply x by the weight as it stands. The weight is `[d, D]`, so its rows, not its
    columns, are what each token is multiplied with. For most shapes torch refuses; for a square
    weight it computes something else without a word."""
    return x @ head_weight


@mistake("project", "the weight is reshaped, not transposed")
def reshaped(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You gave the weight the shape `[D, d]` by reading its numbers in another order. The shapes
    fit then, but every output is made of pieces of several rows. A transpose turns rows into
    columns."""
    return x @ head_weight.reshape(x.shape[-1], -1)


@mistake("project", "the weight stands in front")
def weight_in_front(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You wrote W x, as books do for one column vector. Here the tokens are the rows of x, so x
    comes first, and the weight after it, turned so that the two sizes D meet."""
    return head_weight @ x


@mistake("project", "x is transposed, not the weight")
def tokens_transposed(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You turned x, so its T tokens meet the d rows of the weight. The two sizes that must meet are
    those of D: x is `[T, D]` and is right as it is."""
    return x.T @ head_weight


@mistake("project", "the result is transposed")
def result_transposed(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """Your numbers are right and lie the wrong way round: `[d, T]`, a column for each token.
    Everywhere in this model a token is a row."""
    return head_weight @ x.T


@mistake("project", "multiplied entry by entry")
def entry_by_entry(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You used `*`, which multiplies entries that stand in the same place and needs two tensors of
    one shape. A projection is a matrix product: each output is the sum of a whole row of
    products."""
    return x * head_weight


@mistake("project", "the result is divided by the root of its width")
def scaled(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You divide by the root of d. That factor belongs to the scores of the next stage, and values
    never get it: here it is the plain product."""
    return project(x, head_weight) / math.sqrt(len(head_weight))


@mistake("project", "only the last token is projected")
def last_token_only(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You return one vector, that of the last token. It is the last token that will say 42, but it
    does so by looking at the keys and values of all the others: every row of x needs its own."""
    return project(x, head_weight)[-1]


@mistake("project", "only x is brought to float32")
def only_x_in_float32(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You convert x to float32 and leave the weight in bfloat16, and torch does not multiply two
    dtypes. Nothing needs converting here: the product of two bfloat16 matrices is a bfloat16
    matrix."""
    return x.float() @ head_weight.T


@mistake("project", "the result stays float32")
def left_in_float32(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """Your numbers are right, but for bfloat16 inputs they come back as float32. The result must
    have the dtype of x; a plain product gives that by itself."""
    return x.float() @ head_weight.float().T
