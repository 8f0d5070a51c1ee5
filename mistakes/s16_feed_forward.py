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
    """Do what the reference does, except for what is given by name."""
    return narrow(combine(activate(gate(x, w1)), up(x, w3)), w2)


@mistake("feed_forward", "w1 and w3 have changed places")
def gate_and_up_swapped(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You make the gate with `w3`. It is made with `w1`, and what passes through it with `w3`. The
    two have one shape, so nothing complains."""
    return feed_forward(x, w3, w2, w1)


@mistake("feed_forward", "the matrices are used in the order of their numbers")
def w2_and_w3_swapped(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You widen with `w2` and narrow with `w3`. Meta's numbers are older than the gate: `w2` is the
    way back, and `w3` came last, beside `w1`. The shapes tell them apart."""
    return feed_forward(x, w1, w3, w2)


@mistake("feed_forward", "the SiLU is taken of the product")
def silu_of_product(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You multiply gate and up first and take the SiLU of that. The SiLU belongs to the gate alone;
    the other side is multiplied as it is."""
    return feed_forward_with(
        x, w1, w2, w3, activate=lambda z: z, narrow=lambda y, w2: F.silu(y) @ w2.T
    )


@mistake("feed_forward", "the SiLU is taken of both sides")
def silu_of_both(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You take the SiLU of what `w3` gives as well. Only the gate goes through it; the other side
    stays linear."""
    return feed_forward_with(x, w1, w2, w3, combine=lambda gate, up: gate * F.silu(up))


@mistake("feed_forward", "there is no SiLU")
def no_activation(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You multiply the two sides as they come from their matrices. Without the SiLU no gate ever
    closes: a strongly negative one passes as much as a strongly positive one."""
    return feed_forward_with(x, w1, w2, w3, activate=lambda z: z)


@mistake("feed_forward", "the SiLU comes before w1")
def silu_before_w1(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You take the SiLU of `x` and multiply by `w1` afterwards. The gate is the SiLU of what `w1`
    has found, F numbers for each token."""
    return feed_forward_with(
        x, w1, w2, w3, gate=lambda x, w1: F.silu(x) @ w1.T, activate=lambda z: z
    )


@mistake("feed_forward", "the SiLU comes after w2")
def silu_at_the_end(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You take the SiLU of the result, and the gate does without. Look at what exactly stands in
    the brackets of SiLU in the formula."""
    return feed_forward_with(
        x, w1, w2, w3, activate=lambda z: z, narrow=lambda y, w2: F.silu(y @ w2.T)
    )


@mistake("feed_forward", "GELU in place of SiLU")
def gelu(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your gate uses GELU, which GPT-2 and Gemma have. The two curves look alike and are not
    equal: at 1 GELU gives 0.841, SiLU 0.731."""
    return feed_forward_with(x, w1, w2, w3, activate=F.gelu)


@mistake("feed_forward", "ReLU in place of SiLU")
def relu(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your gate uses ReLU: zero for everything negative. SiLU bends softly, dips a little below
    zero and comes back to it."""
    return feed_forward_with(x, w1, w2, w3, activate=F.relu)


@mistake("feed_forward", "a sigmoid in place of SiLU")
def sigmoid(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your gate is the sigmoid, always between 0 and 1. That is the first gated unit (GLU); SiLU
    has one more factor."""
    return feed_forward_with(x, w1, w2, w3, activate=torch.sigmoid)


@mistake("feed_forward", "tanh in place of SiLU")
def tanh(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your gate uses tanh, which stays between -1 and 1. SiLU grows with its input and hardly goes
    below zero."""
    return feed_forward_with(x, w1, w2, w3, activate=torch.tanh)


@mistake("feed_forward", "SiLU with the wrong sign in the exponent")
def wrong_sign(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your gate divides by 1 + exp(z), so it opens where it should close. Put in a large z: the
    SiLU of 10 is nearly 10."""
    return feed_forward_with(x, w1, w2, w3, activate=lambda z: z * torch.sigmoid(-z))


@mistake("feed_forward", "gate and up are added")
def added(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You add the two sides. A gate multiplies: where it is zero nothing passes, whatever the other
    side holds."""
    return feed_forward_with(x, w1, w2, w3, combine=torch.add)


@mistake("feed_forward", "w3 is not used")
def no_up(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You go through `w1`, SiLU and `w2`: a feed-forward layer as it was before it had gates. There
    the gate would let itself pass; `w3` makes what it is multiplied with."""
    return feed_forward_with(x, w1, w2, w3, combine=lambda gate, up: gate)


@mistake("feed_forward", "w1 is used for both sides")
def w1_twice(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You make the gate and what passes through it with the same matrix. `w3` has the same shape
    and other weights."""
    return feed_forward(x, w1, w2, w1)


@mistake("feed_forward", "w1 is not used")
def no_gate(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You go through `w3` and `w2` alone. Two matrices with nothing between them are no more than
    one matrix; the gate is what makes the difference."""
    return feed_forward_with(x, w1, w2, w3, combine=lambda gate, up: up)


@mistake("feed_forward", "w2 is not used")
def not_narrowed(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You return the F gated numbers of each token. The way back to D entries is missing."""
    return feed_forward_with(x, w1, w2, w3, narrow=lambda y, w2: y)


@mistake("feed_forward", "w1 and w3 are not transposed")
def w1_and_w3_not_transposed(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You compute `x @ w1`. The checkpoint keeps `[out, in]`, so the dimensions that meet in the
    product are the wrong ones."""
    return feed_forward_with(x, w1, w2, w3, gate=torch.matmul, up=torch.matmul)


@mistake("feed_forward", "w2 is not transposed")
def w2_not_transposed(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You multiply by `w2` as it stands. Though it leads back from F to D, it is kept like the
    others: `[out, in]`, which is `[D, F]`."""
    return feed_forward_with(x, w1, w2, w3, narrow=torch.matmul)


@mistake("feed_forward", "nothing is transposed")
def nothing_transposed(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You use all three matrices as they stand. The checkpoint keeps `[out, in]`, so it is always
    the transposed one that `x` is multiplied with."""
    return feed_forward_with(x, w1, w2, w3, gate=torch.matmul, up=torch.matmul, narrow=torch.matmul)


@mistake("feed_forward", "x is added to the result")
def residual_added(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your result has `x` added to it. The residual is stage 17's, and what it adds is not this
    normalised `x` but the one from before the norm."""
    return x + feed_forward(x, w1, w2, w3)


@mistake("feed_forward", "the result stays float32")
def left_in_float32(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your numbers are right, but for a bfloat16 input they come back as float32. Return the dtype
    of `x`, in which the layer goes on."""
    return feed_forward(x.float(), w1.float(), w2.float(), w3.float())


@mistake("feed_forward", "the exponential overflows")
def exponential_overflows(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """Your SiLU has exp(z) above and below the line. For a large z both are infinite (from 89 on in
    float32, from 12 on in float16), and infinity over infinity is nan. Only one exponential is
    needed, and with the other sign its overflow does no harm."""
    return feed_forward_with(
        x, w1, w2, w3, activate=lambda z: z * torch.exp(z) / (1 + torch.exp(z))
    )


@mistake("feed_forward", "the gate is cut off at a largest value")
def gate_clamped(x: Tensor, w1: Tensor, w2: Tensor, w3: Tensor) -> Tensor:
    """You keep what `w1` gives from growing beyond a limit. SiLU needs none, and a wide-open gate
    lets through as much as it says."""
    return feed_forward_with(x, w1, w2, w3, activate=lambda z: F.silu(z.clamp(-20.0, 20.0)))
