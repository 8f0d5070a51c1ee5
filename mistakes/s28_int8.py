"""The ways that stage 28 goes wrong."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.diagnosis import mistake, worked_out
from solutions.s28_int8 import dequantize_rows, int8_linear, quantize_rows

Quantized = tuple[Tensor, Tensor]


def over(largest: Tensor, levels: float) -> Tensor:
    """Return the scales for another number of levels; 1 for rows of zeros."""
    return torch.where(largest == 0, 1.0, largest / levels)


def clamped(codes: Tensor) -> Tensor:
    return torch.round(codes).clamp(-128, 127)


@worked_out("quantize_rows")
def quantize_rows_with(
    weight: Tensor,
    *,
    convert: Callable[..., Tensor] = lambda weight: weight.float(),
    measure: Callable[..., Tensor] = lambda weight: weight.abs().amax(1),
    to_scale: Callable[..., Tensor] = lambda largest: over(largest, 127),
    divide: Callable[..., Tensor] = lambda weight, scale: weight / scale[:, None],
    to_code: Callable[..., Tensor] = torch.round,
    store: Callable[..., Tensor] = lambda codes: codes.to(torch.int8),
) -> Quantized:
    """Do what the reference does, except for the steps passed by name."""
    weight = convert(weight)
    scale = to_scale(measure(weight))
    return store(to_code(divide(weight, scale))), scale


@mistake("quantize_rows", "the largest weight is taken with its sign")
def max_without_abs(weight: Tensor) -> Quantized:
    """You take the largest weight of a row, but a negative weight can be further from zero. Such a
    weight then gets a code outside the range from -127 to 127. What counts is the distance from
    zero."""
    return quantize_rows_with(weight, measure=lambda weight: weight.amax(1))


@mistake("quantize_rows", "two tensors are treated as one")
def max_returns_two(weight: Tensor) -> Quantized:
    """You divide what `max` returns by 127. If you pass a dimension, `max` returns two tensors: the
    largest values and their indices. Take the first, or look for a function that returns the values
    alone."""
    return quantize_rows_with(weight, measure=lambda weight: weight.abs().max(1))


@mistake("quantize_rows", "every column has a scale, not every row")
def scale_per_column(weight: Tensor) -> Quantized:
    """You compute one scale per column. A row of the weight makes one output, so a scale per row
    can be taken out of the output's sum; a scale per column can't. When you take the maximum, the
    dimension you pass is the one that disappears."""
    return quantize_rows_with(weight, measure=lambda weight: weight.abs().amax(0), divide=torch.div)


@mistake("quantize_rows", "the scales of the rows are used for the columns")
def scales_along_columns(weight: Tensor) -> Quantized:
    """Broadcasting matches your scales `[out]` with the last dimension of the weight `[out, in]`,
    so column 3 is divided by scale 3. Most shapes raise an error, but a square weight doesn't. Turn
    the scales into a column first."""
    return quantize_rows_with(weight, divide=torch.div)


@mistake("quantize_rows", "all rows share one scale")
def one_scale_for_all(weight: Tensor) -> Quantized:
    """You use the largest weight of the whole matrix for every row. A single large weight then
    makes the steps coarse for all rows. Each row should have a scale of its own."""
    return quantize_rows_with(weight, measure=lambda weight: weight.abs().max().expand(len(weight)))


@mistake("quantize_rows", "the scale is divided by 128")
def divided_by_128(weight: Tensor) -> Quantized:
    """You divide by 128. The largest weight then gets the code 128, but int8 ends at 127, and a
    positive 128 comes out as -128. The sign of the largest weight is lost."""
    return quantize_rows_with(weight, to_scale=lambda largest: over(largest, 128))


@mistake("quantize_rows", "the scale is divided by 128, and 128 is cut to 127")
def divided_by_128_and_cut(weight: Tensor) -> Quantized:
    """You divide by 128 and limit the codes to what int8 holds. Then the largest weight of a row is
    restored exactly if it is negative, but not if it is positive. Here the codes reach equally far
    on both sides of 0."""
    return quantize_rows_with(weight, to_scale=lambda largest: over(largest, 128), to_code=clamped)


@mistake("quantize_rows", "the scale is divided by 127.5")
def divided_by_half_of_255(weight: Tensor) -> Quantized:
    """You spread the codes over -127.5 to 127.5. Some programs do that, and they also use the code
    -128. Here codes go from -127 to 127, so that the largest weight gets a whole number and is
    restored exactly."""
    return quantize_rows_with(
        weight, to_scale=lambda largest: over(largest, 127.5), to_code=clamped
    )


@mistake("quantize_rows", "the scale is divided by 255")
def divided_by_255(weight: Tensor) -> Quantized:
    """You divide by 255, so your codes go from -255 to 255. Those are too many for one byte: int8
    ends at -128 and 127, and codes beyond that wrap around."""
    return quantize_rows_with(weight, to_scale=lambda largest: over(largest, 255))


@mistake("quantize_rows", "the scale is the range of the row, divided by 255")
def range_over_255(weight: Tensor) -> Quantized:
    """You divide the distance from the smallest to the largest weight by 255. That would be right
    if the codes were shifted so that the smallest weight gets the lowest code. Here 0 stays 0, so
    the weight furthest from 0 determines the scale, whichever side it is on. Codes above 127 wrap
    around."""
    return quantize_rows_with(
        weight,
        measure=lambda weight: weight.amax(1) - weight.amin(1),
        to_scale=lambda largest: over(largest, 255),
    )


@mistake("quantize_rows", "the scale is the range of the row, divided by 254")
def range_over_254(weight: Tensor) -> Quantized:
    """You divide the distance from the smallest to the largest weight by 254, the number of steps
    from -127 to 127. That's right only if these two weights are equally far from 0. If one is
    further from 0, its code exceeds 127 and wraps around. Which of the two should determine the
    scale?"""
    return quantize_rows_with(
        weight,
        measure=lambda weight: weight.amax(1) - weight.amin(1),
        to_scale=lambda largest: over(largest, 254),
    )


@mistake("quantize_rows", "the mean is taken instead of the maximum")
def mean_as_largest(weight: Tensor) -> Quantized:
    """You take the mean of the absolute values of a row. Every weight above the mean then gets a
    code above 127, which doesn't fit into int8. The largest weight should get the code 127."""
    return quantize_rows_with(weight, measure=lambda weight: weight.abs().mean(1))


