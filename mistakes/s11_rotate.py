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
    """You pair the first half of the vector with the second, as Hugging Face's code does. Hugging
    Face reorders the rows of wq and wk to match when it converts a checkpoint. Meta's weights, used
    here, expect neighbors: entries 0 and 1, then 2 and 3."""
    return rotate_with(x, freqs_cis, cut=_arrows_of_halves, join=_halves)


@mistake("rotate", "the pairs go in as neighbors and come out as halves")
def halves_out(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn the right pairs, but then put all real parts in front of all imaginary parts. Scores
    wouldn't notice, because queries and keys are shuffled alike, but each entry belongs where it
    was before."""
    return rotate_with(x, freqs_cis, join=_halves)


@mistake("rotate", "the pairs go in as halves and come out as neighbors")
def halves_in(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You take the first half of the vector as real parts and the second half as imaginary parts.
    In Meta's weights, the two entries of a pair are next to each other."""
    return rotate_with(x, freqs_cis, cut=_arrows_of_halves)


@mistake("rotate", "it turns the wrong way")
def wrong_way_round(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn every pair backward. That happens, for example, when you divide, take the conjugate,
    or put the minus in front of the wrong sine. The minus belongs in the real part, because j · j =
    -1."""
    return rotate(x, freqs_cis.conj())


@mistake("rotate", "the positions are in reverse order")
def positions_reversed(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn the last token as position 0 and the first token as the last position. Row m of
    `freqs_cis` belongs to row m of `x`."""
    return rotate(x, freqs_cis.flip(0))


@mistake("rotate", "the minus in the real part is missing")
def no_minus(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You add both products in the real part too, so pairs are stretched instead of turned.
    Multiply two complex numbers on paper and see what becomes of j · j."""

    def turn(pairs: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
        cos, sin = freqs_cis.real, freqs_cis.imag
        real = pairs.real * cos + pairs.imag * sin
        return torch.complex(real, pairs.real * sin + pairs.imag * cos)

    return rotate_with(x, freqs_cis, turn=turn)


@mistake("rotate", "only the cosine is used")
def cosine_only(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You multiply by the real parts alone, which makes pairs shorter and turns none. Converting
    `freqs_cis` to a real dtype has the same effect: the imaginary parts are dropped with only a
    warning."""
    return rotate_with(x, freqs_cis, turn=lambda pairs, freqs_cis: pairs * freqs_cis.real)


@mistake("rotate", "the rotation is added, not multiplied")
def added_not_multiplied(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You add the complex numbers, which moves the tip of every arrow by a step of length 1. Older
    models do add something for the position, but here you turn by multiplying."""
    return rotate_with(x, freqs_cis, turn=torch.add)


@mistake("rotate", "the angle is added to the entries")
def angle_added(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You add the angle to both entries of a pair. The angle belongs to the direction of the arrow,
    not to its coordinates: multiply by the complex number instead."""
    return (x.float() + freqs_cis.angle().repeat_interleave(2, dim=-1)).to(x.dtype)


@mistake("rotate", "every pair is turned twice")
def turned_twice(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You multiply by the rotations a second time, so token 3 is turned like token 6 and every
    distance counts double. Once is enough."""
    return rotate(x, freqs_cis * freqs_cis)


@mistake("rotate", "nothing is turned")
def not_turned(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You return `x` as it was, whatever the rotations are. Perhaps you compute the product and
    then don't use it?"""
    return x.clone()


@mistake("rotate", "all pairs turn like the first")
def turned_like_the_first_pair(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn all pairs by the first column of `freqs_cis`. Each pair has its own frequency, and
    so its own column."""
    return rotate(x, freqs_cis[:, :1])


@mistake("rotate", "the angles are laid out for halves, the pairs for neighbors")
def angles_side_by_side(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You spread the angles over d entries by writing the whole row twice, one after the other.
    That fits pairs made of halves; here it gives two different angles to the neighbors of one pair.
    Write every angle twice in a row, or stay with complex numbers."""
    angles = freqs_cis.repeat(1, 2)
    pairs = _arrows(x)
    turned = torch.view_as_real(pairs * 1j).flatten(-2)
    return (x.float() * angles.real + turned * angles.imag).to(x.dtype)


@mistake("rotate", "the angles are laid out for neighbors, the pairs for halves")
def halves_with_angles_of_neighbours(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You write every angle twice in a row, which is right for neighbors, but the part that swaps
    the entries (often called `rotate_half`) still works on the two halves of the vector. Both must
    use the same pairs."""
    angles = freqs_cis.repeat_interleave(2, dim=-1)
    turned = _halves(_arrows_of_halves(x) * 1j, x.float())
    return (x.float() * angles.real + turned * angles.imag).to(x.dtype)


@mistake("rotate", "the second entry is computed from the turned first one")
def second_from_turned_first(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You overwrite the first entry of each pair and then use the new value where the formula means
    the old one. Keep both old entries until both new ones are computed."""

    def turn(pairs: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
        cos, sin = freqs_cis.real, freqs_cis.imag
        real = pairs.real * cos - pairs.imag * sin
        return torch.complex(real, real * sin + pairs.imag * cos)

    return rotate_with(x, freqs_cis, turn=turn)


@mistake("rotate", "real and imaginary parts come back swapped")
def parts_swapped(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn the right pairs, but then put each imaginary part in front of its real part. The
    vector at position 0 shows it: it should come back unchanged."""

    def join(turned: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return _entries(torch.complex(turned.imag, turned.real), x)

    return rotate_with(x, freqs_cis, join=join)


@mistake("rotate", "real and imaginary parts are swapped on the way in")
def parts_swapped_in(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You read the second entry of every pair as the real part and the first as the imaginary part.
    It's the other way around: the vector at position 0 should come back unchanged."""
    return rotate_with(x, freqs_cis, cut=lambda x: _arrows(x).conj() * 1j)


@mistake("rotate", "this is a matrix product")
def matrix_product(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You multiply rows by columns and add up, so every token is mixed with every position. Some
    texts call this step a dot product, but nothing is summed: each complex number is multiplied by
    the one in the same place."""
    return rotate_with(x, freqs_cis, turn=lambda pairs, freqs_cis: pairs @ freqs_cis.T)


@mistake("rotate", "the pairs are not joined again")
def pairs_not_joined(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Your values are right, but you return them in pairs, with an extra last dimension of two. The
    result has the shape of `x`."""
    return rotate_with(x, freqs_cis, join=lambda turned, x: torch.view_as_real(turned).to(x.dtype))


@mistake("rotate", "the result is still complex")
def still_complex(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You return d/2 complex numbers. Attention goes on with d real ones: look for the opposite of
    `torch.view_as_complex`."""
    return rotate_with(x, freqs_cis, join=lambda turned, x: turned)


@mistake("rotate", "positions and pairs are flattened together")
def flattened_from_dimension_one(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You join everything after the first dimension. With one head that's right, but with several,
    all positions of a head end up in one long row. Count the dimensions to join from the end."""

    def join(turned: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return torch.view_as_real(turned).flatten(1).to(x.dtype)

    return rotate_with(x, freqs_cis, join=join)


@mistake("rotate", "it works for one head only")
def one_head_only(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You keep the first dimension and split all the rest into pairs. With several heads, the first
    dimension is the head, and the pairs of all positions run together. Keep every dimension except
    the last."""
    pairs = torch.view_as_complex(x.float().reshape(x.shape[0], -1, 2))
    return torch.view_as_real(pairs * freqs_cis).reshape(x.shape).to(x.dtype)


@mistake("rotate", "the positions are looked for in the second dimension")
def positions_in_second_dimension(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You line the rotations up with dimension 1, where Meta's own code has the positions (its
    tensors are batch, position, head, entry). Here the positions are the second-to-last dimension,
    where torch lines them up without help."""
    pairs = _arrows(x)
    keep = (1, pairs.dim() - 1)
    shape = [size if axis in keep else 1 for axis, size in enumerate(pairs.shape)]
    return _entries(pairs * freqs_cis.view(*shape), x)


@mistake("rotate", "heads are treated as positions")
def heads_taken_for_positions(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You turn each head by the row of its own number: head 2 like position 2, whatever the token.
    In `[..., T, d]` the positions are the second-to-last dimension, and all heads share the
    rotations."""
    heads = freqs_cis if x.dim() == 2 else freqs_cis[: x.shape[-3]].unsqueeze(1)
    return _entries(_arrows(x) * heads, x)


@mistake("rotate", "`freqs_cis` is cut to the length of the first dimension")
def cut_to_the_first_dimension(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You keep as many rows of `freqs_cis` as the first dimension of `x` is long. With several
    heads, that counts heads, not positions. There is already one row per position, so nothing has
    to be cut."""
    return rotate(x, freqs_cis[: x.shape[0]])


@mistake("rotate", "the vector is not split into pairs")
def not_cut_into_pairs(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You ask torch to read the vector as complex numbers, but it needs the real and the imaginary
    part in a last dimension of two. Split the d entries into d/2 pairs first."""
    return rotate_with(x, freqs_cis, cut=lambda x: torch.view_as_complex(x.float()))


@mistake("rotate", "the number of pairs is fixed at 64")
def pairs_fixed_at_64(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You split every vector into 64 pairs, which fits the 8B's heads of 128 and no others. Let
    torch work out the number: that's what a -1 in the shape does."""
    pairs = torch.view_as_complex(x.float().reshape(*x.shape[:-1], 64, 2))
    return _entries(pairs * freqs_cis, x)


@mistake("rotate", "bfloat16 is not converted to float32")
def no_float(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """You read bfloat16 pairs as complex numbers, but torch has no complex numbers made of
    bfloat16. The real weights are bfloat16: convert to float32 first, and back at the end."""

    def cut(x: torch.Tensor) -> torch.Tensor:
        return torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))

    return rotate_with(x, freqs_cis, cut=cut)


@mistake("rotate", "the result stays float32")
def left_in_float32(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Your values are right, but for a bfloat16 `x` you return float32. Return the dtype of `x`, in
    which the rest of the layer works."""
    return rotate(x.float(), freqs_cis)


@mistake("rotate", "the input is changed")
def changes_the_input(x: torch.Tensor, freqs_cis: torch.Tensor) -> torch.Tensor:
    """Your values are right, but you write them into `x` itself: `float()` doesn't copy a float32
    tensor, and a view shares its memory. Use operations that return a new tensor, not `*=` or one
    whose name ends in an underscore."""
    return rotate_with(x, freqs_cis, turn=lambda pairs, freqs_cis: pairs.mul_(freqs_cis))
