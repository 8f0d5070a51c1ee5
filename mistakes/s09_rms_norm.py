"""The ways that stage 9 goes wrong."""

from collections.abc import Callable

import torch

from grader.diagnosis import mistake, worked_out
from solutions.s09_rms_norm import rms_norm


@worked_out("rms_norm")
def rms_norm_with(
    x: torch.Tensor,
    weight: torch.Tensor,
    eps: float,
    *,
    upcast: Callable[..., torch.Tensor] = lambda x: x.float(),
    measure: Callable[..., torch.Tensor] = lambda x: x.pow(2).mean(-1, keepdim=True),
    shrink: Callable[..., torch.Tensor] = lambda x, size, eps: x * torch.rsqrt(size + eps),
    scale: Callable[..., torch.Tensor] = lambda x, weight: x * weight,
    downcast: Callable[..., torch.Tensor] = lambda x, dtype: x.to(dtype),
) -> torch.Tensor:
    """Do what the reference does, except for the steps passed by name."""
    upcasted = upcast(x)
    return downcast(scale(shrink(upcasted, measure(upcasted), eps), weight), x.dtype)


@mistake("rms_norm", "eps is added after the root, not before")
def eps_outside_sqrt(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You take the root of the mean square first and add eps to the result. With vectors of
    ordinary size you can't see the difference, but where the entries are near 0.001, the results
    are far apart. Check what is under the root in the formula."""
    return rms_norm_with(x, weight, eps, shrink=lambda x, size, eps: x / (size.sqrt() + eps))


@mistake("rms_norm", "eps is not used")
def no_eps(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your result doesn't depend on eps, but vectors close to zero need it. Without it, a vector of
    zeros becomes nan (zero divided by zero), and so does everything computed from that vector."""
    return rms_norm(x, weight, 0.0)


@mistake("rms_norm", "eps is fixed at 1e-6")
def eps_fixed_at_1e_6(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You use 1e-6 as eps, whatever value the caller passes. Llama 3 has 1e-5 in its `params.json`,
    and other models have other values: use the argument."""
    return rms_norm(x, weight, 1e-6)


@mistake("rms_norm", "eps is fixed at 1e-5")
def eps_fixed_at_1e_5(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You use 1e-5 as eps, whatever value the caller passes. That is right for Llama 3 8B, but
    other models have other values: use the argument."""
    return rms_norm(x, weight, 1e-5)


@mistake("rms_norm", "the variance is used instead of the mean square")
def variance(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You use the variance instead of the mean square. The variance subtracts the mean before
    squaring, and torch's `var` also divides by D - 1 instead of D. RMS norm squares the entries as
    they are."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.var(-1, keepdim=True))


@mistake("rms_norm", "the standard deviation is used instead of the root mean square")
def population_variance(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You divide by the standard deviation, which subtracts the mean before squaring. RMS norm
    squares the entries as they are."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.var(-1, False, keepdim=True))


def centred(x: torch.Tensor) -> torch.Tensor:
    return x.float() - x.float().mean(-1, keepdim=True)


@mistake("rms_norm", "layer norm instead of RMS norm")
def layer_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You subtract the mean and divide by the standard deviation. That is layer norm, which GPT-2
    uses. RMS norm doesn't subtract the mean: it only scales."""
    return rms_norm_with(x, weight, eps, upcast=centred)


@mistake("rms_norm", "layer norm instead of RMS norm", like="layer_norm")
def layer_norm_with_var(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You subtract the mean and divide by the standard deviation. That is layer norm, which GPT-2
    uses. RMS norm doesn't subtract the mean: it only scales."""
    return rms_norm_with(x, weight, eps, upcast=centred, measure=lambda x: x.var(-1, keepdim=True))


@mistake("rms_norm", "the mean runs over the tokens")
def mean_over_tokens(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You average the squares over the first dimension, so the scaling of each entry depends on the
    other tokens. Scale each token's vector by its own entries alone."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.pow(2).mean(0, keepdim=True))


@mistake("rms_norm", "one mean is taken over all tokens")
def mean_over_everything(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You take a single mean square over all tokens together, so one large vector makes all the
    others too small. Every vector has its own mean square."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.pow(2).mean())


@mistake("rms_norm", "the squares are summed, not averaged")
def sum_of_squares(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You sum the squares instead of averaging them. The root of the sum is the vector's length,
    which in the 8B is 64 times its root mean square. The M in RMS stands for mean."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.pow(2).sum(-1, keepdim=True))


@mistake("rms_norm", "the mean is squared, not the entries")
def squared_mean(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You take the mean first and square it afterward. Positive and negative entries cancel in a
    mean, so the result says little about the vector's magnitude. Read the name backward: square,
    mean, root."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.mean(-1, keepdim=True).pow(2))


@mistake("rms_norm", "the vector is multiplied by the root, not divided by it")
def multiplied_by_root(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You multiply by the root mean square, which makes large vectors even larger. Check what
    `sqrt` and `rsqrt` return, and whether you multiply or divide by the result."""
    return rms_norm_with(x, weight, eps, shrink=lambda x, size, eps: x * (size + eps).sqrt())


@mistake("rms_norm", "the root is missing")
def no_root(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You divide by the mean square itself, so a vector twice as large gives a result half as
    large. With the root, both vectors would give the same result."""
    return rms_norm_with(x, weight, eps, shrink=lambda x, size, eps: x / (size + eps))


@mistake("rms_norm", "absolute values instead of squares")
def mean_absolute_value(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You divide by the mean of the absolute values. That measures size too, but squares give large
    entries more influence. Read backward, the name says what to do: square, mean, root."""
    x32 = x.float()
    return (x32 / (x32.abs().mean(-1, keepdim=True) + eps) * weight).to(x.dtype)


@mistake("rms_norm", "the weight is applied before the norm")
def weight_before_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You multiply by the weight and then normalize the product, so the norm undoes part of what
    the weight does. Normalize first; the weight comes last."""
    return rms_norm((x.float() * weight), torch.ones_like(weight).float(), eps).to(x.dtype)


@mistake("rms_norm", "the weight is not used")
def no_weight(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your result doesn't depend on `weight`. The weight holds learned factors that emphasize some
    entries of the normalized vector over others."""
    return rms_norm_with(x, weight, eps, scale=lambda x, weight: x)


@mistake("rms_norm", "1 is added to the weight")
def one_plus_weight(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You multiply by `1 + weight`. That is right for Gemma, whose checkpoints store each factor
    minus 1. Llama's checkpoints store the factors themselves."""
    return rms_norm(x, 1 + weight, eps)


@mistake("rms_norm", "the weight is added, not multiplied")
def weight_added(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You add the weight to the normalized vector. The weight holds one factor per entry: multiply
    by it."""
    return rms_norm_with(x, weight, eps, scale=torch.add)


@mistake("rms_norm", "the weight divides instead of multiplying")
def divided_by_weight(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You divide by the weight as well as by the root mean square, so entries become smaller where
    they should become larger. The root mean square should be the only divisor. If both are in one
    denominator, check the parentheses."""
    return rms_norm_with(x, weight, eps, scale=lambda x, weight: x / weight)


@mistake("rms_norm", "the mean square is in half precision")
def no_upcast(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You square in the dtype of `x`, or convert the mean square back to it. The largest float16 is
    65504, so the square of 1000 is already infinite, and dividing by infinity gives zeros. Stay in
    float32 from before the square until after the root."""
    return rms_norm_with(x, weight, eps, upcast=lambda x: x, downcast=lambda x, dtype: x)


@mistake("rms_norm", "the result stays float32")
def left_in_float32(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your values are right, but for a bfloat16 `x` you return float32. Every later step would then
    use twice the memory, or fail because torch doesn't multiply matrices of different dtypes.
    Convert back to the dtype of `x` at the end."""
    return rms_norm(x.float(), weight.float(), eps)


@mistake("rms_norm", "the mean loses its dimension")
def no_keepdim(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You drop the last dimension of the mean squares, so torch lines them up with the columns of
    `x` instead of its rows. Most shapes raise an error, but with as many tokens as entries you get
    wrong values without any error."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.pow(2).mean(-1))


@mistake("rms_norm", "only the first vector is normalized")
def first_vector_only(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Only your first vector is right; the others are still zeros. Is the `return` inside the loop?
    It ends the function in the first round."""
    out = torch.zeros_like(x)
    out[0] = rms_norm(x[0], weight, eps)
    return out


@mistake("rms_norm", "the input is modified")
def changes_the_input(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your values are right, but you modify `x` itself, and the layer still needs the old values
    (stage 17 adds them to what attention returns). Use operations that return a new tensor, not
    `*=` or methods whose names end in an underscore."""
    result = rms_norm(x, weight, eps)
    x.copy_(result)
    return result


@mistake("rms_norm", "the input is modified where it is float32", like="changes_the_input")
def changes_float32(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your values are right, but you modify `x` itself if it is float32: `x.float()` is then not a
    copy, and `*=` or a method whose name ends in an underscore changes `x`. The layer still needs
    the old values. Use operations that return a new tensor."""
    result = rms_norm(x, weight, eps)
    if x.dtype == torch.float32:
        x.copy_(result)
    return result


@mistake("rms_norm", "the result has the dtype of the weight")
def dtype_of_the_weight(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your result has the dtype of `weight`. Usually `x` has that dtype too, but when `x` is
    float32 and the weight is bfloat16, your values are rounded to about three digits. Return the
    dtype of `x`."""
    return rms_norm(x, weight, eps).to(weight.dtype)
