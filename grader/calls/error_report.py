"""What code has raised, reduced to plain text: the class, the message, the learner's own lines."""

import builtins
import traceback
from collections.abc import Sequence
from pathlib import Path

from grader.calls.error_values import values_at
from grader.calls.outcome import Raised
from grader.stages import STAGES

# The environment variable that sets how much of what code has raised is taken in (`replies`).
LONGEST_TEXT_SET_IN = "LLAMA3_LONGEST_TEXT"
FRAMES = 3  # frames shown from each end of a long traceback


def describe_error(error: BaseException, own_files: frozenset[str]) -> Raised:
    """Return an exception as the builtin class it comes from, its message, and the lines of the
    learner's own files (absolute paths) that it passed through."""
    builtin = next(cls for cls in type(error).__mro__ if _is_builtin(cls))
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename in own_files]
    values, line = _values(error, own_files), own[-1].lineno if own else None
    lines = [
        f"  in {Path(frame.filename).name}, line {frame.lineno}: {text_of(frame.line)}"
        for frame in own
    ]
    if lines and (inner := _reference_inside(frames, own_files)):
        lines.append(f"  which calls {inner.name} of the reference ({Path(inner.filename).name})")
    # The code may have made the error itself, with anything at all for a file and a line.
    if isinstance(error, SyntaxError) and text_of(error.filename) in own_files:
        file, at = Path(text_of(error.filename)).name, text_of(error.lineno)
        lines = [f"  in {file}, line {at}: {text_of(error.text or '').strip()}"]
        values, line = "", error.lineno if type(error.lineno) is int else None
    if len(lines) > 2 * FRAMES:
        left_out = len(lines) - 2 * FRAMES
        lines[FRAMES:-FRAMES] = [f"  ... {left_out} more calls ..."]
    return Raised(builtin.__name__, _message_of(error), "\n".join(lines), line, values)


def let_the_user_leave(error: BaseException) -> None:
    """Raise again what is not the code's but the user's: Ctrl-C, or quitting a debugger."""
    of_debuggers = ("bdb", "_pytest.outcomes")
    if isinstance(error, KeyboardInterrupt) or type(error).__module__ in of_debuggers:
        raise error


def text_of(value: object) -> str:
    """Return a value as text that can travel, with half of a surrogate pair as `\\ud800`; '' where
    even writing it fails."""
    try:
        return str.encode(str(value), errors="backslashreplace").decode()
    except BaseException as error:  # a learner's own exception may raise anything even here
        let_the_user_leave(error)
        return ""


def _is_builtin(cls: type) -> bool:
    return getattr(builtins, cls.__name__, None) is cls  # whatever module it says it is from


def _values(error: BaseException, own_files: frozenset[str]) -> str:
    """Return what the learner's last line was made of, as it is now; '' if that can't be told."""
    last, at = None, error.__traceback__
    while at is not None:
        last = at if at.tb_frame.f_code.co_filename in own_files else last
        at = at.tb_next
    try:
        return text_of(values_at(last)) if last else ""
    except Exception:  # the code may have put anything there
        return ""


def _reference_inside(
    frames: Sequence[traceback.FrameSummary], own_files: frozenset[str]
) -> traceback.FrameSummary | None:
    """Find the function of an earlier stage that the last line of the learner's has called."""
    last = max(i for i, frame in enumerate(frames) if frame.filename in own_files)
    stage_files = {f"{stage.name}.py" for stage in STAGES}
    inner = (frame for frame in frames[last + 1 :] if Path(frame.filename).name in stage_files)
    return next(inner, None)


def _message_of(error: BaseException) -> str:
    said: object = error
    if isinstance(error, SyntaxError):
        said = error.msg or ""
    elif isinstance(error, KeyError) and len(error.args) == 1 and isinstance(error.args[0], str):
        said = error.args[0]  # str() of a KeyError would put quotes around it
    return text_of(said)
