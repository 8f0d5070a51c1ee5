"""The ways that stage 32 goes wrong."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from grader.diagnosis import mistake, worked_out
from solutions.s32_lora import lora_linear, merge_lora


def right_scale(alpha: float, a: Tensor, b: Tensor) -> float:
    return alpha / len(a)


def add(frozen: Tensor, learned: Tensor) -> Tensor:
    return frozen + learned


@worked_out("lora_linear")
def lora_linear_with(
    x: Tensor,
    weight: Tensor,
    a: Tensor,
    b: Tensor,
    alpha: float,
    *,
    scale: Callable[..., float] = right_scale,
    keep: Callable[..., Tensor] = lambda x, weight: x @ weight.T,
    shrink: Callable[..., Tensor] = lambda x, a: x @ a.T,
    between: Callable[..., Tensor] = lambda small: small,
    grow: Callable[..., Tensor] = lambda small, b: small @ b.T,
    multiply: Callable[..., Tensor] = lambda scale, learned: scale * learned,
    combine: Callable[..., Tensor] = add,
) -> Tensor:
    """Do what the reference does, except for the steps passed by name."""
    learned = grow(between(shrink(x, a)), b)
    return combine(keep(x, weight), multiply(scale(alpha, a, b), learned))


@worked_out("merge_lora")
def merge_lora_with(
    weight: Tensor,
    a: Tensor,
    b: Tensor,
    alpha: float,
    *,
    scale: Callable[..., float] = right_scale,
    product: Callable[..., Tensor] = lambda a, b: b @ a,
    multiply: Callable[..., Tensor] = lambda scale, learned: scale * learned,
    combine: Callable[..., Tensor] = add,
) -> Tensor:
    """Do what the reference does, except for the steps passed by name."""
    return combine(weight, multiply(scale(alpha, a, b), product(a, b)))


@mistake("lora_linear", "alpha is not divided by r")
def alpha_alone(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply the small matrices' result by `alpha` itself. A larger rank puts more terms into
    every sum, so your result grows with the rank. Use `alpha / r`."""
    return lora_linear_with(x, weight, a, b, alpha, scale=lambda alpha, a, b: alpha)


