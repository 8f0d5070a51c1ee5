"""Which of the files found are taken."""

from dataclasses import dataclass, field

from grader.classroom.intake.found import Candidates, Found, Refused


@dataclass
class Chosen:
    """The contents of the files that are taken, by name, and a sentence for each problem."""

    files: dict[str, bytes] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def choose(pool: Candidates) -> Chosen:
    """Take one file for each stage; none where two different ones have the same claim."""
    chosen = Chosen()
    for name, found in pool:
        readable = _read(found, chosen.problems)
        if readable:
            _choose_one(name, readable, chosen)
    return chosen


def _read(found: list[Found], problems: list[str]) -> list[tuple[Found, bytes]]:
    readable = []
    for one in found:
        try:
            readable.append((one, one.read()))
        except Refused as refused:
            problems.append(f"{one.shown} is not taken: {refused}")
    return readable


def _choose_one(name: str, readable: list[tuple[Found, bytes]], chosen: Chosen) -> None:
    likeliest, text = readable[0]
    others = [one for one, other_text in readable if other_text != text]
    equals = [one for one in others if one.preference == likeliest.preference]
    if equals:
        both = f"{likeliest.shown} and {equals[0].shown}"
        chosen.problems.append(f"{name} is not taken: it is there twice, and differs: {both}")
        return
    chosen.files[name] = text
    if others and others[0].preference == 1:
        left = f"{others[0].shown} differs and is left"
        chosen.problems.append(f"{name} is taken from {likeliest.shown}; {left}")
