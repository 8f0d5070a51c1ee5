"""What `grader compare` needs of a stage."""

from grader.errors import UsageError
from grader.stage import Stage
from grader.stage_part import stage_part

_PACKAGE = "grader.compare.inputs"


def comparing_problems(stage: Stage) -> list[str]:
    """Look for functions and constants that can't be compared, as no arguments are given."""
    try:
        functions = vars(stage_part(_PACKAGE, stage))
    except UsageError as error:
        return [f"{error}: write a function in it for each of {', '.join(stage.names)}"]
    file = f"{_PACKAGE.replace('.', '/')}/{stage.name}.py"
    return [
        f"{file} has no function {name}: write one that returns the `Inputs` to call it with"
        for name in stage.names
        if name not in functions
    ]
