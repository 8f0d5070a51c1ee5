"""The numbers of lesson 10."""

import cmath
import math
from collections.abc import Callable, Sequence
from timeit import repeat

import torch

from benchmarks.figures import figures, machine_figures
from solutions.s10_freqs_cis import precompute_freqs_cis, rope_frequencies

TURN = 2 * math.pi
HEAD_DIM, THETA = 128, 500000.0  # of the 8B
N_TOKENS = 17  # of the prompt


@figures("6.283", "57.3")
def a_full_turn() -> Sequence[float]:
    return TURN, math.degrees(1)


@figures("500000", "1", "0.8146", "0.6636", "0.000002455", "63/64", "6.3", "2.56")
def frequencies_of_the_8b() -> Sequence[float]:
    first, second, third, *_, last = rope_frequencies(HEAD_DIM, THETA).tolist()
    last_exponent = (HEAD_DIM - 2) / HEAD_DIM
    return THETA, first, second, third, last, last_exponent, TURN / first, TURN / last / 1e6


@figures("1", "0.07248", "0.005253", "0.0003807", "0.00002759")
def frequencies_of_the_tiny_model() -> Sequence[float]:
    return rope_frequencies(10, THETA).tolist()


@figures("100", "0", "-2/4", "1", "0.1")
def frequencies_by_hand() -> Sequence[float]:
    head_dim, theta = 4, 100.0
    exponents = [-2 * i / head_dim for i in range(head_dim // 2)]
    return theta, *exponents, *rope_frequencies(head_dim, theta).tolist()


@figures("0", "1", "2", "0", "0.1", "0.2")
def angles_by_hand() -> Sequence[float]:
    positions = torch.arange(3).float()
    return torch.outer(rope_frequencies(4, 100.0), positions).flatten().tolist()


@figures("0.5403", "0.9950", "-0.4161", "0.9801", "0.8415", "0.0998", "0.9093", "0.1987")
def table_by_hand() -> Sequence[float]:
    table = precompute_freqs_cis(4, 3, 100.0)[1:].flatten()
    return [*table.real.tolist(), *table.imag.tolist()]


@figures("-0.416", "0.909")
def row_1_times_itself() -> Sequence[float]:
    square = precompute_freqs_cis(4, 2, 100.0)[1, 0] ** 2
    return square.real.item(), square.imag.item()


@figures("64", "17", "3")
def picture() -> Sequence[float]:
    table = precompute_freqs_cis(HEAD_DIM, N_TOKENS, THETA)
    return table.shape[1], table.shape[0], table[3, 0].angle().item()


@figures("44", "7.003")
def tokens_that_look_alike() -> Sequence[float]:
    """Return the first position at which the fastest pair is back within 0.02 of a turn."""
    position = next(m for m in range(1, 100) if abs(m / TURN - round(m / TURN)) < 0.02)
    return position, position / TURN


@figures("10000", "54,410")
def slowest_pair_of_llama_2() -> Sequence[float]:
    theta = 10000.0
    return theta, TURN / rope_frequencies(HEAD_DIM, theta)[-1].item()


@figures("0.8164", "559", "1")
def rounded_to_bfloat16() -> Sequence[float]:
    exact = rope_frequencies(HEAD_DIM, THETA).double()[1]
    rounded = exact.bfloat16().double()
    error = abs(exact - rounded).item()
    position = math.ceil(1 / error)
    return rounded.item(), position, (position - 1) * error


@figures("8192", "3 · 10⁻⁴", "6 · 10⁻⁸")
def turning_the_row_before() -> Sequence[float]:
    steps = 8192
    table = precompute_freqs_cis(HEAD_DIM, steps + 1, THETA)
    row = table[0]
    for _ in range(steps):
        row = row * table[1]
    return steps, (row.abs() - 1).abs().max().item(), (table.abs() - 1).abs().max().item()


@figures("8 · 10⁻⁸", "7 · 10⁻⁷")
def a_power_and_an_exponential() -> Sequence[float]:
    exponents = torch.arange(0, HEAD_DIM, 2) / HEAD_DIM
    exact = THETA ** -exponents.double()

    def error(frequencies: torch.Tensor) -> float:
        return ((frequencies.double() - exact) / exact).abs().max().item()

    by_logarithm = torch.exp(-math.log(THETA) * exponents)
    return error(rope_frequencies(HEAD_DIM, THETA)), error(by_logarithm)


@machine_figures("5", "17")
def a_loop_in_python() -> Sequence[float]:
    def loop() -> torch.Tensor:
        frequencies = [THETA ** (-2 * i / HEAD_DIM) for i in range(HEAD_DIM // 2)]
        return torch.tensor([[cmath.rect(1, m * f) for f in frequencies] for m in range(N_TOKENS)])

    def seconds(code: Callable[[], object]) -> float:
        return min(repeat(code, number=1, repeat=5))

    vectors = seconds(lambda: precompute_freqs_cis(HEAD_DIM, N_TOKENS, THETA))
    return seconds(loop) / vectors, N_TOKENS
