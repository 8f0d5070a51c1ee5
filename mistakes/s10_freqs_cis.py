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
    """Do what the reference does, except for the steps passed by name."""
    return arrows(change(torch.outer(count(seq_len), rope_frequencies(head_dim, theta))))


@mistake("rope_frequencies", "the exponent is i/d, not 2i/d")
def half_the_exponent(head_dim: int, theta: float) -> torch.Tensor:
    """Your exponents run from 0 to almost 1/2, so the slow pairs turn much too fast. They should
    run from 0 to almost 1: i counts pairs, and there are only d/2 of them, so i/d never reaches
    1/2."""
    return _powers(torch.arange(head_dim // 2) / head_dim, theta)


@mistake("rope_frequencies", "the exponent is 4i/d, not 2i/d")
def twice_the_exponent(head_dim: int, theta: float) -> torch.Tensor:
    """Your exponents run from 0 to almost 2, twice as far as they should. Perhaps you count in
    steps of two and then also double the numbers, or divide them by half of `head_dim`."""
    return _powers(2 * torch.arange(0, head_dim, 2) / head_dim, theta)


@mistake("rope_frequencies", "the exponents reach 1")
def last_exponent_is_one(head_dim: int, theta: float) -> torch.Tensor:
    """You spread the exponents evenly from 0 to 1 with both ends included, so every step is a
    little too wide. The last exponent is (d - 2)/d, just short of 1."""
    return _powers(torch.linspace(0, 1, head_dim // 2), theta)


@mistake("rope_frequencies", "the pairs are counted from 1")
def pairs_from_one(head_dim: int, theta: float) -> torch.Tensor:
    """Your first pair has the exponent 2/d. Count the pairs from 0: the first one turns by 1 radian
    per position, whatever theta is."""
    return _powers(torch.arange(2, head_dim + 2, 2) / head_dim, theta)


@mistake("rope_frequencies", "the paper's formula is used with pairs counted from 0")
def paper_formula_from_zero(head_dim: int, theta: float) -> torch.Tensor:
    """You use the RoFormer paper's 2(i - 1)/d but count pairs from 0, so your first pair gets -2/d
    instead of 0 and turns by more than 1 radian per position. The paper counts pairs from 1. When
    you count from 0, there is no 1 to subtract."""
    return _powers(torch.arange(-2, head_dim - 2, 2) / head_dim, theta)


@mistake("rope_frequencies", "the exponents are odd numbers over d")
def odd_exponents(head_dim: int, theta: float) -> torch.Tensor:
    """Your exponents are 1/d, 3/d, 5/d and so on: the index of each pair's second entry, divided by
    d. Both entries of a pair share one exponent, and the first pair's exponent is 0."""
    return _powers(torch.arange(1, head_dim, 2) / head_dim, theta)


@mistake("rope_frequencies", "the exponent's minus sign is missing")
def positive_exponent(head_dim: int, theta: float) -> torch.Tensor:
    """Your frequencies grow with i, so the last pairs spin around many times in a single step. They
    should shrink: the first pair is the fastest."""
    return theta ** (torch.arange(0, head_dim, 2) / head_dim)


@mistake("rope_frequencies", "the exponent is not divided by head_dim")
def exponent_not_divided(head_dim: int, theta: float) -> torch.Tensor:
    """You raise theta to 0, 2, 4 and so on, so every pair after the first hardly turns. The
    exponents should be fractions below 1, with `head_dim` as the denominator."""
    return _powers(torch.arange(0, head_dim, 2).float(), theta)


@mistake("rope_frequencies", "the exponents are rounded down")
def whole_exponents(head_dim: int, theta: float) -> torch.Tensor:
    """Your exponents are whole numbers, 0 and -1, because `//` rounds down. Divide with `/`."""
    exponents = -2 * torch.arange(head_dim // 2) // head_dim
    return theta ** exponents.float()


@mistake("rope_frequencies", "all pairs turn at the same speed")
def one_speed_for_all_pairs(head_dim: int, theta: float) -> torch.Tensor:
    """All your pairs turn by 1 radian per position. Each pair should turn more slowly than the pair
    before it. If you divide with `//`, that is the reason: it rounds every exponent below 1 down to
    0."""
    return _powers(torch.arange(0, head_dim, 2) // head_dim, theta)


@mistake("rope_frequencies", "theta is raised to whole powers first, and overflows")
def overflowing_powers(head_dim: int, theta: float) -> torch.Tensor:
    """You first raise theta to 0, 2, 4 and so on, and then take the root. On paper, that gives the
    same frequencies, but the 8th power of 500000 overflows float32, and the 4th power overflows
    int64. Make the exponent small before you raise theta to it."""
    return 1.0 / (theta ** torch.arange(0, head_dim, 2)) ** (1 / head_dim)


@mistake("rope_frequencies", "theta is multiplied by the exponent, not raised to it")
def base_times_exponent(head_dim: int, theta: float) -> torch.Tensor:
    """You multiply theta by 2i/d and divide 1 by the product. For the first pair, that is 1 divided
    by 0. Instead, 2i/d should be an exponent of theta: each pair is then slower than the pair
    before it by the same factor."""
    return 1.0 / (theta * torch.arange(0, head_dim, 2) / head_dim)


@mistake("rope_frequencies", "theta is fixed at 10000")
def theta_fixed_at_10000(head_dim: int, theta: float) -> torch.Tensor:
    """You use 10000 as theta, whatever value the caller passes. That is the base in the RoFormer
    paper and in Llama 2, but Llama 3 has 500000 in its `params.json`. Use the argument."""
    return rope_frequencies(head_dim, 10000.0)


@mistake("rope_frequencies", "theta is fixed at 500000")
def theta_fixed_at_500000(head_dim: int, theta: float) -> torch.Tensor:
    """You use 500000 as theta, whatever value the caller passes. That is right for Llama 3, but
    other models have other bases: use the argument."""
    return rope_frequencies(head_dim, 500000.0)


@mistake("rope_frequencies", "head_dim is fixed at 128")
def head_dim_fixed_at_128(head_dim: int, theta: float) -> torch.Tensor:
    """You return the 64 frequencies of the 8B, whatever `head_dim` is. The tiny models here have
    narrower heads: use the argument."""
    return rope_frequencies(128, theta)


@mistake("rope_frequencies", "one frequency per entry, not per pair")
def one_frequency_an_entry(head_dim: int, theta: float) -> torch.Tensor:
    """You return d frequencies instead of d/2. The two entries of a pair turn together, as one
    arrow, so they share one frequency. (Hugging Face's tables are d wide because they hold every
    cosine and sine twice.)"""
    return _powers(torch.arange(head_dim) / head_dim, theta)


@mistake("rope_frequencies", "the frequencies are rounded to bfloat16")
def bfloat16_frequencies(head_dim: int, theta: float) -> torch.Tensor:
    """Your frequencies keep only the two or three digits of bfloat16. The error grows with the
    position: near position 560, one of the 8B's angles is off by a radian. Stay in float32,
    whatever dtype the weights have."""
    return rope_frequencies(head_dim, theta).bfloat16().float()


@mistake("rope_frequencies", "the powers of theta are computed in float16")
def float16_powers(head_dim: int, theta: float) -> torch.Tensor:
    """You compute the power in float16, whose largest number is 65504. A theta of 500000 becomes
    infinite, and smaller numbers keep only about three digits. Stay in float32, whatever dtype the
    weights have."""
    return _powers(torch.arange(0, head_dim, 2).half() / head_dim, theta).float()


@mistake("rope_frequencies", "the result stays float64")
def left_in_float64(head_dim: int, theta: float) -> torch.Tensor:
    """Your values are right, but your frequencies are float64. Python and NumPy compute in float64
    by default, which is fine for intermediate results. Convert the frequencies to float32 before
    you return them or make rotations of them."""
    return _powers(torch.arange(0, head_dim, 2).double() / head_dim, theta)


@mistake("rope_frequencies", "the frequencies are always on the CPU")
def from_numpy(head_dim: int, theta: float) -> torch.Tensor:
    """Your values are right, but your tensors are always on the CPU, even when the model runs on a
    GPU. They come from NumPy, or you name the device. Use torch's own functions without `device`:
    they create tensors on the default device."""
    exponents = numpy.arange(0, head_dim, 2, dtype=numpy.float32) / head_dim
    return torch.from_numpy((1.0 / theta**exponents).astype(numpy.float32))


@mistake("precompute_freqs_cis", "the first position is 1, not 0")
def positions_from_one(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You count positions from 1: your row 0 is the rotation for position 1, so even the first
    token is turned. Attention wouldn't notice, because only distances matter to it. But positions
    are counted from 0, like list indices, so every entry of row 0 is 1+0j."""
    return freqs_with(head_dim, seq_len, theta, count=lambda n: torch.arange(1, n + 1).float())


@mistake("precompute_freqs_cis", "the arrows turn the wrong way")
def negative_angles(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your imaginary parts have the wrong sign, so every arrow turns clockwise. The angle is the
    position times the frequency, without a minus sign."""
    return freqs_with(head_dim, seq_len, theta, change=torch.neg)


@mistake("precompute_freqs_cis", "sine and cosine are swapped")
def sine_and_cosine_swapped(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your real parts are sines and your imaginary parts are cosines. An arrow that hasn't turned
    points to the right, to 1+0j; yours points up, to 0+1j."""
    return freqs_with(head_dim, seq_len, theta, arrows=lambda a: torch.complex(a.sin(), a.cos()))


@mistake("precompute_freqs_cis", "the angles are treated as degrees")
def degrees(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You convert the angles from degrees to radians, so everything turns 57 times too slowly.
    Position times frequency is already in radians, as torch's functions expect."""
    return freqs_with(head_dim, seq_len, theta, change=torch.deg2rad)


@mistake("precompute_freqs_cis", "the frequencies are treated as full turns")
def whole_turns(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You multiply the angles by 2π, as if the frequencies counted full turns. They count radians:
    the first pair turns by 1 radian per position, not by a full turn."""
    return freqs_with(head_dim, seq_len, theta, change=lambda angles: angles * (2 * math.pi))


@mistake("precompute_freqs_cis", "length and angle are swapped")
def length_and_angle_swapped(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your arrows all point in the same direction and get longer with the position. It should be
    the other way around: all have length 1, and the direction changes. If you use `torch.polar`,
    check the order of its arguments."""
    return freqs_with(head_dim, seq_len, theta, arrows=lambda a: torch.polar(a, torch.ones_like(a)))


@mistake("precompute_freqs_cis", "the angle is used as the imaginary part")
def angle_as_imaginary_part(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You build 1 + angle · j. That is nearly right for tiny angles, but as the angle grows, the
    arrow gets longer than 1 and never quite points straight up. The parts of an arrow of length 1
    are a cosine and a sine."""
    return freqs_with(
        head_dim, seq_len, theta, arrows=lambda a: torch.complex(torch.ones_like(a), a)
    )


@mistake("precompute_freqs_cis", "the imaginary unit is missing from the exponent")
def exponent_without_i(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You compute e to the power of the angle. That is a real number, and it grows without limit.
    Only e to the power of j times the angle moves around the circle."""
    return freqs_with(head_dim, seq_len, theta, arrows=lambda a: a.exp().to(torch.complex64))


@mistake("precompute_freqs_cis", "the angles are returned, not the complex numbers")
def angles_only(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You return the angles, position times frequency. Stage 11 multiplies by complex numbers:
    return numbers that have these angles and the length 1."""
    return freqs_with(head_dim, seq_len, theta, arrows=lambda a: a)


@mistake("precompute_freqs_cis", "only the cosines are returned")
def cosines_only(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You return only the real parts. An angle and its negative have the same cosine, so the
    direction of the turn is lost. The sine is needed too, as the imaginary part."""
    return precompute_freqs_cis(head_dim, seq_len, theta).real.contiguous()


@mistake("precompute_freqs_cis", "cosine and sine are returned as real numbers")
def cosines_and_sines(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You return cosines and sines as real numbers, side by side in a last dimension of size 2.
    Stage 11 multiplies by complex numbers: make one number from each cosine and its sine."""
    return torch.view_as_real(precompute_freqs_cis(head_dim, seq_len, theta)).contiguous()


@mistake("precompute_freqs_cis", "rows and columns are swapped")
def transposed(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your rows are pairs and your columns are positions. It should be the other way around: row m
    holds the rotations for the token at position m. `torch.outer(a, b)` has one row per entry of
    `a`."""
    return precompute_freqs_cis(head_dim, seq_len, theta).T.contiguous()


@mistake("precompute_freqs_cis", "the number of positions is fixed at 17")
def seq_len_fixed_at_17(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You return 17 rows, whatever `seq_len` is. That fits this kata's prompt, but other prompts
    are shorter or longer: use the argument."""
    return precompute_freqs_cis(head_dim, 17, theta)


@mistake("precompute_freqs_cis", "the positions are in bfloat16")
def bfloat16_positions(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You count positions in bfloat16, which can't hold 257: above 256, whole numbers are rounded
    to multiples of 2, then of 4, 8 and so on, so neighboring tokens get the same position. Count in
    float32."""
    return freqs_with(head_dim, seq_len, theta, count=lambda n: torch.arange(n).bfloat16().float())


@mistake("precompute_freqs_cis", "the positions are in float16")
def float16_positions(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """You count positions in float16, which can't hold 2049: above 2048, whole numbers are rounded
    to even ones, so neighboring tokens get the same position. Short prompts don't show it. Count in
    float32."""
    return freqs_with(head_dim, seq_len, theta, count=lambda n: torch.arange(n).half().float())


@mistake("precompute_freqs_cis", "the angles are rounded to bfloat16")
def bfloat16_angles(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your angles keep only the two or three digits of bfloat16. At position 1000 that is an error
    of up to 2 radians, so the arrow points in the wrong direction. Stay in float32 until you make
    the complex numbers."""
    return freqs_with(head_dim, seq_len, theta, change=lambda angles: angles.bfloat16().float())


@mistake("precompute_freqs_cis", "the angles are rounded to float16")
def float16_angles(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your angles keep only the three or so digits of float16. At position 5000 that is an error of
    up to 2 radians, so the arrow points in the wrong direction. Stay in float32 until you make the
    complex numbers."""
    return freqs_with(head_dim, seq_len, theta, change=lambda angles: angles.half().float())


@mistake("precompute_freqs_cis", "the positions are always on the CPU")
def positions_on_the_cpu(head_dim: int, seq_len: int, theta: float) -> torch.Tensor:
    """Your values are right, but you always create the positions on the CPU, while the frequencies
    are created where the model runs. If that is a GPU, the two can't be multiplied. Leave out
    `device`, and torch uses the default one."""
    return freqs_with(
        head_dim, seq_len, theta, count=lambda n: torch.arange(n, device="cpu").float()
    )
