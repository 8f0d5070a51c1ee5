"""The ways that stage 11 goes wrong."""

from collections.abc import Callable

import torch

from grader.diagnosis import mistake, worked_out
from solutions.s11_rotate import rotate


def _arrows(x: torch.Tensor) -> torch.Tensor:
    return torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))


def _arrows_of_halves(x: torch.Tensor) -> torch.Tensor:
    return torch.complex(*x.float().chunk(2, dim=-1))


def _entries(arrows: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return torch.view_as_real(arrows).flatten(-2).to(x.dtype)


def _halves(arrows: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return torch.cat((arrows.real, arrows.imag), dim=-1).to(x.dtype)


@worked_out("rotate")
def rotate_with(
    x: torch.Tensor,
    freqs_cis: torch.Tensor,
    *,
    cut: Callable[..., torch.Tensor] = _arrows,
    turn: Callable[..., torch.Tensor] = torch.mul,
    join: Callable[..., torch.Tensor] = _entries,
) -> torch.Tensor:
    """Do what the reference does, except for what is given by name."""
    return join(turn(cut(x), freqs_cis), x)


@mistake("rotate", "entry i is paired with entry i + d/2")
def halves_in_and_out(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You pair the first half of the vector with the second, as Hugging Face's code does. The rows
    of its wq and wk are reordered for that when a checkpoint is converted; Meta's weights, which
    are used here, want neighbours: entries 0 and 1, then 2 and 3."""
    return rotate_with(x, freqs_cis, cut=_arrows_of_halves, join=_halves)


@mistake("rotate", "the pairs go in as neighbours and come out as halves")
def halves_out(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn the right pairs, and then put all real parts in front of all imaginary ones. Scores
    do not notice when queries and keys are shuffled alike, but each entry should come back to where
    it was taken from."""
    return rotate_with(x, freqs_cis, join=_halves)


@mistake("rotate", "the pairs go in as halves and come out as neighbours")
def halves_in(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You take the first half of the vector as real parts and the second as imaginary ones. In
    Meta's weights the two entries of a pair stand next to each other."""
    return rotate_with(x, freqs_cis, cut=_arrows_of_halves)


@mistake("rotate", "it turns the wrong way round")
def wrong_way_round(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn every pair backwards. That happens when one divides, takes the conjugate, swaps the
    two entries of a pair, or puts the minus before the wrong sine: it belongs into the real part,
    since the square of the imaginary unit is -1."""
    return rotate(x, freqs_cis.conj())


@mistake("rotate", "the positions are in reverse order")
def positions_reversed(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn the last token as position 0 and the first as the last. Row m of `freqs_cis` belongs
    to row m of `x`."""
    return rotate(x, freqs_cis.flip(0))


@mistake("rotate", "the minus in the real part is missing")
def no_minus(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You add both products in the real part too, so pairs are stretched and not turned. Multiply
    two complex numbers out on paper and see what becomes of j times j."""

    def turn(pairs: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
        cos, sin = freqs_cis.real, freqs_cis.imag
        real = pairs.real * cos + pairs.imag * sin
        return torch.complex(real, pairs.real * sin + pairs.imag * cos)

    return rotate_with(x, freqs_cis, turn=turn)


@mistake("rotate", "only the cosine is used")
def cosine_only(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You multiply by the real parts alone, which makes the pairs shorter and turns none.
    Converting `freqs_cis` to a real dtype does that too: the imaginary parts are thrown away, with
    a warning only."""
    return rotate_with(x, freqs_cis, turn=lambda pairs, freqs_cis: pairs * freqs_cis.real)


@mistake("rotate", "the rotation is added, not multiplied")
def added_not_multiplied(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You add the complex numbers, which moves the tip of every arrow by a step of length one.
    Older models do add something for the position; here the product is what turns."""
    return rotate_with(x, freqs_cis, turn=torch.add)


@mistake("rotate", "the angle is added to the entries")
def angle_added(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You add the angle to both entries of a pair. It is the direction of the arrow that grows by
    the angle, not its coordinates: multiply by the complex number."""
    return (x.float() + freqs_cis.angle().repeat_interleave(2, dim=-1)).to(x.dtype)


@mistake("rotate", "every pair is turned twice")
def turned_twice(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You multiply by the rotations a second time, so token 3 stands where token 6 should.
    Distances count double then. Once is enough."""
    return rotate(x, freqs_cis * freqs_cis)


@mistake("rotate", "nothing is turned")
def not_turned(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Your result is `x` as it was, whatever the rotations are. Is the product computed and then
    forgotten?"""
    return x.clone()


@mistake("rotate", "all pairs turn like the first")
def turned_like_the_first_pair(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You use one column of `freqs_cis` for all pairs. Each pair has a frequency of its own, and so
    a column of its own."""
    return rotate(x, freqs_cis[:, :1])


@mistake("rotate", "the angles are laid out for halves, the pairs for neighbours")
def angles_side_by_side(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You spread the angles over d entries by writing the whole row twice, one after the other.
    That fits pairs of halves; the neighbours of one pair then get two different angles. Write every
    angle twice in a row instead, or stay with complex numbers."""
    angles = freqs_cis.repeat(1, 2)
    pairs = _arrows(x)
    turned = torch.view_as_real(pairs * 1j).flatten(-2)
    return (x.float() * angles.real + turned * angles.imag).to(x.dtype)


@mistake("rotate", "the angles are laid out for neighbours, the pairs for halves")
def halves_with_angles_of_neighbours(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You write every angle twice in a row, which is right for neighbours, but the function that
    swaps the entries (often called `rotate_half`) still works on the two halves of the vector. Both
    must speak of the same pairs."""
    angles = freqs_cis.repeat_interleave(2, dim=-1)
    turned = _halves(_arrows_of_halves(x) * 1j, x.float())
    return (x.float() * angles.real + turned * angles.imag).to(x.dtype)


@mistake("rotate", "the second entry is computed from the turned first one")
def second_from_turned_first(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You overwrite the first entry of each pair, and then use the new one where the formula means
    the old one. Keep both old entries until both new ones are there."""

    def turn(pairs: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
        cos, sin = freqs_cis.real, freqs_cis.imag
        real = pairs.real * cos - pairs.imag * sin
        return torch.complex(real, real * sin + pairs.imag * cos)

    return rotate_with(x, freqs_cis, turn=turn)


@mistake("rotate", "real and imaginary parts come back swapped")
def parts_swapped(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn the right pairs, and then put each imaginary part in front of its real part. The
    vector at position 0 shows it: it should come back as it was."""

    def join(turned: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return _entries(torch.complex(turned.imag, turned.real), x)

    return rotate_with(x, freqs_cis, join=join)


@mistake("rotate", "real and imaginary parts are taken the wrong way round")
def parts_swapped_in(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You read the second entry of every pair as the real part and the first as the imaginary part.
    It is the other way round: the vector at position 0 should come back as it was."""
    return rotate_with(x, freqs_cis, cut=lambda x: _arrows(x).conj() * 1j)


@mistake("rotate", "this is a matrix product")
def matrix_product(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You multiply rows by columns and add up, so every token is mixed with every position. Some
    texts call this step a dot product: it is not. Each complex number is multiplied by the one in
    its own place, and nothing is summed."""
    return rotate_with(x, freqs_cis, turn=lambda pairs, freqs_cis: pairs @ freqs_cis.T)


@mistake("rotate", "the pairs are not joined again")
def pairs_not_joined(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Your numbers are right, but they still stand in pairs, with a dimension of two at the end.
    The result should have the shape of `x`."""
    return rotate_with(x, freqs_cis, join=lambda turned, x: torch.view_as_real(turned).to(x.dtype))


@mistake("rotate", "the result is still complex")
def still_complex(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You give back d/2 complex numbers. Attention goes on with d real ones: look for the opposite
    of `torch.view_as_complex`."""
    return rotate_with(x, freqs_cis, join=lambda turned, x: turned)


@mistake("rotate", "positions and pairs are flattened together")
def flattened_from_dimension_one(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You join everything after the first dimension. With one head that is right; with several, the
    positions of a head end up in one long row. Count the dimensions to join from the end."""

    def join(turned: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return torch.view_as_real(turned).flatten(1).to(x.dtype)

    return rotate_with(x, freqs_cis, join=join)


@mistake("rotate", "it works for one head only")
def one_head_only(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You keep the first dimension and cut all the rest into pairs. With several heads that first
    dimension is the head, and the pairs of all positions run together. Keep every dimension but the
    last."""
    pairs = torch.view_as_complex(x.float().reshape(x.shape[0], -1, 2))
    return torch.view_as_real(pairs * freqs_cis).reshape(x.shape).to(x.dtype)


@mistake("rotate", "the positions are looked for in the second dimension")
def positions_in_second_dimension(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You line the rotations up with dimension 1, where Meta's own code has the positions (its
    tensors are batch, position, head, entry). Here the positions stand in the dimension before the
    last, and there torch lines them up without help."""
    pairs = _arrows(x)
    keep = (1, pairs.dim() - 1)
    shape = [size if axis in keep else 1 for axis, size in enumerate(pairs.shape)]
    return _entries(pairs * freqs_cis.view(*shape), x)


@mistake("rotate", "the heads are taken for positions")
def heads_taken_for_positions(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn each head by the row of its own number: head 2 like position 2, whatever the token.
    In `[..., T, d]` the positions are the dimension before the last; all heads share the
    rotations."""
    heads = freqs_cis if x.dim() == 2 else freqs_cis[: x.shape[-3]].unsqueeze(1)
    return _entries(_arrows(x) * heads, x)


@mistake("rotate", "the rotations are cut to the length of the first dimension")
def cut_to_the_first_dimension(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You take as many rows of `freqs_cis` as `x` is long. With several heads, `len(x)` and
    `x.shape[0]` count the heads and not the positions. The rotations come with one row a position
    already."""
    return rotate(x, freqs_cis[: x.shape[0]])


@mistake("rotate", "the vector is not cut into pairs")
def not_cut_into_pairs(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You ask torch to see the vector as complex numbers, but it wants the real and the imaginary
    part in a last dimension of two. Cut the d entries into d/2 pairs first."""
    return rotate_with(x, freqs_cis, cut=lambda x: torch.view_as_complex(x.float()))


@mistake("rotate", "the number of pairs is fixed at 64")
def pairs_fixed_at_64(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You cut every vector into 64 pairs, which fits the 8B's heads of 128 and no others. Let torch
    work the number out: a -1 in the shape does that."""
    pairs = torch.view_as_complex(x.float().reshape(*x.shape[:-1], 64, 2))
    return _entries(pairs * freqs_cis, x)


@mistake("rotate", "bfloat16 is not converted to float32")
def no_float(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """There are no complex numbers made of bfloat16, so torch refuses to see your pairs as such.
    The real weights are bfloat16: convert to float32 first, and back at the end."""

    def cut(x: torch.Tensor) -> torch.Tensor:
        return torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))

    return rotate_with(x, freqs_cis, cut=cut)


@mistake("rotate", "the result stays float32")
def left_in_float32(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Your numbers are right, but for half-precision input they come back as float32, and the next
    step cannot multiply them with tensors that are not. Go back to the dtype of `x` at the end."""
    return rotate(x.float(), freqs_cis)


@mistake("rotate", "the input is changed")
def changes_the_input(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Your numbers are right, but you write them into `x` itself. A float32 tensor is not copied by
    `float`, and a view shares its numbers: multiply so that a new tensor is made, not with an
    operation whose name ends in an underscore or with `*=`."""
    return rotate_with(x, freqs_cis, turn=lambda pairs, freqs_cis: pairs.mul_(freqs_cis))