@mistake("quantize_rows", "the scale is not divided by 127")
def largest_as_scale(weight: Tensor) -> Quantized:
    """You divide each row by its largest weight, so everything lands between -1 and 1, and rounding
    leaves three codes: -1, 0 and 1. The largest weight should get the largest code."""
    return quantize_rows_with(weight, to_scale=lambda largest: over(largest, 1))


@mistake("quantize_rows", "the largest weight is returned instead of the scale")
def largest_returned(weight: Tensor) -> Quantized:
    """Your codes are right, but instead of the scales you return the largest weight of each row. A
    code times the scale should give the weight back; with your numbers, the product is 127 times
    too large."""
    codes, scale = quantize_rows(weight)
    return codes, torch.where(weight.abs().amax(1) == 0, scale, scale * 127)


@mistake("quantize_rows", "the scale is inverted")
def scale_inverted(weight: Tensor) -> Quantized:
    """Your codes are right, but you return 1 divided by the scale, which is what you multiply the
    weights by. A code times the scale should give the weight back."""
    codes, scale = quantize_rows(weight)
    return codes, 1 / scale


@mistake("quantize_rows", "the scale is inverted, and the weights are divided by it")
def divided_by_the_inverse(weight: Tensor) -> Quantized:
    """You compute 127 divided by the largest weight, which is what you would *multiply* the weights
    by, and then you divide the weights by it. For small weights, nearly all of the codes are 0."""
    return quantize_rows_with(weight, to_scale=lambda largest: 1 / over(largest, 127))


@mistake("quantize_rows", "the weights are multiplied by the scale")
def multiplied_by_scale(weight: Tensor) -> Quantized:
    """You multiply the weights by the scale, which makes them even smaller, and rounding leaves
    mostly zeros. The scale is the step between two neighboring codes: how many steps is a weight
    from zero?"""
    return quantize_rows_with(weight, divide=lambda weight, scale: weight * scale[:, None])


