"""The ways that stage 12 goes wrong."""

import math

import torch

from grader.diagnosis import mistake
from solutions.s12_heads import project, split_heads


@mistake("split_heads", "heads and rows are swapped")
def heads_second(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Your result is `[d, n, D]`: d pieces of n rows each. It must be n pieces of d rows each, so
    that index 0 gives head 0's whole matrix. `torch.split` takes the size of a piece, `torch.chunk`
    the number of pieces."""
    return weight.reshape(-1, n_heads, weight.shape[-1])


@mistake("split_heads", "a head takes every n-th row")
def every_nth_row(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Your head 0 has rows 0, n, 2n and so on. In the checkpoint, a head's rows are next to each
    other: head 0 is the first d rows, head 1 the next d. Check the order of n and d in your new
    shape. A transpose at the end doesn't fix it."""
    return weight.reshape(-1, n_heads, weight.shape[-1]).transpose(0, 1)


@mistake("split_heads", "head h begins with row h")
def heads_one_row_apart(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Your head h starts at row h, so the heads overlap: head 1 has all of head 0's rows but the
    first. Head h starts at row h * d, after the d rows of each head before it."""
    head_dim = weight.shape[0] // n_heads
    return torch.stack([weight[head : head + head_dim] for head in range(n_heads)])


@mistake("split_heads", "the matrix is transposed before it is split")
def transposed_first(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You transpose the matrix and then split it, so your heads are made of columns. The checkpoint
    stores weights as `[out, in]`: each row computes one output, and it's the outputs that are
    divided into heads."""
    return weight.T.reshape(n_heads, -1, weight.shape[-1])


@mistake("split_heads", "every head is transposed")
def heads_transposed(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Your result is `[n, D, d]`: the right rows in the right heads, but each head's matrix is
    transposed. Keep each head as `[d, D]`, the way the checkpoint stores it; `project` does the
    transposing."""
    return split_heads(weight, n_heads).transpose(1, 2)


@mistake("split_heads", "the sizes inside a head are in the wrong order")
def head_read_as_wide(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You reshape each head to `[D, d]` and then transpose it. A reshape doesn't turn rows into
    columns, so a row's entries end up in many rows. In memory, a head is already d rows of D
    numbers each."""
    return weight.reshape(n_heads, weight.shape[-1], -1).transpose(1, 2)


@mistake("split_heads", "the two sizes of a head are swapped")
def head_sizes_swapped(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Your result is `[n, D, d]`: you read each head as D rows of d numbers. In memory, a head is d
    rows of D numbers each, so each of your rows is only a piece of one row of the weight."""
    return weight.reshape(n_heads, weight.shape[-1], -1)


@mistake("split_heads", "a head takes neighboring columns")
def columns_per_head(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You divide the columns among the heads. Each column belongs to an entry of `x`, and every
    head reads all of `x`. It's the rows that you have to divide."""
    return torch.stack(weight.chunk(n_heads, dim=1))


@mistake("split_heads", "a head takes neighboring columns", like="columns_per_head")
def columns_reshaped(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You divide the columns among the heads. Each column belongs to an entry of `x`, and every
    head reads all of `x`. It's the rows that you have to divide."""
    rows, columns = weight.shape
    return weight.reshape(rows, n_heads, columns // n_heads).transpose(0, 1)


@mistake("split_heads", "a head takes neighboring columns", like="columns_per_head")
def columns_sliced(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You divide the columns among the heads. Each column belongs to an entry of `x`, and every
    head reads all of `x`. It's the rows that you have to divide."""
    width = weight.shape[1] // n_heads
    return torch.stack([weight[:, at * width : (at + 1) * width] for at in range(n_heads)])


@mistake("split_heads", "the columns are split, not the rows")
def columns_cut(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You split the last dimension into heads. That's how you split the *result* of a projection,
    where the heads are side by side in every token's vector. In the weight matrix, the heads are
    stacked one below another: split the rows."""
    return weight.reshape(weight.shape[0], n_heads, -1)


@mistake("split_heads", "each head's rows are joined into one")
def rows_glued(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Your result has one long row per head. The entries are right, but each head has to stay a
    matrix of d rows and D columns, so the result needs one more dimension."""
    return weight.reshape(n_heads, -1)


@mistake("split_heads", "only the first head is returned")
def first_head_only(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You return only head 0's matrix. Return all of them, stacked; the caller picks one."""
    return split_heads(weight, n_heads)[0]


@mistake("split_heads", "the heads are returned as a list")
def list_of_heads(weight: torch.Tensor, n_heads: int) -> list[torch.Tensor]:
    """You return a Python list of matrices. Return a single tensor, `[n, d, D]`. You don't have to
    copy anything to make it, because the numbers are already in the right order."""
    return list(split_heads(weight, n_heads))


@mistake("split_heads", "the heads are returned as a tuple")
def tuple_of_heads(weight: torch.Tensor, n_heads: int) -> tuple[torch.Tensor, ...]:
    """You return a tuple of matrices, as `chunk` and `split` do. Return a single tensor, `[n, d,
    D]`."""
    return weight.chunk(n_heads)


@mistake("split_heads", "the width of a head is taken from the columns")
def width_from_columns(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You compute d as D divided by the number of heads. That works for wq, which is square, but wk
    and wv have fewer rows: in the 8B you get 4096 / 8 = 512 instead of 128. Compute d from the
    number of rows, or let torch work it out."""
    dim = weight.shape[-1]
    return weight.view(n_heads, dim // n_heads, dim)


@mistake("split_heads", "the number of rows per head is taken from the columns")
def rows_from_columns(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You give each head D / n rows and leave the last size to torch. For wq, which is square, the
    last size then comes out as D. For wk and wv, which have fewer rows, it comes out smaller. Each
    head has d rows of D numbers: find d from the number of rows."""
    return weight.reshape(n_heads, weight.shape[-1] // n_heads, -1)


@mistake("split_heads", "the width of a head is fixed at 128")
def always_128_rows(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You give every head 128 rows. That's right for Llama 3 8B, but other models have other
    widths. The width follows from the number of rows and the number of heads."""
    return weight.view(n_heads, 128, weight.shape[-1])


@mistake("split_heads", "the number of heads is fixed at 32")
def always_32_heads(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """You always split into 32 heads. The 8B has 32 in wq but 8 in wk and wv, and other models have
    other numbers: use the argument."""
    return weight.view(32, -1, weight.shape[-1])


@mistake("split_heads", "the heads become float32")
def heads_in_float32(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Your heads are right, but for bfloat16 weights you return float32, which makes a copy of
    every matrix at twice the size. Splitting computes nothing, so keep the dtype as it is."""
    return split_heads(weight.float(), n_heads)


@mistake("project", "each token's vector is cut, as if a head read only a part of it")
def part_of_the_token(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You use only the first d entries of each token's vector. A head has d rows, but each of them
    has D columns, so a head reads the whole vector. Its results are narrow, not what it reads."""
    width = head_weight.shape[0]
    return x[:, :width] @ head_weight[:, :width].T


@mistake("project", "the weight is not transposed")
def not_transposed(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You multiply `x` by the weight as it is. The weight is `[d, D]`, and each token's vector has
    to be multiplied by the weight's rows, not its columns. Most shapes raise an error, but with a
    square weight you get wrong values without any error."""
    return x @ head_weight


@mistake("project", "the weight is reshaped, not transposed")
def reshaped(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You reshape the weight to `[D, d]`. The sizes fit, but every output is then made of pieces of
    several rows. A transpose turns rows into columns; a reshape doesn't."""
    return x @ head_weight.reshape(x.shape[-1], -1)


@mistake("project", "the weight comes first")
def weight_in_front(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You multiply W by x, as books do for a single column vector. Here the tokens are the rows of
    `x`, so `x` comes first. The weight comes second, transposed, so that both inner sizes of the
    product are D."""
    return head_weight @ x


@mistake("project", "x is transposed, not the weight")
def tokens_transposed(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You transpose `x`, so torch has to match the T tokens with the weight's d rows. Both inner
    sizes of the product should be D, and `x` is already right as it is: `[T, D]`."""
    return x.T @ head_weight


@mistake("project", "the result is transposed")
def result_transposed(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """Your result is `[d, T]`, with one column per token. Everywhere in this model a token is a
    row."""
    return head_weight @ x.T


@mistake("project", "the product is taken entry by entry")
def entry_by_entry(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You use `*`, which multiplies entries at the same position and needs two tensors of matching
    shapes. A projection is a matrix product: each output is the sum of a whole row of products."""
    return x * head_weight


@mistake("project", "only the last product is kept")
def last_product_only(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """Each of your entries is a single product, the last of those to add. In a loop, `=` replaces
    the value of the round before, and `+=` adds to it."""
    return x[:, -1:] @ head_weight[:, -1:].T


@mistake("project", "the result is divided by the root of its width")
def scaled(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You divide by the square root of d. That division belongs to the scores in stage 13, and
    values are never divided. A projection is just the product."""
    return project(x, head_weight) / math.sqrt(len(head_weight))


@mistake("project", "only the last token is projected")
def last_token_only(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You return only the last token's vector. The answer, 42, will come from the last token, but
    that token has to attend to the keys and values of all the others. So project every row of
    `x`."""
    return project(x, head_weight)[-1]


@mistake("project", "only x is converted to float32")
def only_x_in_float32(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """You convert `x` to float32 but leave the weight in bfloat16, and torch doesn't multiply
    matrices of different dtypes. Nothing has to be converted here: the product of two bfloat16
    matrices is bfloat16."""
    return x.float() @ head_weight.T


@mistake("project", "the result stays float32")
def left_in_float32(x: torch.Tensor, head_weight: torch.Tensor) -> torch.Tensor:
    """Your values are right, but for bfloat16 arguments you return float32. The result has to have
    the dtype of `x`, which a plain product gives you anyway."""
    return x.float() @ head_weight.float().T
