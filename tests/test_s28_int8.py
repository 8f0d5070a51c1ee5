"""The graded suite of stage 28.

A weight halfway between two codes may become either, because right ways to divide round
differently. `without_ties` removes such weights.
"""

import torch

from grader.suite import Tolerance, grades, runs_on_meta, same, same_each

TIGHT = Tolerance(rtol=1e-5, atol=0.0)  # codes are exact, scales as near as float32 allows


def without_ties(weight):
    """Replace by 0 every weight that lies about halfway between two codes."""
    largest = weight.double().abs().amax(1, keepdim=True)
    codes = 127 * weight.double() / largest
    return weight.masked_fill((codes.abs() % 1 - 0.5).abs() < 0.01, 0)


def rows_of_all_sizes(rng, *shape):
    """Draw a weight whose rows have different sizes."""
    return without_ties(rng.normal(*shape) * rng.uniform(shape[0], 1, low=0.2, high=3.0))


@grades("quantize_rows", points=1)
def test_wide_tall_and_square(yours, reference, rng):
    shapes = [(5, 8), (9, 4), (7, 7), (12, 30), (1, 11), (6, 1)]
    calls = [(rows_of_all_sizes(rng, *shape),) for shape in shapes]
    calls += [(size * rows_of_all_sizes(rng, 6, 8),) for size in (2**-14, 2**20)]
    same_each(yours.quantize_rows, reference.quantize_rows, calls, tolerance=TIGHT)


@grades("quantize_rows", points=1)
def test_rows_of_zeros(yours, reference, rng):
    calls = []
    for shape, zeros in (((6, 9), [2]), ((8, 5), [0, 3, 7]), ((5, 5), [4])):
        weight = rows_of_all_sizes(rng, *shape)
        weight[zeros] = 0.0
        calls.append((weight,))
    same_each(yours.quantize_rows, reference.quantize_rows, calls, tolerance=TIGHT)


@grades("quantize_rows")
def test_weights_in_half_precision(yours, reference, rng):
    calls = []
    for half, size in ((torch.bfloat16, 0.05), (torch.float16, 0.05), (torch.float16, 5000.0)):
        weight = size * rng.normal(8, 20).clamp(-4, 4)
        weight[5] = 0.0
        calls.append((without_ties(weight.to(half)),))
    expected = reference.quantize_rows
    same_each(yours.quantize_rows, expected, calls, tolerance=TIGHT, in_float32=True)


@grades("quantize_rows", hidden=True)
def test_one_large_weight_spoils_only_its_row(yours, reference, rng):
    weight = rng.normal(24, 40, scale=0.02)
    weight[[3, 17], [5, 30]] = torch.tensor([1.5, -2.5])
    calls = [(without_ties(weight),), (without_ties(-weight),)]
    same_each(yours.quantize_rows, reference.quantize_rows, calls, tolerance=TIGHT)


@grades("quantize_rows")
def test_quantized_on_the_default_device(yours, reference, rng):
    runs_on_meta(yours.quantize_rows, reference.quantize_rows, rng.weight(6, 8))


def codes_and_scales(rng, rows, columns):
    codes = rng.uniform(rows, columns, low=-127.0, high=127.0).round().to(torch.int8)
    return codes, rng.uniform(rows, low=0.002, high=0.02)


@grades("dequantize_rows", points=1)
def test_restored_weights(yours, reference, rng):
    shapes = [(5, 8), (9, 4), (7, 7), (1, 10), (6, 1)]
    calls = [codes_and_scales(rng, *shape) for shape in shapes]
    same_each(yours.dequantize_rows, reference.dequantize_rows, calls, tolerance=TIGHT)


@grades("dequantize_rows")
def test_restored_on_the_default_device(yours, reference, rng):
    runs_on_meta(yours.dequantize_rows, reference.dequantize_rows, *codes_and_scales(rng, 6, 8))


@grades("int8_linear", points=1)
def test_wide_tall_and_square_products(yours, reference, rng):
    sizes = [(5, 8, 12), (4, 10, 6), (7, 7, 7), (1, 6, 9), (3, 1, 5)]  # tokens, in, out
    calls = []
    for tokens, columns, rows in sizes:
        calls.append(
            (rng.normal(tokens, columns, scale=2.0), *codes_and_scales(rng, rows, columns))
        )
    same_each(yours.int8_linear, reference.int8_linear, calls)


@grades("int8_linear")
def test_products_in_half_precision(yours, reference, rng):
    weight = codes_and_scales(rng, 9, 14)
    for half, share in ((torch.bfloat16, 2e-2), (torch.float16, 2.5e-3)):
        args = rng.normal(5, 14).to(half), *weight
        whole = Tolerance(rtol=0.0, atol=0.0, relative=share)
        same(yours.int8_linear, reference.int8_linear, *args, tolerance=whole)


@grades("int8_linear")
def test_sums_that_do_not_fit_into_float16(yours, reference, rng):
    calls = []
    for tokens, columns, rows in ((3, 100, 6), (1, 160, 5)):
        codes, _ = codes_and_scales(rng, rows, columns)
        codes = codes.abs()  # so that the sums exceed 65504, the largest number of float16
        codes[1::2] *= -1
        x = rng.uniform(tokens, columns, low=20.0, high=60.0).half()
        calls.append((x, codes, rng.uniform(rows, low=0.0005, high=0.002)))
    same_each(yours.int8_linear, reference.int8_linear, calls)


@grades("int8_linear")
def test_product_of_a_quantized_weight(yours, reference, rng):
    weight = rng.weight(16, 24)
    x = rng.normal(6, 24)
    x[:, 3] *= 60.0  # real models have such entries
    same_each(yours.int8_linear, reference.int8_linear, [(x, *reference.quantize_rows(weight))])


@grades("int8_linear")
def test_products_on_the_default_device(yours, reference, rng):
    runs_on_meta(
        yours.int8_linear, reference.int8_linear, rng.normal(4, 8), *codes_and_scales(rng, 6, 8)
    )