@mistake("quantize_rows", "the codes are cut off, not rounded")
def truncated(weight: Tensor) -> Quantized:
    """You convert to int8 without rounding, which cuts off everything after the decimal point. The
    error then is up to a whole step instead of half a step, and all weights shrink toward zero."""
    return quantize_rows_with(weight, to_code=torch.trunc)


@mistake("quantize_rows", "0.5 is added and the decimals are cut off")
def half_added(weight: Tensor) -> Quantized:
    """You add 0.5 and cut off the decimals. That rounds positive numbers, but cuts negative numbers
    off toward zero, so -1.7 becomes -1. There is a function that rounds both positive and negative
    numbers."""
    return quantize_rows_with(weight, to_code=lambda codes: torch.trunc(codes + 0.5))


@mistake("quantize_rows", "the codes are rounded down")
def rounded_down(weight: Tensor) -> Quantized:
    """You take the next lower whole number, as `floor` and `//` do. All weights become a little
    smaller, by half a step on average, and these errors add up in a product. Rounding to the
    nearest whole number goes up as often as down."""
    return quantize_rows_with(weight, to_code=torch.floor)


@mistake("quantize_rows", "the codes are rounded up")
def rounded_up(weight: Tensor) -> Quantized:
    """You take the next higher whole number, as `ceil` does. All weights become a little larger, by
    half a step on average, and 127 can become 128, which int8 reads as -128. Rounding to the
    nearest whole number goes down as often as up."""
    return quantize_rows_with(weight, to_code=torch.ceil)


@mistake("quantize_rows", "the weights are rounded before they are divided")
def rounded_first(weight: Tensor) -> Quantized:
    """You round the weights and then divide. Most weights of a real model are nearer to 0 than to
    1, so rounding them leaves nothing. Divide first: the quotient is what has to be whole."""

    def divide(weight: Tensor, scale: Tensor) -> Tensor:
        return torch.round(weight) / scale[:, None]

    return quantize_rows_with(weight, divide=divide, to_code=torch.trunc)


@mistake("quantize_rows", "the scale of a row of zeros isn't 1")
def no_scale_for_zeros(weight: Tensor) -> Quantized:
    """For a row of zeros, your scale isn't 1. With a scale of 0, the codes are 0 / 0, which is nan,
    and only luck turns them into 0 in int8. Such a row has no largest weight to go by, so treat it
    separately."""
    return quantize_rows_with(weight, to_scale=lambda largest: largest / 127)


@mistake("quantize_rows", "the scale of a row of zeros is 1/127")
def one_before_dividing(weight: Tensor) -> Quantized:
    """For a row of zeros you replace the largest weight by 1 and then divide by 127. The scale
    itself should be 1, so set it after the division."""
    return quantize_rows_with(weight, to_scale=lambda largest: over(largest, 1) / 127)


@mistake("quantize_rows", "no scale is below 1")
def scale_at_least_1(weight: Tensor) -> Quantized:
    """You raise every scale to at least 1. That is right for a row of zeros, but an ordinary row
    needs a scale far below 1. With a scale of 1, its codes are mostly 0."""
    return quantize_rows_with(weight, to_scale=lambda largest: (largest / 127).clamp(min=1.0))


@mistake("quantize_rows", "no scale is below 1e-5")
def scale_at_least_1e_5(weight: Tensor) -> Quantized:
    """You raise every scale to at least 1e-5. A row of zeros should get the scale 1, and a row of
    tiny weights needs a scale that is smaller still."""
    return quantize_rows_with(weight, to_scale=lambda largest: (largest / 127).clamp(min=1e-5))


@mistake("quantize_rows", "a small number is added to every scale")
def eps_added(weight: Tensor) -> Quantized:
    """You add a small number to every scale to avoid dividing by zero. That changes the scales of
    tiny weights, and a row of zeros should get the scale 1. Treat that row separately."""
    return quantize_rows_with(weight, to_scale=lambda largest: largest / 127 + 1e-8)


@mistake("quantize_rows", "1e-6 is added to every scale")
def eps_of_1e_6_added(weight: Tensor) -> Quantized:
    """You add 1e-6 to every scale to avoid dividing by zero. That makes every scale a little too
    large, and a row of zeros should get the scale 1. Treat that row separately."""
    return quantize_rows_with(weight, to_scale=lambda largest: largest / 127 + 1e-6)


