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
    """Do what the reference does, except for the steps passed by name."""
    return join(turn(cut(x), freqs_cis), x)


@mistake("rotate", "entry i is paired with entry i + d/2")
def halves_in_and_out(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You pair the first half of the vector with the second, as Hugging Face's code does. When
    Hugging Face converts a checkpoint, it reorders the rows of wq and wk to match. Meta's weights,
    which this kata uses, expect neighbors to be paired: entries 0 and 1, then 2 and 3."""
    return rotate_with(x, freqs_cis, cut=_arrows_of_halves, join=_halves)


@mistake("rotate", "the pairs are read as neighbors but written back as halves")
def halves_out(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn the right pairs, but then put all real parts before all imaginary parts. The scores
    stay the same, because queries and keys are shuffled alike, but each entry should return to its
    old position in the vector."""
    return rotate_with(x, freqs_cis, join=_halves)


@mistake("rotate", "the pairs are read as halves but written back as neighbors")
def halves_in(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You take the first half of the vector as real parts and the second half as imaginary parts.
    In Meta's weights, the two entries of a pair are next to each other."""
    return rotate_with(x, freqs_cis, cut=_arrows_of_halves)


@mistake("rotate", "the pairs turn the wrong way")
def wrong_way_round(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn every pair backward. That happens, for example, when you divide, take the conjugate,
    or put the minus in front of the wrong sine. The minus belongs in the real part, because j · j =
    -1."""
    return rotate(x, freqs_cis.conj())


@mistake("rotate", "the positions are in reverse order")
def positions_reversed(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn the last token as if it were at position 0, and the first as if it were at the last
    position. Row m of `freqs_cis` belongs to row m of `x`."""
    return rotate(x, freqs_cis.flip(0))


@mistake("rotate", "the minus in the real part is missing")
def no_minus(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """In the real part you add the two products, as you do in the imaginary part, so pairs are
    stretched instead of turned. Multiply two complex numbers on paper and see what becomes of j ·
    j."""

    def turn(pairs: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
        cos, sin = freqs_cis.real, freqs_cis.imag
        real = pairs.real * cos + pairs.imag * sin
        return torch.complex(real, pairs.real * sin + pairs.imag * cos)

    return rotate_with(x, freqs_cis, turn=turn)


@mistake("rotate", "only the cosine is used")
def cosine_only(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You multiply by the real parts alone, which shortens the pairs without turning them. That
    also happens when you convert `freqs_cis` to a real dtype: torch drops the imaginary parts with
    only a warning."""
    return rotate_with(x, freqs_cis, turn=lambda pairs, freqs_cis: pairs * freqs_cis.real)


@mistake("rotate", "the rotation is added, not multiplied")
def added_not_multiplied(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You add the complex numbers, which moves the tip of every arrow by a step of length 1. Older
    models do add a vector for each position, but here you turn by multiplying."""
    return rotate_with(x, freqs_cis, turn=torch.add)


@mistake("rotate", "the angle is added to the entries")
def angle_added(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You add the angle to both entries of a pair. The angle concerns the direction of the arrow,
    not its coordinates: multiply by the complex number instead."""
    return (x.float() + freqs_cis.angle().repeat_interleave(2, dim=-1)).to(x.dtype)


@mistake("rotate", "every pair is turned twice")
def turned_twice(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You multiply by the rotations twice, so the token at position 3 is turned as if it were at
    position 6, and every distance counts double. Multiply only once."""
    return rotate(x, freqs_cis * freqs_cis)


@mistake("rotate", "nothing is turned")
def not_turned(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You return `x` unturned, whatever the rotations are. Perhaps you compute the product and then
    don't use it?"""
    return x.clone()


@mistake("rotate", "all pairs turn like the first")
def turned_like_the_first_pair(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn all pairs by the first column of `freqs_cis`. Each pair has its own frequency, and
    therefore its own column."""
    return rotate(x, freqs_cis[:, :1])


@mistake("rotate", "the angles are laid out for halves, but the pairs are neighbors")
def angles_side_by_side(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You stretch the angles to d entries by writing the whole row twice, one copy after the other.
    That fits code that pairs entry i with entry i + d/2; here it gives the two neighbors in a pair
    different angles. Put the two copies of each angle next to each other, or keep using complex
    numbers."""
    angles = freqs_cis.repeat(1, 2)
    pairs = _arrows(x)
    turned = torch.view_as_real(pairs * 1j).flatten(-2)
    return (x.float() * angles.real + turned * angles.imag).to(x.dtype)


@mistake("rotate", "the angles are laid out for neighbors, but the pairs are halves")
def halves_with_angles_of_neighbours(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You put the two copies of each angle next to each other, which is right for pairs of
    neighbors. But the part that swaps the entries (often called `rotate_half`) still swaps the two
    halves of the vector. Both parts must use the same pairs."""
    angles = freqs_cis.repeat_interleave(2, dim=-1)
    turned = _halves(_arrows_of_halves(x) * 1j, x.float())
    return (x.float() * angles.real + turned * angles.imag).to(x.dtype)


@mistake("rotate", "the second entry is computed from the new value of the first")
def second_from_turned_first(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You overwrite the first entry of each pair, and then use the new value where the formula
    needs the old one. Keep both old entries until both new ones are computed."""

    def turn(pairs: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
        cos, sin = freqs_cis.real, freqs_cis.imag
        real = pairs.real * cos - pairs.imag * sin
        return torch.complex(real, real * sin + pairs.imag * cos)

    return rotate_with(x, freqs_cis, turn=turn)


@mistake("rotate", "real and imaginary parts are written back in the wrong order")
def parts_swapped(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn the right pairs, but then put each imaginary part in front of its real part. Check
    the vector at position 0: it should come back unchanged."""

    def join(turned: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return _entries(torch.complex(turned.imag, turned.real), x)

    return rotate_with(x, freqs_cis, join=join)


@mistake("rotate", "real and imaginary parts are read in the wrong order")
def parts_swapped_in(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You read the second entry of every pair as the real part and the first as the imaginary part.
    It should be the other way around. Check the vector at position 0: it should come back
    unchanged."""
    return rotate_with(x, freqs_cis, cut=lambda x: _arrows(x).conj() * 1j)


@mistake("rotate", "a matrix product instead of an entry-by-entry product")
def matrix_product(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You multiply rows by columns and sum the products, so every token is mixed with every
    position. Some texts call this step a dot product, but nothing is summed: you multiply complex
    numbers that are in the same place."""
    return rotate_with(x, freqs_cis, turn=lambda pairs, freqs_cis: pairs @ freqs_cis.T)


@mistake("rotate", "the pairs are not joined again")
def pairs_not_joined(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Your values are right, but you return the entries in pairs, with an extra last dimension of
    size 2. The result should have the shape of `x`."""
    return rotate_with(x, freqs_cis, join=lambda turned, x: torch.view_as_real(turned).to(x.dtype))


@mistake("rotate", "the result is still complex")
def still_complex(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You return d/2 complex numbers, but attention needs d real ones: look for the opposite of
    `torch.view_as_complex`."""
    return rotate_with(x, freqs_cis, join=lambda turned, x: turned)


@mistake("rotate", "positions and pairs are flattened together")
def flattened_from_dimension_one(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You join everything after the first dimension. With one head that's right, but with several
    heads, all positions of a head end up in one long row. To choose the dimensions to join, count
    from the end."""

    def join(turned: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return torch.view_as_real(turned).flatten(1).to(x.dtype)

    return rotate_with(x, freqs_cis, join=join)


@mistake("rotate", "the result is right for one head only")
def one_head_only(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You keep the first dimension and split all the rest into pairs. With several heads, the first
    dimension counts heads, so the pairs of all positions run together. Keep every dimension except
    the last."""
    pairs = torch.view_as_complex(x.float().reshape(x.shape[0], -1, 2))
    return torch.view_as_real(pairs * freqs_cis).reshape(x.shape).to(x.dtype)


@mistake("rotate", "the second dimension is read as positions")
def positions_in_second_dimension(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You line the rotations up with dimension 1. That fits Meta's own code, whose tensors are
    `[batch, position, head, entry]`. Here the positions are the second-to-last dimension, and torch
    lines the rotations up with it automatically."""
    pairs = _arrows(x)
    keep = (1, pairs.dim() - 1)
    shape = [size if axis in keep else 1 for axis, size in enumerate(pairs.shape)]
    return _entries(pairs * freqs_cis.view(*shape), x)


@mistake("rotate", "heads are treated as positions")
def heads_taken_for_positions(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn each head by the row that has its number: head 2 turns as if it were at position 2,
    whatever the token's position. In `[..., T, d]` the positions are the second-to-last dimension,
    and all heads share the same rotations."""
    heads = freqs_cis if x.dim() == 2 else freqs_cis[: x.shape[-3]].unsqueeze(1)
    return _entries(_arrows(x) * heads, x)


@mistake("rotate", "`freqs_cis` is cut to the length of the first dimension")
def cut_to_the_first_dimension(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You cut `freqs_cis` to the length of the first dimension of `x`. With several heads, that
    dimension counts heads, not positions. `freqs_cis` already has one row per position, so nothing
    has to be cut."""
    return rotate(x, freqs_cis[: x.shape[0]])


@mistake("rotate", "the vector is not split into pairs")
def not_cut_into_pairs(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You ask torch to read the vector as complex numbers, but for that the real and imaginary
    parts have to be in a last dimension of size 2. Split the d entries into d/2 pairs first."""
    return rotate_with(x, freqs_cis, cut=lambda x: torch.view_as_complex(x.float()))


@mistake("rotate", "the number of pairs is fixed at 64")
def pairs_fixed_at_64(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You split every vector into 64 pairs, which fits only heads as wide as the 8B's, 128 entries.
    Let torch work out the number: that's what a -1 in the shape does."""
    pairs = torch.view_as_complex(x.float().reshape(*x.shape[:-1], 64, 2))
    return _entries(pairs * freqs_cis, x)


@mistake("rotate", "bfloat16 is not converted to float32")
def no_float(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You read bfloat16 pairs as complex numbers, but torch has no bfloat16 complex numbers. The
    8B's weights are bfloat16, so convert to float32 first, and back at the end."""

    def cut(x: torch.Tensor) -> torch.Tensor:
        return torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))

    return rotate_with(x, freqs_cis, cut=cut)


@mistake("rotate", "the result stays float32")
def left_in_float32(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Your values are right, but for a half-precision `x` you return float32. Convert back to the
    dtype of `x`, which the rest of the layer uses."""
    return rotate(x.float(), freqs_cis)


@mistake("rotate", "the input is modified")
def changes_the_input(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Your values are right, but you write the result into `x` itself: `float()` doesn't copy a
    float32 tensor, and a view shares memory with its source. Use operations that return a new
    tensor, not `*=` or methods whose names end in an underscore."""
    return rotate_with(x, freqs_cis, turn=lambda pairs, freqs_cis: pairs.mul_(freqs_cis))
