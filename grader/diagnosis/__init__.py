"""Find the known mistake that explains an output, without knowing how tests are run."""

from grader.diagnosis.composition import worked_out
from grader.diagnosis.known_mistakes import Mistake, mistake, wrong_constant

__all__ = ["Mistake", "mistake", "worked_out", "wrong_constant"]
