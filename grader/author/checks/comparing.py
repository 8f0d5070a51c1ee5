"""What `grader compare` needs of a stage."""

from grader.compare.model_inputs import MODEL_INPUTS
from grader.compare.text_inputs import TEXT_INPUTS
from grader.stage import Stage


def comparing_problems(stage: Stage) -> list[str]:
    """Make sure that every function can be compared: its arguments at both sizes are given."""
    return [
        f"grader/compare/model_inputs.py has no arguments for {name}: add them to MODEL_INPUTS "
        "(or, where it works on text, to TEXT_INPUTS in text_inputs.py)"
        for name in stage.names
        if name not in MODEL_INPUTS and name not in TEXT_INPUTS
    ]