@mistake("quantize_rows", "the scales are a column")
def scales_as_column(weight: Tensor) -> Quantized:
    """Your scales have the shape `[out, 1]`, as `keepdim` leaves them. That is handy for dividing,
    but return them as `[out]`."""
    codes, scale = quantize_rows(weight)
    return codes, scale[:, None]


@mistake("quantize_rows", "the codes have no sign")
def unsigned_codes(weight: Tensor) -> Quantized:
    """You store the codes in uint8, which has no negative numbers: -1 comes out as 255. int8 holds
    -128 to 127."""
    return quantize_rows_with(weight, store=lambda codes: codes.to(torch.int32).to(torch.uint8))


@mistake("quantize_rows", "negative codes become 0")
def negative_codes_cut(weight: Tensor) -> Quantized:
    """You limit the codes to 0 to 127, so every negative weight becomes 0. Codes go down to
    -127."""
    return quantize_rows_with(weight, to_code=lambda codes: torch.round(codes).clamp(0, 127))


@mistake("quantize_rows", "the codes are shifted by 128")
def shifted_codes(weight: Tensor) -> Quantized:
    """You add 128 to the codes, so that they fit into uint8. The code that stands for 0 is then
    128, and it is called the zero point. Here the code 0 stands for 0, and the codes are int8."""
    return quantize_rows_with(weight, store=lambda codes: (codes + 128).to(torch.uint8))


@mistake("quantize_rows", "the smallest weight gets the lowest code")
def asymmetric(weight: Tensor) -> Quantized:
    """You spread the codes from the smallest weight of a row to its largest. That is asymmetric
    quantization, which needs a zero point besides the scale, and you return none. Here the code 0
    stands for 0, and both sides have the same scale."""
    low, high = weight.float().aminmax(dim=1)
    scale = torch.where(high == low, 1.0, (high - low) / 255)
    codes = torch.round((weight.float() - low[:, None]) / scale[:, None]) - 128
    return codes.to(torch.int8), scale


@mistake("quantize_rows", "the codes are not converted to int8")
def float_codes(weight: Tensor) -> Quantized:
    """Your codes are whole numbers, but they are still floats of four bytes each. Nothing is saved
    until they are converted to int8."""
    return quantize_rows_with(weight, store=lambda codes: codes)


@mistake("quantize_rows", "the codes are int32")
def codes_of_four_bytes(weight: Tensor) -> Quantized:
    """Your codes are int32, which has four bytes, as many as float32. `int()` makes this type. A
    code needs just one byte: int8."""
    return quantize_rows_with(weight, store=lambda codes: codes.to(torch.int32))


@mistake("quantize_rows", "the restored weights are returned instead of the codes")
def restored_at_once(weight: Tensor) -> Quantized:
    """You multiply the rounded numbers by the scale and return weights. They are rounded but take
    as much memory as before. Return the codes; restoring them is the next function's job."""
    codes, scale = quantize_rows(weight)
    return dequantize_rows(codes, scale), scale


@mistake("quantize_rows", "only the codes are returned")
def only_codes(weight: Tensor) -> Tensor:
    """You return the codes alone. Without the scales nobody can tell what a code stands for. Return
    both."""
    return quantize_rows(weight)[0]


@mistake("quantize_rows", "the scales come first")
def scales_first(weight: Tensor) -> Quantized:
    """You return the scales and then the codes. The order is the other way around: codes first."""
    codes, scale = quantize_rows(weight)
    return scale, codes


@mistake("quantize_rows", "the codes are transposed")
def codes_transposed(weight: Tensor) -> Quantized:
    """Your codes have the shape `[in, out]`. A weight stays as it is in the checkpoint, `[out,
    in]`; `int8_linear` does the transposing."""
    codes, scale = quantize_rows(weight)
    return codes.t(), scale


@mistake("quantize_rows", "the transposed weight is quantized")
def transposed_first(weight: Tensor) -> Quantized:
    """You transpose the weight and then quantize it, so your rows are the weight's columns and
    there is one scale per input. Leave the weight as it is: a row of it makes one output."""
    return quantize_rows(weight.t())


@mistake("quantize_rows", "the signs are lost")
def absolute_weights(weight: Tensor) -> Quantized:
    """You quantize the absolute values of the weights, so no code is negative. Absolute values are
    only for finding the largest weight; the weights themselves keep their signs."""
    return quantize_rows(weight.abs())


