"""The graded suite of stage 9."""

import torch

from grader.suite import grades, require, same, same_each


@grades("rms_norm", points=2)
def test_vectors_of_ordinary_size(yours, reference, rng):
    for rows, dim in ((5, 12), (8, 8), (1, 6)):
        x = rng.normal(rows, dim) + 0.7  # the mean is not zero
        same(yours.rms_norm, reference.rms_norm, x, rng.norm_weight(dim), 1e-5)


@grades("rms_norm", points=2)
def test_eps_shows_on_small_vectors(yours, reference, rng):
    weight = rng.norm_weight(10)
    sizes_and_eps = [(1e-3, 1e-5), (1e-3, 1e-6), (3e-3, 1e-5), (0.5, 0.1)]
    calls = [(rng.normal(6, 10, scale=size), weight, eps) for size, eps in sizes_and_eps]
    same_each(yours.rms_norm, reference.rms_norm, calls)


@grades("rms_norm", points=1)
def test_large_float16_vectors(yours, reference, rng):
    x = rng.normal(5, 16, scale=1000.0).half()  # the squares overflow in float16
    same(yours.rms_norm, reference.rms_norm, x, rng.norm_weight(16).half(), 1e-5)


@grades("rms_norm", points=1)
def test_bfloat16_vectors(yours, reference, rng):
    x = rng.normal(7, 24).bfloat16()
    weight = rng.norm_weight(24).bfloat16()
    same(yours.rms_norm, reference.rms_norm, x, weight, 1e-5)
    x = rng.normal(7, 24)  # float32, so the result is float32 whatever the weight is
    same(yours.rms_norm, reference.rms_norm, x, weight, 1e-5, in_float32=True)


@grades("rms_norm", hidden=True)
def test_any_leading_dimensions(yours, reference, rng):
    weight = rng.norm_weight(6)
    for shape in ((6,), (1, 6), (2, 3, 6), (2, 1, 4, 6)):
        same(yours.rms_norm, reference.rms_norm, rng.normal(*shape), weight, 1e-5)


@grades("rms_norm")
def test_a_vector_of_zeros_stays_zero(yours, rng):
    x = rng.normal(3, 8)
    x[1] = 0.0
    result = yours.rms_norm(x, rng.norm_weight(8), 1e-5)
    require(
        bool((result[1] == 0).all()),
        "row 1 of x is zero, but its result is {row}",
        row=result[1],
    )


@grades("rms_norm")
def test_rows_do_not_depend_on_each_other(yours, rng):
    x, weight = rng.normal(5, 12), rng.norm_weight(12)
    together = yours.rms_norm(x, weight, 1e-5)
    alone = yours.rms_norm(x[2:3], weight, 1e-5)
    require(
        bool(together.isfinite().all() and alone.isfinite().all()),
        "the results for five ordinary vectors should be finite numbers",
    )
    require(
        together.shape == x.shape and torch.allclose(together[2:3], alone, rtol=1e-4, atol=1e-5),
        "row 2 has one result alone and another one together with the other rows",
    )
