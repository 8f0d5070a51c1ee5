"""The ways that stage 16 goes wrong."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.diagnosis import mistake, worked_out
from solutions.s16_feed_forward import feed_forward


@worked_out("feed_forward")
def feed_forward_with(
    x: Tensor,
    w1: Tensor,
    w2: Tensor,
    w3: Tensor,
    *,
    gate: Callable[..., Tensor] = lambda x, w1: x @ w1.T,
    up: Callable[..., Tensor] = lambda x, w3: x @ w3.T,
    activate: Callable[..., Tensor] = F.silu,
    combine: Callable[..., Tensor] = torch.mul,
    narrow: Callable[..., Tensor] = lambda y, w2: y @ w2.T,
) -> Tensor:
    """Do what the reference does, except for the steps passed by name."""
    return narrow(combine(activate(gate(x, w1)), up(x, w3)), w2)


@mistake("feed_forward", "w1 and w3 are swapped")
def gate_and_up_swapped(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You use `w3` for the gate and `w1` for what passes through it. It should be the other way
    around. The two have the same shape, so you get no error."""
    return feed_forward(x, w3, w2, w1)


@mistake("feed_forward", "the matrices are used in the order of their numbers")
def w2_and_w3_swapped(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You widen with `w2` and narrow with `w3`. The matrices aren't numbered in the order of use:
    `w1` and `w3` are used side by side, and `w2` leads back to D. Compare the shapes, `[F, D]` and
    `[D, F]`."""
    return feed_forward(x, w1, w3, w2)


@mistake("feed_forward", "SiLU is applied to the product")
def silu_of_product(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You multiply the results of `w1` and `w3` first and apply SiLU to the product. Only the gate
    goes through SiLU; the result of `w3` is multiplied as it is."""
    return feed_forward_with(
        x, w1, w2, w3, activate=lambda z: z, narrow=lambda y, w2: F.silu(y) @ w2.T
    )


@mistake("feed_forward", "SiLU is applied to the results of both w1 and w3")
def silu_of_both(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You apply SiLU to the result of `w3` as well. Only the gate goes through SiLU; the result of
    `w3` is multiplied as it is."""
    return feed_forward_with(x, w1, w2, w3, combine=lambda gate, up: gate * F.silu(up))


@mistake("feed_forward", "SiLU is missing")
def no_activation(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You multiply the results of `w1` and `w3` without a SiLU. Then no gate ever closes: a
    strongly negative gate lets through as much as a strongly positive one. (`F.silu` returns a new
    tensor and leaves its argument as it is.)"""
    return feed_forward_with(x, w1, w2, w3, activate=lambda z: z)


@mistake("feed_forward", "SiLU is applied before w1, not after it")
def silu_before_w1(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You apply SiLU to `x` and multiply by `w1` afterward. It should be the other way around: the
    gate is the SiLU of the F numbers that `w1` computes for each token."""
    return feed_forward_with(
        x, w1, w2, w3, gate=lambda x, w1: F.silu(x) @ w1.T, activate=lambda z: z
    )


@mistake("feed_forward", "SiLU is applied after w2")
def silu_at_the_end(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You apply SiLU to the final result instead of the gate. Check in the formula what SiLU is
    applied to."""
    return feed_forward_with(
        x, w1, w2, w3, activate=lambda z: z, narrow=lambda y, w2: F.silu(y @ w2.T)
    )


@mistake("feed_forward", "GELU instead of SiLU")
def gelu(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your gate uses GELU, the function that GPT-2 and Gemma use. The curves of GELU and SiLU look
    alike, but they are not equal: at 1, GELU gives 0.841 and SiLU 0.731."""
    return feed_forward_with(x, w1, w2, w3, activate=F.gelu)


@mistake("feed_forward", "ReLU instead of SiLU")
def relu(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your gate uses ReLU, which is 0 for everything negative. SiLU is smooth: below 0 it dips a
    little and then comes back toward 0."""
    return feed_forward_with(x, w1, w2, w3, activate=F.relu)


@mistake("feed_forward", "a sigmoid instead of SiLU")
def sigmoid(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your gate is the sigmoid, which is always between 0 and 1. That is the original gated unit,
    GLU. SiLU has one more factor."""
    return feed_forward_with(x, w1, w2, w3, activate=torch.sigmoid)


@mistake("feed_forward", "tanh instead of SiLU")
def tanh(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your gate uses tanh, which stays between -1 and 1. SiLU grows with its input and hardly goes
    below 0."""
    return feed_forward_with(x, w1, w2, w3, activate=torch.tanh)


@mistake("feed_forward", "SiLU with the wrong sign in the exponent")
def wrong_sign(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your gate closes for a large z and opens for a very negative one. That happens, for example,
    when you divide z by 1 + exp(z). The SiLU of 10 should be almost 10."""
    return feed_forward_with(x, w1, w2, w3, activate=lambda z: z * torch.sigmoid(-z))


@mistake("feed_forward", "the gate is added, not multiplied")
def added(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You add the gate and the result of `w3`. A gate multiplies: where it is 0, nothing passes,
    whatever `w3` has computed."""
    return feed_forward_with(x, w1, w2, w3, combine=torch.add)


@mistake("feed_forward", "only the last product is kept")
def last_product_only(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Each of your entries is a single product, the last of those that w2 adds. In a loop, `=`
    replaces the value of the round before, and `+=` adds to it."""
    return (F.silu(x @ w1.T) * (x @ w3.T))[:, -1:] @ w2[:, -1:].T


@mistake("feed_forward", "only the first token gets a result")
def first_token_only(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Only your first row is right; the others are still zeros. Is the `return` inside the loop? It
    ends the function in the first round."""
    out = torch.zeros_like(feed_forward(x, w1, w2, w3))
    out[0] = feed_forward(x, w1, w2, w3)[0]
    return out


@mistake("feed_forward", "w3 is not used")
def no_up(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You use only `w1`, SiLU and `w2`. That is an ordinary feed-forward network without a gate.
    Here the result of SiLU is multiplied by the result of `w3`."""
    return feed_forward_with(x, w1, w2, w3, combine=lambda gate, up: gate)


@mistake("feed_forward", "w1 is used in place of w3 too")
def w1_twice(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You use `w1` both for the gate and for what passes through it. `w3` has the same shape but
    other weights."""
    return feed_forward(x, w1, w2, w1)


@mistake("feed_forward", "w1 is not used")
def no_gate(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You use only `w3` and `w2`. With nothing between them, two matrices can do no more than one:
    the gate makes the difference."""
    return feed_forward_with(x, w1, w2, w3, combine=lambda gate, up: up)


@mistake("feed_forward", "w2 is not used")
def not_narrowed(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You return the F gated numbers of each token. The last step, back to D entries, is
    missing."""
    return feed_forward_with(x, w1, w2, w3, narrow=lambda y, w2: y)


@mistake("feed_forward", "w1 and w3 are not transposed")
def w1_and_w3_not_transposed(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You multiply `x` by `w1` and `w3` as they are. The checkpoint stores matrices as `[out, in]`,
    but the product needs `[in, out]`."""
    return feed_forward_with(x, w1, w2, w3, gate=torch.matmul, up=torch.matmul)


@mistake("feed_forward", "w2 is not transposed")
def w2_not_transposed(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You multiply by `w2` as it is, or you transpose it twice (`nn.Linear` and `F.linear` do it by
    themselves). `w2` leads back from F to D, but like the other matrices, it is stored as
    `[out, in]`, here `[D, F]`."""
    return feed_forward_with(x, w1, w2, w3, narrow=torch.matmul)


@mistake("feed_forward", "the matrices are reshaped, not transposed")
def reshaped(x: torch.Tensor, w1: torch.Tensor, w2: torch.Tensor, w3: torch.Tensor) -> torch.Tensor:
    """You swap the two sizes of each matrix with `reshape` or `view`. That keeps the numbers in the
    order of the rows and only cuts them elsewhere, so numbers of different rows get mixed.
    Transposing turns rows into columns."""
    turned = [w.reshape(w.shape[::-1]).T for w in (w1, w2, w3)]
    return feed_forward(x, *turned)


@mistake("feed_forward", "none of the matrices is transposed")
def nothing_transposed(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You multiply by all three matrices as they are. The checkpoint stores them as `[out, in]`, so
    vectors have to be multiplied by the transposes."""
    return feed_forward_with(x, w1, w2, w3, gate=torch.matmul, up=torch.matmul, narrow=torch.matmul)


@mistake("feed_forward", "x is added to the result")
def residual_added(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You add `x` to the result. That residual connection belongs to stage 17, which adds the
    vector from before the norm. Here `x` is already normalized."""
    return x + feed_forward(x, w1, w2, w3)


@mistake("feed_forward", "the result stays float32")
def left_in_float32(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your values are right, but for a bfloat16 `x` you return float32. Convert back to the dtype
    of `x`, which the rest of the layer uses."""
    return feed_forward(x.float(), w1.float(), w2.float(), w3.float())


@mistake("feed_forward", "the exponential overflows")
def exponential_overflows(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """For a large z, your SiLU divides infinity by infinity, which gives nan. Is exp(z) in both the
    numerator and the denominator? exp(z) is infinite from z = 89 on in float32, and from z = 12 on
    in float16. You need only one exponential. If its exponent is -z, it can overflow without doing
    harm."""
    return feed_forward_with(
        x, w1, w2, w3, activate=lambda z: z * torch.exp(z) / (1 + torch.exp(z))
    )


@mistake("feed_forward", "the gate is capped at a maximum")
def gate_clamped(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You cap the numbers that `w1` computes. SiLU has no upper limit: the larger its input, the
    more the gate lets through."""
    return feed_forward_with(x, w1, w2, w3, activate=lambda z: F.silu(z.clamp(-20.0, 20.0)))