@mistake("quantize_rows", "the weight is divided in place")
def divides_in_place(weight: Tensor) -> Quantized:
    """Your result is right, but you change the caller's weight, for example with `/=`. `float()`
    doesn't protect it, because it doesn't copy a tensor that is float32 already."""
    codes, scale = quantize_rows(weight)
    weight.float().div_(scale[:, None])
    return codes, scale


@mistake("quantize_rows", "nothing is converted to float32")
def not_in_float32(weight: Tensor) -> Quantized:
    """You compute in the dtype of the weight. bfloat16 has only 8 significant bits, so both the
    scale and the quotient are rounded, and a quotient nearly halfway between two codes can get the
    wrong code. The scale should be float32, too."""
    return quantize_rows_with(weight, convert=lambda weight: weight)


@mistake("quantize_rows", "the scales have the dtype of the weight")
def scales_in_half(weight: Tensor) -> Quantized:
    """Your codes are right, but you convert the scales to the dtype of the weight, which rounds
    them. There is just one scale per row, so keep them in float32."""
    codes, scale = quantize_rows(weight)
    return codes, scale.to(weight.dtype)


@mistake("dequantize_rows", "the scale is not used")
def codes_as_weights(quantized: Tensor, scale: Tensor) -> Tensor:
    """You convert the codes to float32 and leave it at that, so the weights are whole numbers from
    -127 to 127. Each row has a scale that says what a step is worth."""
    return quantized.float()


@mistake("dequantize_rows", "the codes are divided by the scale")
def divided_by_scale(quantized: Tensor, scale: Tensor) -> Tensor:
    """You divide the codes by the scale. Quantizing divided the weights by it, so restoring has to
    do the opposite."""
    return dequantize_rows(quantized, 1 / scale)


@mistake("dequantize_rows", "the scales are used for the columns")
def scaled_columns(quantized: Tensor, scale: Tensor) -> Tensor:
    """Broadcasting matches your scales `[out]` with the last dimension of the codes `[out, in]`, so
    scale 3 multiplies column 3. Most shapes raise an error, but a square weight doesn't. Turn the
    scales into a column first."""
    return quantized * scale


@mistake("dequantize_rows", "the result is transposed")
def restored_transposed(quantized: Tensor, scale: Tensor) -> Tensor:
    """You transpose the codes so that the scales fit, and return the weight transposed. It should
    be `[out, in]` again, as in the checkpoint."""
    return dequantize_rows(quantized, scale).t()


@mistake("dequantize_rows", "the result is divided by 127")
def divided_by_127_again(quantized: Tensor, scale: Tensor) -> Tensor:
    """You divide by 127, but the scale already contains that division: it is the largest weight
    divided by 127. A code times the scale is all it takes."""
    return dequantize_rows(quantized, scale) / 127


@mistake("dequantize_rows", "the result is int8")
def restored_as_int8(quantized: Tensor, scale: Tensor) -> Tensor:
    """You convert the restored weights to int8, which cuts off everything after the decimal point.
    Restored weights are float32."""
    return dequantize_rows(quantized, scale).to(torch.int8)


@mistake("dequantize_rows", "the codes are read without a sign")
def read_as_unsigned(quantized: Tensor, scale: Tensor) -> Tensor:
    """You read the codes as uint8, so -1 counts as 255. Every negative weight comes out as a large
    positive one."""
    return quantized.view(torch.uint8) * scale[:, None]


@mistake("dequantize_rows", "128 is subtracted from the codes")
def zero_point_subtracted(quantized: Tensor, scale: Tensor) -> Tensor:
    """You subtract 128 from the codes, as one does with uint8 codes that have a zero point. These
    codes are int8, and the code 0 stands for 0."""
    return (quantized.float() - 128) * scale[:, None]


