"""Reduce what code raised to plain text: the class, the message, the learner's own lines."""

import builtins
import signal
import traceback
from collections.abc import Sequence
from pathlib import Path

from grader.calls.error_values import values_at
from grader.calls.outcome import Raised
from grader.stages import STAGES

FRAMES = 3  # frames shown from each end of a long traceback


def describe_error(error: BaseException, own_files: frozenset[str]) -> Raised:
    """Return an exception as the nearest builtin class, its message, and the lines of the learner's
    own files (absolute paths) that it passed through."""
    builtin = next(cls for cls in type(error).__mro__ if _is_builtin(cls))
    frames = traceback.extract_tb(error.__traceback__)
    own = _once([frame for frame in frames if frame.filename in own_files])
    values, line = _values(error, own_files), own[-1].lineno if own else None
    lines = [
        f"  in {Path(frame.filename).name}, line {frame.lineno}: {text_of(frame.line)}"
        for frame in own
    ]
    if lines and (inner := _reference_inside(frames, own_files)):
        lines.append(f"  which calls {inner.name} of the reference ({Path(inner.filename).name})")
    # The code may have created the error itself, with anything as its file and line.
    if isinstance(error, SyntaxError) and text_of(error.filename) in own_files:
        file, at = Path(text_of(error.filename)).name, text_of(error.lineno)
        lines = [f"  in {file}, line {at}: {text_of(error.text or '').strip()}"]
        values, line = "", error.lineno if type(error.lineno) is int else None
    if len(lines) > 2 * FRAMES:
        left_out = len(lines) - 2 * FRAMES
        lines[FRAMES:-FRAMES] = [f"  ... {left_out} more calls ..."]
    where, name = "\n".join(lines), "" if _is_builtin(type(error)) else _name_of(type(error))
    return Raised(builtin.__name__, _message_of(error), where, line, values, name)


def let_the_user_leave(error: BaseException) -> None:
    """Raise again what comes from the user, not the code: Ctrl-C, or quitting a debugger.

    Ctrl-C never reaches a worker, so a KeyboardInterrupt there is the code's own.
    """
    hears_ctrl_c = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    of_debuggers = ("bdb", "_pytest.outcomes")
    if isinstance(error, KeyboardInterrupt) and hears_ctrl_c:
        raise error
    if type(error).__module__ in of_debuggers:
        raise error


def text_of(value: object) -> str:
    """Return a value as text that can be sent, with half a surrogate pair as `\\ud800`; '' if even
    converting it fails."""
    try:
        return str.encode(str(value), errors="backslashreplace").decode()
    except BaseException as error:  # a learner's own exception may raise anything here too
        let_the_user_leave(error)
        return ""


def _once(frames: Sequence[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """Leave out the frame of a comprehension in the line above it."""
    kept: list[traceback.FrameSummary] = []
    for frame in frames:
        inner = frame.name.startswith("<") and kept and kept[-1].lineno == frame.lineno
        if not inner:
            kept.append(frame)
    return kept


def _name_of(cls: type) -> str:
    """Return the name of a class as Python shows it, without the learner's own modules."""
    # Read as Python itself does, because a metaclass of the code's own may answer anything.
    module = text_of(vars(type)["__module__"].__get__(cls))
    name = text_of(vars(type)["__qualname__"].__get__(cls)).split(".")[-1]
    whole = name if module.startswith("exercises.") else f"{module}.{name}"
    return whole if all(part.isidentifier() for part in whole.split(".")) else ""


def _is_builtin(cls: type) -> bool:
    return getattr(builtins, cls.__name__, None) is cls  # whatever module it claims


def _values(error: BaseException, own_files: frozenset[str]) -> str:
    """Return the values in the learner's last line, as they are now; '' if they can't be found."""
    last, at = None, error.__traceback__
    while at is not None:
        last = at if at.tb_frame.f_code.co_filename in own_files else last
        at = at.tb_next
    try:
        return text_of(values_at(last)) if last else ""
    except Exception:  # these may be any objects
        return ""


def _reference_inside(
    frames: Sequence[traceback.FrameSummary], own_files: frozenset[str]
) -> traceback.FrameSummary | None:
    """Find the function of an earlier stage that the learner's last line called, if any."""
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
