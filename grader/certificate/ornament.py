"""The page's ornament: the rotations of Llama 3, drawn as a whirl.

Each line is one token of the prompt, each ring one of the frequencies: the innermost rotates
slowest, so there the lines run together, and the outermost fastest.
"""

import cmath

TOKENS, PAIRS, THETA = 17, 64, 500_000.0  # the prompt; a head of Llama 3
SIZE = 200  # of the drawing, which is square
_INNER, _OUTER = 26.0, 96.0  # radii


def whirl() -> list[str]:
    """Return each token's line as the points of an SVG polyline, from the innermost ring out."""
    return [" ".join(_point(token, ring) for ring in range(PAIRS)) for token in range(TOKENS)]


def _point(token: int, ring: int) -> str:
    frequency = THETA ** -((PAIRS - 1 - ring) / PAIRS)
    radius = _INNER + (_OUTER - _INNER) * ring / (PAIRS - 1)
    at = -1j * cmath.rect(radius, token * frequency)  # token 0 points straight up
    return f"{SIZE / 2 + at.real:.1f},{SIZE / 2 + at.imag:.1f}"