@mistake("lora_linear", "alpha is divided by the square root of r")
def divided_by_the_root(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You divide `alpha` by the square root of the rank. That's a later variant, rank-stabilized
    LoRA. The original, which you write here, divides by the rank itself."""
    return lora_linear_with(x, weight, a, b, alpha, scale=lambda alpha, a, b: alpha / len(a) ** 0.5)


@mistake("lora_linear", "alpha is divided by the number of inputs")
def divided_by_inputs(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You use the wrong dimension as the rank: `a` is `[r, in]`, and you divide by `in`. In the 8B,
    `in` is 4096, so almost nothing would be added. Which dimension do `a` and `b` share?"""
    return lora_linear_with(x, weight, a, b, alpha, scale=lambda alpha, a, b: alpha / a.shape[1])


@mistake("lora_linear", "alpha is divided by the number of outputs")
def divided_by_outputs(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You use the wrong dimension as the rank: `b` is `[out, r]`, and you divide by `out`. In the
    8B, `out` is 4096, so almost nothing would be added. Which dimension do `a` and `b` share?"""
    return lora_linear_with(x, weight, a, b, alpha, scale=lambda alpha, a, b: alpha / len(b))


@mistake("lora_linear", "alpha is divided by r twice")
def divided_twice(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You divide `alpha` by the rank, and then by the rank again. Once is enough. Is one of the two
    divisions hidden in a mean?"""
    return lora_linear_with(x, weight, a, b, alpha, scale=lambda alpha, a, b: alpha / len(a) ** 2)


@mistake("lora_linear", "the division of alpha by r drops the decimals")
def whole_division(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You divide with `//` or convert to an int, which drops the decimals. If `alpha` is smaller
    than r, nothing is left, and the small matrices have no effect."""
    return lora_linear_with(x, weight, a, b, alpha, scale=lambda alpha, a, b: alpha // len(a))


@mistake("lora_linear", "r is divided by alpha")
def scale_upside_down(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You divide the rank by `alpha`, so a larger `alpha` makes the small matrices count less. It
    should make them count more."""
    return lora_linear_with(x, weight, a, b, alpha, scale=lambda alpha, a, b: len(a) / alpha)


@mistake("lora_linear", "alpha is multiplied by r")
def multiplied_by_rank(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply `alpha` by the rank. Every number of the result is already a sum of r terms, so
    a larger rank would count twice over. The scale should offset the effect of the rank."""
    return lora_linear_with(x, weight, a, b, alpha, scale=lambda alpha, a, b: alpha * len(a))


@mistake("lora_linear", "alpha and r are left out")
def unscaled(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You add the small matrices' result as it is. Scale it first: how much it counts depends on
    `alpha` and on the rank."""
    return lora_linear_with(x, weight, a, b, alpha, scale=lambda alpha, a, b: 1.0)


@mistake("lora_linear", "alpha is left out")
def one_over_rank(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You divide by the rank but don't use `alpha`. Both belong to the scale."""
    return lora_linear_with(x, weight, a, b, alpha, scale=lambda alpha, a, b: 1 / len(a))


@mistake("lora_linear", "the scale is used twice")
def scaled_twice(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply by `alpha / r` twice, for example once after each small matrix, so the scale is
    squared. The two matrices together need it once."""
    return lora_linear_with(
        x, weight, a, b, alpha, scale=lambda alpha, a, b: right_scale(alpha, a, b) ** 2
    )


@mistake("lora_linear", "the square root of the scale is used")
def root_of_the_scale(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You take the square root of `alpha / r`. That would be right if you multiplied both `a` and
    `b` by it. If you scale only once, you need the scale itself."""
    return lora_linear_with(
        x, weight, a, b, alpha, scale=lambda alpha, a, b: right_scale(alpha, a, b) ** 0.5
    )


@mistake("lora_linear", "the rank is always 8")
def rank_of_8(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You divide `alpha` by 8. That's a common rank, but not the only one: read the rank from the
    shapes of `a` and `b`."""
    return lora_linear_with(x, weight, a, b, alpha, scale=lambda alpha, a, b: alpha / 8)


@mistake("lora_linear", "alpha is always 16")
def alpha_of_16(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You use 16 for `alpha`. That's a common choice, but the caller makes it: use the argument."""
    return lora_linear_with(x, weight, a, b, alpha, scale=lambda alpha, a, b: 16 / len(a))


@mistake("lora_linear", "the frozen weight is left out")
def only_what_is_learned(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You return only the small matrices' result. They don't replace the weight; they correct it.
    With a `b` of zeros, the model should do what it did before."""
    return lora_linear_with(x, weight, a, b, alpha, combine=lambda frozen, learned: learned)


@mistake("lora_linear", "the small matrices are left out")
def only_what_is_frozen(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You return only the frozen weight's result, as if `a` and `b` weren't there. So whatever they
    learn has no effect."""
    return lora_linear_with(x, weight, a, b, alpha, combine=lambda frozen, learned: frozen)


@mistake("lora_linear", "the frozen weight is scaled, too")
def all_scaled(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply the whole sum by `alpha / r`. Scale only what the small matrices add; the frozen
    weight's result must stay unchanged. Look at the parentheses."""
    return lora_linear_with(
        x,
        weight,
        a,
        b,
        alpha,
        multiply=lambda scale, learned: learned,
        combine=lambda frozen, learned: right_scale(alpha, a, b) * (frozen + learned),
    )


@mistake("lora_linear", "the frozen weight is scaled instead of the small matrices")
def frozen_scaled(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply the frozen weight's result by `alpha / r`, and add the small matrices' result as
    it is. It should be the other way around."""
    return lora_linear_with(
        x,
        weight,
        a,
        b,
        alpha,
        multiply=lambda scale, learned: learned,
        combine=lambda frozen, learned: right_scale(alpha, a, b) * frozen + learned,
    )


@mistake("lora_linear", "the product of the small matrices is added twice")
def added_twice(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You add the small matrices' result twice, perhaps because the weight you multiply by already
    contains them. Either merge them into the weight or add their result, but not both."""
    return lora_linear_with(
        x, weight, a, b, alpha, combine=lambda frozen, learned: frozen + 2 * learned
    )


@mistake("lora_linear", "the product of the small matrices is subtracted")
def subtracted(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You subtract the small matrices' result. It should be added: the matrices themselves learn in
    which direction to change the output."""
    return lora_linear_with(
        x, weight, a, b, alpha, combine=lambda frozen, learned: frozen - learned
    )


@mistake("lora_linear", "the frozen and the learned result are blended")
def blended(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply the frozen part by 1 - `alpha / r`, as in a weighted mean. The frozen part
    always counts in full."""
    return lora_linear_with(
        x,
        weight,
        a,
        b,
        alpha,
        combine=lambda frozen, learned: (1 - right_scale(alpha, a, b)) * frozen + learned,
    )


@mistake("lora_linear", "a and b are swapped")
def swapped(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply by `b` first and by `a` second. Unless `in` equals `out`, the shapes don't fit.
    Which of the two has a dimension of size `in` and can therefore read the vector?"""
    return lora_linear_with(
        x, weight, a, b, alpha, shrink=lambda x, a: x @ b, grow=lambda small, b: small @ a
    )


@mistake("lora_linear", "the frozen weight is not transposed")
def weight_not_transposed(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply `x` by the weight without transposing it. Weights are stored as `[out, in]`, so
    the shapes fit only if the weight is square, and even then the numbers are wrong."""
    return lora_linear_with(x, weight, a, b, alpha, keep=lambda x, weight: x @ weight)


@mistake("lora_linear", "a is not transposed")
def a_not_transposed(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply `x` by `a` without transposing it. `a` is stored as `[r, in]`, like all weights,
    and the dimension that meets `x` has to be `in`."""
    return lora_linear_with(x, weight, a, b, alpha, shrink=lambda x, a: x @ a)


@mistake("lora_linear", "b is not transposed")
def b_not_transposed(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You use `b` as if it were `[r, out]`. It's stored as `[out, r]`, like all weights, so the
    wrong dimension meets the r numbers."""
    return lora_linear_with(x, weight, a, b, alpha, grow=lambda small, b: small @ b)


@mistake("lora_linear", "neither a nor b is transposed")
def nothing_transposed(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply by `a` and then by `b` as they are. Both are stored like all weights,
    `[out, in]`, so both have to be transposed. Without that, the shapes rarely fit."""
    return lora_linear_with(
        x, weight, a, b, alpha, shrink=lambda x, a: x @ a, grow=lambda small, b: small @ b
    )


@mistake("lora_linear", "the product of b and a is not transposed")
def product_not_transposed(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply `x` by the product of `b` and `a` without transposing it. Like the weight, that
    product is `[out, in]`. So the shapes fit only if the weight is square, and even then the
    numbers are wrong."""
    return lora_linear_with(
        x, weight, a, b, alpha, shrink=lambda x, a: x, grow=lambda x, b: x @ (b @ a)
    )


@mistake("lora_linear", "a is reshaped instead of transposed")
def a_reshaped(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You give `a` the shape `[in, r]` with `reshape` or `view`. That keeps the numbers in the
    order in which they are stored and only cuts them into rows of another length. Transposing turns
    rows into columns."""
    return lora_linear_with(
        x, weight, a, b, alpha, shrink=lambda x, a: x @ a.reshape(a.shape[1], a.shape[0])
    )


@mistake("lora_linear", "b is reshaped instead of transposed")
def b_reshaped(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You give `b` the shape `[r, out]` with `reshape` or `view`. That keeps the numbers in the
    order in which they are stored and only cuts them into rows of another length. Transposing turns
    rows into columns."""
    return lora_linear_with(
        x, weight, a, b, alpha, grow=lambda small, b: small @ b.reshape(b.shape[1], b.shape[0])
    )


@mistake("lora_linear", "the small matrices read the frozen weight's result")
def one_after_the_other(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You pass the frozen weight's result to the small matrices. They work beside the weight, not
    after it: `a` reads the same `x` as the weight."""
    return lora_linear_with(x, weight, a, b, alpha, shrink=lambda x, a: (x @ weight.T) @ a.T)


@mistake("lora_linear", "there is a ReLU between the small matrices")
def relu_between(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You set negative numbers to 0 between the two matrices. Other kinds of adapters do that, but
    in LoRA there is nothing between them: otherwise they couldn't be merged into the weight."""
    return lora_linear_with(x, weight, a, b, alpha, between=F.relu)


@mistake("lora_linear", "there is a SiLU between the small matrices")
def silu_between(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You apply SiLU between the two matrices, as in the feed-forward network. In LoRA, there is
    nothing between them: otherwise they couldn't be merged into the weight."""
    return lora_linear_with(x, weight, a, b, alpha, between=F.silu)


@mistake("lora_linear", "the weight is changed in place")
def linear_in_place(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Your result is right, but you merge the small matrices into the caller's weight, for example
    with `+=`. The next call then adds them again, and the frozen weight is lost."""
    result = lora_linear(x, weight, a, b, alpha)
    weight.data.add_(right_scale(alpha, a, b) * (b @ a).data)
    return result


@mistake("lora_linear", "no gradient reaches a and b")
def learned_detached(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Your numbers are right, but no gradient gets back to `a` and `b`, because of `detach()`,
    `.data`, `torch.no_grad()` or NumPy. Only the weight is frozen; these two are trained."""
    return lora_linear(x, weight, a.detach(), b.detach(), alpha)


@mistake("lora_linear", "b gets no gradient")
def b_detached(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Your numbers are right, but no gradient gets back to `b`, so it would stay all zeros, and
    nothing would ever be learned. Both small matrices are trained."""
    return lora_linear(x, weight, a, b.detach(), alpha)


@mistake("lora_linear", "a gets no gradient")
def a_detached(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Your numbers are right, but no gradient gets back to `a`, so it would keep the noise it
    started with. Both small matrices are trained."""
    return lora_linear(x, weight, a.detach(), b, alpha)


@mistake("lora_linear", "the result stays in float32")
def linear_in_float32(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Your result is float32 even if the arguments aren't. The next layer expects the dtype of `x`.
    Computing in float32 is fine; convert back at the end."""
    return lora_linear(x.float(), weight.float(), a.float(), b.float(), alpha)


@mistake("lora_linear", "the result has one vector per column")
def linear_transposed(x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Your result is `[out, T]`. Each token's vector should be a row, as in `x`."""
    return lora_linear(x, weight, a, b, alpha).T


@mistake("merge_lora", "alpha is not divided by r")
def merged_with_alpha_alone(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply the product of the small matrices by `alpha` itself. Use `alpha / r`, as in
    `lora_linear`, so that a larger rank doesn't count more just because of its size."""
    return merge_lora_with(weight, a, b, alpha, scale=lambda alpha, a, b: alpha)


@mistake("merge_lora", "alpha is divided by the square root of r")
def merged_over_the_root(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You divide `alpha` by the square root of the rank. That's a later variant, rank-stabilized
    LoRA. The original, which you write here, divides by the rank itself."""
    return merge_lora_with(weight, a, b, alpha, scale=lambda alpha, a, b: alpha / len(a) ** 0.5)


@mistake("merge_lora", "alpha is divided by the number of inputs")
def merged_over_inputs(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You use the wrong dimension as the rank: `a` is `[r, in]`, and you divide by `in`. In the 8B,
    `in` is 4096, so almost nothing would be added. Which dimension do `a` and `b` share?"""
    return merge_lora_with(weight, a, b, alpha, scale=lambda alpha, a, b: alpha / a.shape[1])


@mistake("merge_lora", "alpha is divided by the number of outputs")
def merged_over_outputs(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You use the wrong dimension as the rank: `b` is `[out, r]`, and you divide by `out`. In the
    8B, `out` is 4096, so almost nothing would be added. Which dimension do `a` and `b` share?"""
    return merge_lora_with(weight, a, b, alpha, scale=lambda alpha, a, b: alpha / len(b))


@mistake("merge_lora", "alpha is divided by r twice")
def merged_over_rank_twice(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You divide `alpha` by the rank, and then by the rank again. Once is enough. Is one of the two
    divisions hidden in a mean?"""
    return merge_lora_with(weight, a, b, alpha, scale=lambda alpha, a, b: alpha / len(a) ** 2)


@mistake("merge_lora", "the division of alpha by r drops the decimals")
def merged_with_whole_division(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You divide with `//` or convert to an int, which drops the decimals. If `alpha` is smaller
    than r, nothing is left, and the small matrices have no effect."""
    return merge_lora_with(weight, a, b, alpha, scale=lambda alpha, a, b: alpha // len(a))


@mistake("merge_lora", "r is divided by alpha")
def merged_upside_down(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You divide the rank by `alpha`, so a larger `alpha` makes the small matrices count less. It
    should make them count more."""
    return merge_lora_with(weight, a, b, alpha, scale=lambda alpha, a, b: len(a) / alpha)


@mistake("merge_lora", "alpha is multiplied by r")
def merged_times_rank(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply `alpha` by the rank. Every number of the product is already a sum of r terms, so
    a larger rank would count twice over. The scale should offset the effect of the rank."""
    return merge_lora_with(weight, a, b, alpha, scale=lambda alpha, a, b: alpha * len(a))


@mistake("merge_lora", "alpha and r are left out")
def merged_unscaled(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You add the product of the small matrices as it is. `lora_linear` scales it, so the merged
    matrix has to do the same."""
    return merge_lora_with(weight, a, b, alpha, scale=lambda alpha, a, b: 1.0)


@mistake("merge_lora", "alpha is left out")
def merged_over_rank(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You divide by the rank but don't use `alpha`. Both belong to the scale."""
    return merge_lora_with(weight, a, b, alpha, scale=lambda alpha, a, b: 1 / len(a))


@mistake("merge_lora", "the scale is used twice")
def merged_scaled_twice(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply by `alpha / r` twice, for example once for each small matrix, so the scale is
    squared. The two matrices together need it once."""
    return merge_lora_with(
        weight, a, b, alpha, scale=lambda alpha, a, b: right_scale(alpha, a, b) ** 2
    )


@mistake("merge_lora", "the square root of the scale is used")
def merged_with_the_root(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You take the square root of `alpha / r`. That would be right if you multiplied both `a` and
    `b` by it. If you scale only once, you need the scale itself."""
    return merge_lora_with(
        weight, a, b, alpha, scale=lambda alpha, a, b: right_scale(alpha, a, b) ** 0.5
    )


@mistake("merge_lora", "the rank is always 8")
def merged_with_rank_of_8(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You divide `alpha` by 8. That's a common rank, but not the only one: read the rank from the
    shapes of `a` and `b`."""
    return merge_lora_with(weight, a, b, alpha, scale=lambda alpha, a, b: alpha / 8)


@mistake("merge_lora", "alpha is always 16")
def merged_with_alpha_of_16(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You use 16 for `alpha`. That's a common choice, but the caller makes it: use the argument."""
    return merge_lora_with(weight, a, b, alpha, scale=lambda alpha, a, b: 16 / len(a))


@mistake("merge_lora", "the frozen weight is left out")
def only_the_change(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You return only the change that the small matrices make. The merged matrix should replace the
    weight, so it has to contain the weight."""
    return merge_lora_with(weight, a, b, alpha, combine=lambda weight, change: change)


@mistake("merge_lora", "the weight is returned unchanged")
def only_the_weight(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You return the weight unchanged, perhaps because you computed the sum but didn't keep it.
    Everything that the small matrices have learned is lost."""
    return merge_lora_with(weight, a, b, alpha, combine=lambda weight, change: weight.clone())


@mistake("merge_lora", "the frozen weight is scaled, too")
def merged_all_scaled(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply the whole sum by `alpha / r`. Scale only the change: with a `b` of zeros, the
    merged matrix should equal the weight. Look at the parentheses."""
    return merge_lora_with(
        weight,
        a,
        b,
        alpha,
        multiply=lambda scale, change: change,
        combine=lambda weight, change: right_scale(alpha, a, b) * (weight + change),
    )


@mistake("merge_lora", "the frozen weight is scaled instead of the change")
def merged_frozen_scaled(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply the frozen weight by `alpha / r` and add the change as it is. It should be the
    other way around."""
    return merge_lora_with(
        weight,
        a,
        b,
        alpha,
        multiply=lambda scale, change: change,
        combine=lambda weight, change: right_scale(alpha, a, b) * weight + change,
    )


@mistake("merge_lora", "the weight and the change are blended")
def merged_blended(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply the weight by 1 - `alpha / r`, as in a weighted mean. The weight always counts
    in full."""
    return merge_lora_with(
        weight,
        a,
        b,
        alpha,
        combine=lambda weight, change: (1 - right_scale(alpha, a, b)) * weight + change,
    )


@mistake("merge_lora", "the change is multiplied instead of added")
def multiplied_into_the_weight(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply the weight by the change, entry by entry. The change should be added: with a `b`
    of zeros, the merged matrix should equal the weight."""
    return merge_lora_with(weight, a, b, alpha, combine=lambda weight, change: weight * change)


@mistake("merge_lora", "the rows are brought back to their old lengths")
def old_lengths(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You rescale each row of the merged matrix to the length of the same row in the weight. A
    later variant, DoRA, splits off the lengths like this and trains them separately. LoRA only
    adds."""
    merged = merge_lora(weight, a, b, alpha)
    return merged * weight.norm(dim=1, keepdim=True) / merged.norm(dim=1, keepdim=True)


@mistake("merge_lora", "the change is added twice")
def merged_twice(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You add the product of the small matrices twice. Merge them into the weight only once."""
    return merge_lora_with(weight, a, b, alpha, combine=lambda weight, change: weight + 2 * change)


@mistake("merge_lora", "the change is subtracted")
def merged_subtracted(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You subtract the change. That's how you'd take small matrices out of a weight again after
    merging them. Merging adds them."""
    return merge_lora_with(weight, a, b, alpha, combine=lambda weight, change: weight - change)


@mistake("merge_lora", "the change is transposed")
def change_transposed(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You add a change of shape `[in, out]`, but the weight is `[out, in]`. The shapes fit only if
    the weight is square, and even then the numbers are wrong. Which order of `a` and `b` gives
    `[out, in]`?"""
    return merge_lora_with(weight, a, b, alpha, product=lambda a, b: a.T @ b.T)


@mistake("merge_lora", "a comes before b")
def a_before_b(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You multiply `a` by `b`. `a` is applied to the vector first, so it belongs on the right of
    the product. In your order, the shapes fit only if `in` equals `out`, and the product is
    `[r, r]`."""
    return merge_lora_with(weight, a, b, alpha, product=lambda a, b: a @ b)


@mistake("merge_lora", "the merged matrix is transposed")
def merged_transposed(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Your merged matrix is `[in, out]`. It replaces the weight, so store it like all weights,
    `[out, in]`. The code that uses it does the transposing."""
    return merge_lora(weight, a, b, alpha).T


@mistake("merge_lora", "the weight is changed in place")
def merged_in_place(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """You add to the caller's weight, for example with `+=`. Training merges in every step, so the
    changes would pile up, and the frozen weight would be lost. Make a new matrix."""
    merged = merge_lora(weight, a, b, alpha)
    weight.data.copy_(merged.data)
    return merged


@mistake("merge_lora", "no gradient reaches a and b")
def merged_detached(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Your numbers are right, but no gradient gets back to `a` and `b`, because of `detach()`,
    `.data`, `torch.no_grad()`, NumPy or a new `Parameter`. Only the weight is frozen; these two are
    trained."""
    return merge_lora(weight, a.detach(), b.detach(), alpha)


@mistake("merge_lora", "b gets no gradient")
def b_detached_in_the_merge(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Your numbers are right, but no gradient gets back to `b`, so it would stay all zeros, and
    nothing would ever be learned. Both small matrices are trained."""
    return merge_lora(weight, a, b.detach(), alpha)


@mistake("merge_lora", "a gets no gradient")
def a_detached_in_the_merge(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Your numbers are right, but no gradient gets back to `a`, so it would keep the noise it
    started with. Both small matrices are trained."""
    return merge_lora(weight, a.detach(), b, alpha)


@mistake("merge_lora", "the merged matrix stays in float32")
def merged_in_float32(weight: Tensor, a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """Your merged matrix is float32 even if the weight isn't. It replaces the weight, so it needs
    the weight's dtype. Computing in float32 is fine; convert back at the end."""
    return merge_lora(weight.float(), a.float(), b.float(), alpha)