@mistake("int8_linear", "the scale is not used")
def unscaled(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """You multiply by the codes and leave out the scales, so every output is too large, each by a
    different factor."""
    return int8_linear(x, quantized, torch.ones_like(scale))


@mistake("int8_linear", "the scale is used twice")
def scaled_twice(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """You scale twice, for example when you restore the weight and again after the product. Once is
    enough; it doesn't matter where."""
    return int8_linear(x, quantized, scale * scale)


@mistake("int8_linear", "the products are divided by the scale")
def products_divided(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """You divide by the scale. A code times the scale is the weight, so the scale is a factor of
    both the weight and the product."""
    return int8_linear(x, quantized, 1 / scale)


@mistake("int8_linear", "the scales are added, not multiplied")
def scales_as_bias(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """You add the scales to the products. Did you pass them to `linear` as its third argument? The
    third argument is the bias. The scales have to multiply the products."""
    return F.linear(x.float(), quantized.float(), scale).to(x.dtype)


@mistake("int8_linear", "the scales are used for the inputs")
def inputs_scaled(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """You multiply the columns of the weight by the scales, or the entries of `x`, which has the
    same effect. A scale belongs to a row of the weight, and so to an output. Only a square weight
    lets this pass without an error."""
    return (x.float() @ (quantized * scale).T).to(x.dtype)


@mistake("int8_linear", "the scales are used for the tokens")
def tokens_scaled(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """You make the scales a column and multiply the products by that column, so each *token* gets a
    scale. The products are `[T, out]`: the scales already fit the last dimension."""
    return (x.float() @ quantized.float().T * scale[:, None]).to(x.dtype)


@mistake("int8_linear", "the weight is not transposed")
def not_transposed(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """You multiply `x` by the weight as it is, `[out, in]`, so the outputs are made from its
    columns, not from its rows. Most shapes raise an error, but a square weight doesn't."""
    return (x.float() @ dequantize_rows(quantized, scale)).to(x.dtype)


@mistake("int8_linear", "the weight is reshaped, not transposed")
def reshaped(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """You reshape the weight to `[in, out]`. The sizes fit, but every output is then made of pieces
    of several rows. A transpose turns rows into columns; a reshape doesn't."""
    weight = dequantize_rows(quantized, scale)
    return (x.float() @ weight.reshape(x.shape[-1], -1)).to(x.dtype)


@mistake("int8_linear", "the result is transposed")
def result_transposed(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """Your result is `[out, T]`, with one column per token. Everywhere in this model a token is a
    row."""
    return int8_linear(x, quantized, scale).t()


@mistake("int8_linear", "x is cut to whole numbers")
def x_as_int8(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """You convert `x` to whole numbers because the codes are whole numbers. That leaves little of
    `x`. Torch does want both factors to have the same type, but it's the codes that can be
    converted without loss."""
    return int8_linear(x.float().trunc(), quantized, scale).to(x.dtype)


@mistake("int8_linear", "the product is taken in int8")
def product_in_int8(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """You convert `x` to int8 and multiply int8 by int8. That cuts `x` to whole numbers, and the
    sums don't fit into int8, which ends at 127: they wrap around. It's the codes that should be
    converted, to a type that has room for the sums."""
    return (x.to(torch.int8) @ quantized.T * scale).to(x.dtype)


@mistake("int8_linear", "the dot products of `x` and the codes don't fit into float16")
def product_in_float16(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """You multiply the codes in the dtype of `x`. If that is float16, which ends at 65504, the dot
    products can become inf before the scales make them small, for example with long vectors or
    large entries. In which dtype do they always fit?"""
    return (F.linear(x, quantized.to(x.dtype)) * scale).to(x.dtype)


@mistake("int8_linear", "x is quantized too")
def x_quantized(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """You quantize `x` as well. Some methods do that to multiply int8 by int8, but one large entry
    then makes a token's whole vector coarse. Here only the weight is quantized."""
    return int8_linear(dequantize_rows(*quantize_rows(x)), quantized, scale).to(x.dtype)


@mistake("int8_linear", "float32 results are computed in bfloat16")
def always_bfloat16(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """You compute in bfloat16 whatever the dtype of `x` is, so only 8 significant bits of a float32
    result are right. Let the dtype of `x` decide."""
    return int8_linear(x.bfloat16(), quantized, scale).to(x.dtype)


@mistake("int8_linear", "the result stays float32")
def left_in_float32(x: Tensor, quantized: Tensor, scale: Tensor) -> Tensor:
    """Your values are right, but for an `x` in half precision you return float32. The scales are
    float32, and a product takes the wider dtype of its factors. Return the dtype of `x`."""
    return int8_linear(x.float(), quantized, scale)
