"""The page's ornament: how Llama 3 rotates the tokens of the prompt, drawn as a whirl.

Each line is one token. The distance from the middle is the frequency, and the angle is that of
stage 10: the token's position times the frequency.
"""

import cmath
import math

TOKENS = 17  # of the prompt
SIZE = 200  # of the drawing, which is square
_INNER, _OUTER = 24.0, 97.0  # radii
_HIGHEST = 2 * math.pi / TOKENS  # the frequency at which the tokens go once around the circle
_STEPS = 40


def whirl() -> list[str]:
    """Return each token's line as the points of an SVG polyline, from the inside out."""
    return [" ".join(_point(token, step) for step in range(_STEPS + 1)) for token in range(TOKENS)]


def _point(token: int, step: int) -> str:
    share = step / _STEPS
    radius = _INNER + (_OUTER - _INNER) * share
    at = -1j * cmath.rect(radius, token * share * _HIGHEST)  # token 0 points straight up
    return f"{SIZE / 2 + at.real:.1f},{SIZE / 2 + at.imag:.1f}"
