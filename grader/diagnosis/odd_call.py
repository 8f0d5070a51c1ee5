"""A call of a stage's function, and what is wrong with it, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.calls.outcome import Seen
from grader.language import Words, joined, mark, tr

_ORDINALS = (
    *(mark("first"), mark("second"), mark("third"), mark("fourth"), mark("fifth")),
    *(mark("sixth"), mark("seventh"), mark("eighth"), mark("ninth"), mark("tenth")),
)


@dataclass(frozen=True, eq=False)
class StageCall:
    """A call of a stage's function, with its arguments by the names of the parameters."""

    function: str
    given: Mapping[str, Any]
    seen: Seen


@dataclass(frozen=True)
class OddCall:
    """A call that the reference makes with other arguments or with another result, or an extra one
    that it doesn't make."""

    last_right: StageCall | None
    call: StageCall
    parameters: list[str]  # whose arguments differ; none if the result differs
    # How each of these arguments, or the result, relates to the expected one:
    relations: Sequence[str | None]
    is_extra: bool = False  # the reference's calls of the function have all been made before
    is_after_others: bool = False  # calls came before it that can't be compared

    @property
    def relation(self) -> str | None:
        """How an argument or the result relates to the expected one, as far as that is known."""
        return next(filter(None, self.relations), None)

    @property
    def words(self) -> Words:
        """What is wrong, in a few words."""
        function = self.call.function
        if self.is_extra:
            return tr("an extra call of {function}", function=function)
        if not self.parameters:
            return tr("what {function} returns", function=function)
        names = joined([f"`{name}`" for name in self.parameters])
        at = [tr(_ORDINALS[list(self.call.given).index(name)]) for name in self.parameters]
        words = mark("{names}, the {ordinals} arguments of {function}")
        if len(at) == 1:
            words = mark("{names}, the {ordinals} argument of {function}")
        return tr(words, names=names, ordinals=joined(at), function=function)

    @property
    def said(self) -> str:
        """What is wrong, in sentences."""
        how, listed = self.relation, joined([f"`{one}`" for one in self.parameters] or [""])
        known = {"where": self._where, "name": self.call.function, "listed": listed, "how": how}
        if self.is_extra:
            words = mark("{where} you call {name} again, though every call you need has been made.")
            return tr(words, **known)
        if not self.parameters:
            words = mark("{where} {name} returns something unexpected.")
            if how:
                words = mark("{where} {name} returns something unexpected: {how}.")
            return tr(words, **known)
        if len(self.parameters) == 1:
            words = mark("{where} you call {name} with an unexpected {listed}.")
            if how:
                words = mark("{where} you call {name} with an unexpected {listed}: {how}.")
            return tr(words, **known)
        pairs = zip(self.parameters, self.relations, strict=True)
        passed = [
            tr("As `{name}` you pass {how}.", name=one, how=this) for one, this in pairs if this
        ]
        first = tr("{where} you call {name} with unexpected {listed}.", **known)
        return "\n".join([first, *passed])

    @property
    def _where(self) -> Words:
        """In which line it is, after the last call that is right."""
        line, last = self.call.seen.place.line, self.last_right
        if last and (last.function, last.seen.place) == (self.call.function, self.call.seen.place):
            return tr("Later, in the same line,")
        if last and last.seen.place.line > line:  # of another function
            return tr("Then, in line {line},", line=line)
        return tr("In line {line},", line=line)
