"""Record what the reference computes during a call, in the same way as the learner's code."""

from typing import Any

from grader.calls.looped_vmap import rows_one_by_one
from grader.calls.outcome import Seen
from grader.calls.places import places_of
from grader.calls.plain_values import drained
from grader.calls.recorder import Recorder, recorded_module
from grader.calls.stage_modules import StageModules
from grader.stage import Stage


def recorded_reference(
    modules: StageModules, stage: Stage, name: str, args: tuple[Any, ...]
) -> list[Seen]:
    """Return what a function of the reference computes, given these arguments."""
    text, recorder = modules.files[stage.number].read_bytes(), Recorder()
    function = recorded_module(modules, stage.number, text, recorder).find(name)
    recorder.on = True
    with rows_one_by_one():
        drained(function(*args))
    places = places_of(text)
    return [
        Seen(places[number], called, args, kwargs, value)
        for number, called, (args, kwargs), value in recorder.seen
    ]
