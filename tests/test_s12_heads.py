"""The graded suite of stage 12."""

from grader.suite import grades, same, same_each


@grades("split_heads", points=1)
def test_square_weight(yours, reference, rng):
    # Heads, rows per head, columns: square, like wq. Every layer has another wq of one shape.
    sizes = [(3, 8, 24), (3, 8, 24), (5, 6, 30)]
    calls = [(rng.weight(heads * width, dim), heads) for heads, width, dim in sizes]
    same_each(yours.split_heads, reference.split_heads, calls)


@grades("split_heads", points=1)
def test_weight_that_is_not_square(yours, reference, rng):
    sizes = [(2, 8, 24), (3, 6, 32), (5, 6, 14), (1, 10, 40)]  # wk and wv have fewer rows than wq
    calls = [(rng.weight(heads * width, dim), heads) for heads, width, dim in sizes]
    same_each(yours.split_heads, reference.split_heads, calls)


@grades("split_heads")
def test_heads_keep_the_dtype(yours, reference, rng):
    weight = rng.weight(21, 20)
    same_each(
        yours.split_heads, reference.split_heads, [(weight.bfloat16(), 3), (weight.half(), 3)]
    )


@grades("project", points=1)
def test_head_narrower_than_the_model(yours, reference, rng):
    sizes = [(5, 12, 6), (5, 12, 6), (7, 20, 8), (1, 24, 10)]  # tokens, columns, rows
    calls = [(rng.normal(tokens, dim), rng.weight(width, dim)) for tokens, dim, width in sizes]
    same_each(yours.project, reference.project, calls)


@grades("project", points=1, hidden=True)
def test_head_as_wide_as_the_model_or_wider(yours, reference, rng):
    sizes = [(6, 8, 8), (4, 6, 14)]  # a square weight that isn't transposed raises no error
    calls = [(rng.normal(tokens, dim), rng.weight(width, dim)) for tokens, dim, width in sizes]
    same_each(yours.project, reference.project, calls)


@grades("project")
def test_a_head_gives_its_part_of_the_whole_projection(yours, rng):
    x, weight = rng.normal(5, 24), rng.weight(24, 24)
    whole = x @ weight.T  # all three heads of width 8 at once
    same(yours.project, lambda x, head_weight: whole[:, 8:16], x, weight[8:16])


@grades("project")
def test_projection_in_half_precision(yours, reference, rng):
    x, weight = rng.normal(5, 20), rng.weight(8, 20)
    calls = [(x.bfloat16(), weight.bfloat16()), (x.half(), weight.half())]
    same_each(yours.project, reference.project, calls)
