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
    """Do what the reference does, except for what is given by name."""
    upcasted = upcast(x)
    return downcast(scale(shrink(upcasted, measure(upcasted), eps), weight), x.dtype)


@mistake("rms_norm", "eps is added after the root, not before")
def eps_outside_sqrt(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You take the root of the mean square first and add eps to the result. On vectors of ordinary
    size nobody can tell; where the entries are near 0.001 the results are far apart. Look at what
    exactly stands under the root in the formula."""
    return rms_norm_with(x, weight, eps, shrink=lambda x, size, eps: x / (size.sqrt() + eps))


@mistake("rms_norm", "eps is not used")
def no_eps(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your result does not depend on eps. It is there for vectors that are nearly zero: without it
    a vector of zeros divides zero by zero and becomes nan, which then spreads through the model."""
    return rms_norm(x, weight, 0.0)


@mistake("rms_norm", "eps is fixed at 1e-6")
def eps_fixed_at_1e_6(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your result is what eps = 1e-6 gives, whatever eps the caller passes. Llama 3 has 1e-5 in its
    `params.json`, and other models have other values: use the argument."""
    return rms_norm(x, weight, 1e-6)


@mistake("rms_norm", "eps is fixed at 1e-5")
def eps_fixed_at_1e_5(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your result is what eps = 1e-5 gives, whatever eps the caller passes. That is right for
    Llama 3 8B and wrong for the next model: use the argument."""
    return rms_norm(x, weight, 1e-5)


@mistake("rms_norm", "the variance is used in place of the mean square")
def variance(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You divide by the root of the variance (with the division by D - 1 that torch uses), which
    first takes the mean away. RMS norm leaves the mean alone: that is what makes it cheaper than
    layer norm. The two agree only on vectors whose mean is zero."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.var(-1, keepdim=True))


@mistake("rms_norm", "the standard deviation is used in place of the root mean square")
def population_variance(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You divide by the standard deviation, which first takes the mean away. RMS norm leaves the
    mean alone: square the entries as they are."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.var(-1, False, keepdim=True))


@mistake("rms_norm", "this is layer norm")
def layer_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You take the mean away and divide by the standard deviation: that is layer norm, of which
    GPT-2 is made. Llama keeps the mean where it is and only scales."""

    def centred(x: torch.Tensor) -> torch.Tensor:
        return x.float() - x.float().mean(-1, keepdim=True)

    return rms_norm_with(x, weight, eps, upcast=centred)


@mistake("rms_norm", "the mean runs over the tokens")
def mean_over_tokens(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You average the squares over the first dimension, so every token is scaled by what stands in
    the same column of its neighbours. Each vector is to be scaled by its own entries alone."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.pow(2).mean(0, keepdim=True))


@mistake("rms_norm", "one mean is taken over everything")
def mean_over_everything(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You take one mean square over all tokens together, so a long vector makes all the others
    small. Each vector has a mean square of its own."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.pow(2).mean())


@mistake("rms_norm", "the squares are summed, not averaged")
def sum_of_squares(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You divide by the length of the vector (the root of the sum of squares), so the result is too
    small by a factor of the root of D: 64 on the 8B. The M in RMS is a mean."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.pow(2).sum(-1, keepdim=True))


@mistake("rms_norm", "the mean is squared, not the entries")
def squared_mean(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You average first and square afterwards. Entries of both signs then cancel, and what is left
    has little to do with the size of the vector. The order in the name is read from right to left:
    square, mean, root."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.mean(-1, keepdim=True).pow(2))


@mistake("rms_norm", "multiplied by the root, not divided by it")
def multiplied_by_root(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You multiply by the root mean square, which makes long vectors longer. Look at the difference
    between `sqrt` and `rsqrt`."""
    return rms_norm_with(x, weight, eps, shrink=lambda x, size, eps: x * (size + eps).sqrt())


@mistake("rms_norm", "the root is missing")
def no_root(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You divide by the mean square itself. A vector twice as long then comes out half as long;
    with the root both come out the same."""
    return rms_norm_with(x, weight, eps, shrink=lambda x, size, eps: x / (size + eps))


@mistake("rms_norm", "absolute values in place of squares")
def mean_absolute_value(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You divide by the mean of the absolute values. That is another measure of size, close to the
    right one and never equal to it: square, mean, root."""
    x32 = x.float()
    return (x32 / (x32.abs().mean(-1, keepdim=True) + eps) * weight).to(x.dtype)


@mistake("rms_norm", "the weight is applied before the norm")
def weight_before_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You multiply by the weight and normalise the product, so the norm takes away part of what the
    weight was to do. Normalise first; the weight comes last."""
    return rms_norm((x.float() * weight), torch.ones_like(weight).float(), eps).to(x.dtype)


@mistake("rms_norm", "the weight is not used")
def no_weight(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your result is normalised, and then nothing is multiplied by `weight`. These learned factors
    are how the model makes some entries louder than others."""
    return rms_norm_with(x, weight, eps, scale=lambda x, weight: x)


@mistake("rms_norm", "one is added to the weight")
def one_plus_weight(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You multiply by `1 + weight`. Gemma stores its norm weights that way; in Llama's checkpoints
    the weight is the whole factor."""
    return rms_norm(x, 1 + weight, eps)


@mistake("rms_norm", "the weight is added, not multiplied")
def weight_added(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You add the weight to the normalised vector. It is a factor: one for every entry."""
    return rms_norm_with(x, weight, eps, scale=torch.add)


@mistake("rms_norm", "the mean square is taken in half precision")
def no_upcast(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """You square in the dtype of the input. The largest float16 number is 65504, so the square of
    1000 is already infinite, and dividing by infinity gives zeros. Take the mean square in float32
    and go back to the input's dtype at the end."""
    return rms_norm_with(x, weight, eps, upcast=lambda x: x, downcast=lambda x, dtype: x)


@mistake("rms_norm", "the result stays float32")
def left_in_float32(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your numbers are right, but for a bfloat16 input they come back as float32. From here on
    every later step would compute with twice the memory, or refuse to multiply two dtypes. Go back
    to the dtype of `x` at the end."""
    return rms_norm(x.float(), weight.float(), eps)


@mistake("rms_norm", "the mean loses its dimension")
def no_keepdim(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your mean square has one number a token but no dimension to stretch along, so torch lines it
    up with the wrong dimension of `x`: an error for most shapes, and wrong numbers without any
    error where the number of tokens happens to equal D."""
    return rms_norm_with(x, weight, eps, measure=lambda x: x.pow(2).mean(-1))


@mistake("rms_norm", "the input is changed")
def changes_the_input(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your numbers are right, but you write them into `x` itself. The layer adds the untouched `x`
    again right after (the residual), so it must stay as it was: use operations that make a new
    tensor, not those whose name ends in an underscore."""
    result = rms_norm(x, weight, eps)
    x.copy_(result)
    return result


@mistake("rms_norm", "the result has the dtype of the weight")
def dtype_of_the_weight(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Your result gets the dtype of `weight`. Mostly that is the dtype of `x` too, but where
    float32 vectors meet bfloat16 weights it rounds them to three digits. The result is to be like
    `x`."""
    return rms_norm(x, weight, eps).to(weight.dtype)
