"""The ways that stage 10 goes wrong."""

import math
from collections.abc import Callable

import numpy
import torch

from grader.diagnosis import mistake, worked_out
from solutions.s10_freqs_cis import precompute_freqs_cis, rope_frequencies


def _powers(exponents: torch.Tensor, theta: float) -> torch.Tensor:
    return 1.0 / theta**exponents


@worked_out("precompute_freqs_cis")
def freqs_with(
    head_dim: int,
    seq_len: int,
    theta: float,
    *,
    count: Callable[..., torch.Tensor] = lambda n: torch.arange(n).float(),
    change: Callable[..., torch.Tensor] = lambda angles: angles,
    arrows: Callable[..., torch.Tensor] = lambda a: torch.polar(torch.ones_like(a), a),
) -> torch.Tensor:
    """Do what the reference does, except for what is given by name."""
    return arrows(change(torch.outer(count(seq_len), rope_frequencies(head_dim, theta))))


@mistake("rope_frequencies", "the exponent is i/d, not 2i/d")
def half_the_exponent(head_dim: int, theta: float) -> torch.Tensor:
    """Your exponents run from 0 to almost one half, so the slow pairs turn far too fast. They
    should run from 0 to almost 1: there are only d/2 pairs, and the 2 in the formula makes up for
    that."""
    return _powers(torch.arange(head_dim // 2) / head_dim, theta)


@mistake("rope_frequencies", "the exponent is 4i/d, not 2i/d")
def twice_the_exponent(head_dim: int, theta: float) -> torch.Tensor:
    """Your exponents run from 0 to almost 2: the factor 2 is in there twice. It comes either from
    steps of two or from dividing by half of head_dim, not from both."""
    return _powers(2 * torch.arange(0, head_dim, 2) / head_dim, theta)


@mistake("rope_frequencies", "the exponents reach 1")
def last_exponent_is_one(head_dim: int, theta: float) -> torch.Tensor:
    """You spread the exponents evenly from 0 to 1 with both ends included, so every step is a
    little too wide. The last exponent is (d - 2) / d: just short of 1."""
    return _powers(torch.linspace(0, 1, head_dim // 2), theta)


@mistake("rope_frequencies", "the pairs are counted from 1")
def pairs_from_one(head_dim: int, theta: float) -> torch.Tensor:
    """Your first pair already has the exponent 2/d. The first pair is number 0, and whatever theta
    is, it turns by one radian a position."""
    return _powers(torch.arange(2, head_dim + 2, 2) / head_dim, theta)


@mistake("rope_frequencies", "the paper's formula is used with pairs counted from 0")
def paper_formula_from_zero(head_dim: int, theta: float) -> torch.Tensor:
    """The RoFormer paper writes 2(i - 1)/d because it counts its pairs from 1. You count them from
    0 and subtract the 1 all the same, so the first pair turns by more than one radian a
    position."""
    return _powers(torch.arange(-2, head_dim - 2, 2) / head_dim, theta)


@mistake("rope_frequencies", "the exponents are odd numbers over d")
def odd_exponents(head_dim: int, theta: float) -> torch.Tensor:
    """You take the exponents 1/d, 3/d, 5/d and so on: the numbers of the second entries of the
    pairs. Both entries of a pair share the exponent that starts from 0."""
    return _powers(torch.arange(1, head_dim, 2) / head_dim, theta)


@mistake("rope_frequencies", "the minus of the exponent is missing")
def positive_exponent(head_dim: int, theta: float) -> torch.Tensor:
    """Your frequencies grow with i, and the last pairs spin round many times in a single step. They
    should shrink: the first pair is the fastest."""
    return theta ** (torch.arange(0, head_dim, 2) / head_dim)


@mistake("rope_frequencies", "the exponent is not divided by head_dim")
def exponent_not_divided(head_dim: int, theta: float) -> torch.Tensor:
    """You raise theta to 0, 2, 4 and so on, so from the second pair on hardly anything turns. The
    exponents are to be fractions of head_dim, all below 1."""
    return _powers(torch.arange(0, head_dim, 2).float(), theta)


@mistake("rope_frequencies", "all pairs turn at one speed")
def one_speed_for_all_pairs(head_dim: int, theta: float) -> torch.Tensor:
    """Your pairs all turn by one radian a position. Each pair has a frequency of its own, slower
    than the one before. If you divide with `//`, that is why: it rounds every exponent below 1 down
    to 0."""
    return _powers(torch.arange(0, head_dim, 2) // head_dim, theta)


@mistake("rope_frequencies", "theta is raised to whole powers first, and overflows")
def overflowing_powers(head_dim: int, theta: float) -> torch.Tensor:
    """You raise theta to 0, 2, 4 and so on, and take the root afterwards. On paper that is the
    same, but 500000 to the power of 8 is beyond float32, and of 4 beyond int64. Make the exponent
    small before theta is raised to it."""
    return 1.0 / (theta ** torch.arange(0, head_dim, 2)) ** (1 / head_dim)


@mistake("rope_frequencies", "theta is multiplied by the exponent, not raised to it")
def base_times_exponent(head_dim: int, theta: float) -> torch.Tensor:
    """You divide 1 by theta times 2i/d, and for the first pair that is 1 by 0. Theta stands below
    an exponent: every pair turns slower than the one before by the same factor."""
    return 1.0 / (theta * torch.arange(0, head_dim, 2) / head_dim)


@mistake("rope_frequencies", "theta is fixed at 10000")
def theta_fixed_at_10000(head_dim: int, theta: float) -> torch.Tensor:
    """Your result is what theta = 10000 gives, whatever the caller passes. That is the base of the
    RoFormer paper and of Llama 2; Llama 3 has 500000 in its `params.json`. Use the argument."""
    return rope_frequencies(head_dim, 10000.0)


@mistake("rope_frequencies", "theta is fixed at 500000")
def theta_fixed_at_500000(head_dim: int, theta: float) -> torch.Tensor:
    """Your result is what theta = 500000 gives, whatever the caller passes. That is right for Llama
    3 and wrong for the next model: use the argument."""
    return rope_frequencies(head_dim, 500000.0)


@mistake("rope_frequencies", "head_dim is fixed at 128")
def head_dim_fixed_at_128(head_dim: int, theta: float) -> torch.Tensor:
    """You give the 64 frequencies of the 8B, whatever head_dim is. The tiny models here have
    smaller heads: use the argument."""
    return rope_frequencies(128, theta)


@mistake("rope_frequencies", "one frequency for each entry, not for each pair")
def one_frequency_an_entry(head_dim: int, theta: float) -> torch.Tensor:
    """You give d frequencies where d/2 are wanted. The two entries of a pair turn together, as one
    arrow does, so they share one frequency. (Hugging Face's code writes each of them twice, because
    it keeps cosines and sines in real tables.)"""
    return _powers(torch.arange(head_dim) / head_dim, theta)


@mistake("rope_frequencies", "the frequencies are rounded to bfloat16")
def bfloat16_frequencies(head_dim: int, theta: float) -> torch.Tensor:
    """Your frequencies have the three digits that bfloat16 keeps. The position multiplies the
    error: six hundred positions out, an angle of the 8B is wrong by a radian. Stay in float32,
    whatever dtype the weights have."""
    return rope_frequencies(head_dim, theta).bfloat16().float()


@mistake("rope_frequencies", "theta is raised in float16")
def float16_powers(head_dim: int, theta: float) -> torch.Tensor:
    """You take the power in float16, whose largest number is 65504: a theta of 500000 is already
    infinite there, and what does fit keeps three digits. Stay in float32, whatever dtype the
    weights have."""
    return _powers(torch.arange(0, head_dim, 2).half() / head_dim, theta).float()


@mistake("rope_frequencies", "the numbers stay in float64")
def left_in_float64(head_dim: int, theta: float) -> torch.Tensor:
    """Your numbers are right and have 64 bits each, twice what was asked for: Python and numpy
    compute that way unless told otherwise. Computing so is fine; give back float32."""
    return _powers(torch.arange(0, head_dim, 2).double() / head_dim, theta)


@mistake("rope_frequencies", "the frequencies come from numpy, which knows only the CPU")
def from_numpy(head_dim: int, theta: float) -> torch.Tensor:
    """Your numbers are right, but a tensor made from a numpy array always lies on the CPU, also
    when the model runs on a GPU. Use torch's own functions: what they make goes to the default
    device."""
    exponents = numpy.arange(0, head_dim, 2, dtype=numpy.float32) / head_dim
    return torch.from_numpy((1.0 / theta**exponents).astype(numpy.float32))


@mistake("precompute_freqs_cis", "the first position is 1, not 0")
def positions_from_one(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You turn the first token already. Attention would not notice, since only distances count
    there, but your rows are those of the next position. Positions are counted like list indices:
    row 0 is 1+0j throughout."""
    return freqs_with(head_dim, seq_len, theta, count=lambda n: torch.arange(1, n + 1).float())


@mistake("precompute_freqs_cis", "it turns the wrong way round")
def negative_angles(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your imaginary parts have the wrong sign: a minus has slipped into the angle, and every arrow
    turns clockwise. The angle is the position times the frequency, as it is."""
    return freqs_with(head_dim, seq_len, theta, change=torch.neg)


@mistake("precompute_freqs_cis", "sine and cosine are swapped")
def sine_and_cosine_swapped(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your numbers have the sine as the real part. An arrow that has not turned points to the
    right, to 1+0j; yours point upwards, to 0+1j."""
    return freqs_with(head_dim, seq_len, theta, arrows=lambda a: torch.complex(a.sin(), a.cos()))


@mistake("precompute_freqs_cis", "the angles are taken for degrees")
def degrees(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You convert the angles from degrees, so everything turns 57 times too slowly. Position times
    frequency is already in radians, and torch's functions take radians."""
    return freqs_with(head_dim, seq_len, theta, change=torch.deg2rad)


@mistake("precompute_freqs_cis", "the frequencies are taken for whole turns")
def whole_turns(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You multiply the angles by 2 pi, as one does with frequencies that count turns. These count
    radians: the first pair moves by one radian a position, not by one turn."""
    return freqs_with(head_dim, seq_len, theta, change=lambda angles: angles * (2 * math.pi))


@mistake("precompute_freqs_cis", "length and angle are swapped")
def length_and_angle_swapped(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your arrows all point in one direction and grow with the position. It should be the other way
    about: all have length one, and the direction changes. Look at the order of the arguments of
    `torch.polar`."""
    return freqs_with(head_dim, seq_len, theta, arrows=lambda a: torch.polar(a, torch.ones_like(a)))


@mistake("precompute_freqs_cis", "the angle is used as the imaginary part")
def angle_as_imaginary_part(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You build 1 + angle * i. For tiny angles that is nearly right; for others the arrow is longer
    than one, and it never turns beyond straight up. The parts of an arrow of length one are a
    cosine and a sine."""
    return freqs_with(
        head_dim, seq_len, theta, arrows=lambda a: torch.complex(torch.ones_like(a), a)
    )


@mistake("precompute_freqs_cis", "the i is missing in the exponent")
def exponent_without_i(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You take e to the power of the angle: a real number that grows beyond all bounds. Only e to
    the power of i times the angle goes round in a circle."""
    return freqs_with(head_dim, seq_len, theta, arrows=lambda a: a.exp().to(torch.complex64))


@mistake("precompute_freqs_cis", "the angles are given back, not the complex numbers")
def angles_only(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You give back position times frequency. That is the angle; what stage 11 multiplies by is the
    complex number of length one that has this angle."""
    return freqs_with(head_dim, seq_len, theta, arrows=lambda a: a)


@mistake("precompute_freqs_cis", "only the cosines are given back")
def cosines_only(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You give back the real parts alone. The cosine of an angle is that of its opposite too, so
    which way the arrow turns is lost: the sine belongs to it, as the imaginary part."""
    return precompute_freqs_cis(head_dim, seq_len, theta).real.contiguous()


@mistake("precompute_freqs_cis", "cosine and sine stand side by side as real numbers")
def cosines_and_sines(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You have the right cosines and sines, with a dimension of two at the end. Stage 11 multiplies
    complex numbers: put each cosine and its sine together into one."""
    return torch.view_as_real(precompute_freqs_cis(head_dim, seq_len, theta)).contiguous()


@mistake("precompute_freqs_cis", "rows and columns are swapped")
def transposed(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your rows are pairs and your columns positions. A row should be a position, so that row m is
    what the vector of token m is turned by. `torch.outer(a, b)` has a row for every entry of a."""
    return precompute_freqs_cis(head_dim, seq_len, theta).T.contiguous()


@mistake("precompute_freqs_cis", "the number of positions is fixed at 17")
def seq_len_fixed_at_17(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You give 17 rows whatever seq_len is. That fits one prompt, the one that ends in 42: use the
    argument."""
    return precompute_freqs_cis(head_dim, 17, theta)


@mistake("precompute_freqs_cis", "the positions are in bfloat16")
def bfloat16_positions(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """bfloat16 has no 257: whole numbers above 256 are rounded to even ones, later to multiples of
    four, eight and so on, and neighbouring tokens end up at one position. Count in float32."""
    return freqs_with(head_dim, seq_len, theta, count=lambda n: torch.arange(n).bfloat16().float())


@mistake("precompute_freqs_cis", "the positions are in float16")
def float16_positions(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """float16 has no 2049: whole numbers above 2048 are rounded to even ones, and neighbouring
    tokens end up at one position. Short prompts do not show it. Count in float32."""
    return freqs_with(head_dim, seq_len, theta, count=lambda n: torch.arange(n).half().float())


@mistake("precompute_freqs_cis", "the angles are rounded to bfloat16")
def bfloat16_angles(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your angles keep three digits. At position 1000 that is an error of up to two radians: the
    direction is lost. Stay in float32 until the complex numbers are made."""
    return freqs_with(head_dim, seq_len, theta, change=lambda angles: angles.bfloat16().float())


@mistake("precompute_freqs_cis", "the angles are rounded to float16")
def float16_angles(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your angles keep three to four digits. At position 5000 that is an error of up to two
    radians: the direction is lost. Stay in float32 until the complex numbers are made."""
    return freqs_with(head_dim, seq_len, theta, change=lambda angles: angles.half().float())


@mistake("precompute_freqs_cis", "the positions always lie on the CPU")
def positions_on_the_cpu(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your numbers are right, but you make the positions on the CPU, while the frequencies are made
    wherever the model runs: on a GPU the two cannot be multiplied. Say no device, and torch takes
    the default one."""
    return freqs_with(
        head_dim, seq_len, theta, count=lambda n: torch.arange(n, device="cpu").float()
    )
