"""A report as JUnit XML, as pytest writes it (xunit2), for continuous integration."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree

from grader.stages import stage_of
from grader.verdict import Report, StageVerdict

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(report: Report, **more: str) -> str:
    """Write a report as XML: a suite a stage, a case a test, the points as properties, and what
    `more` there is to say of every suite."""
    root = ElementTree.Element("testsuites")
    for stage in report.stages:
        _add_suite(root, stage, {"seed": report.seed, **more})
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _add_suite(
    root: ElementTree.Element, stage: StageVerdict, more: Mapping[str, str | int]
) -> None:
    outcomes = [test.outcome for test in stage.tests]
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=stage_of(stage.number).name,
        tests=str(len(outcomes)),
        failures=str(outcomes.count("failed")),
        errors=str(outcomes.count("error")),
        skipped=str(outcomes.count("skipped")),
    )
    _add_properties(suite, {"points": stage.points, "max_points": stage.max_points, **more})
    for test in stage.tests:
        case = ElementTree.SubElement(
            suite, "testcase", classname=stage_of(stage.number).name, name=test.name
        )
        _add_properties(case, {"points": test.points, "max_points": test.max_points})
        kind = {"failed": "failure", "error": "error", "skipped": "skipped"}.get(test.outcome)
        if kind:
            message = _legal(test.message)
            first_line = message.splitlines()[0] if message else ""
            detail = ElementTree.SubElement(case, kind, message=first_line)
            detail.text = message
            if test.mistake:
                detail.set("type", test.mistake)


def _add_properties(parent: ElementTree.Element, values: Mapping[str, str | int]) -> None:
    properties = ElementTree.SubElement(parent, "properties")
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", name=name, value=str(value))


def _legal(text: str) -> str:
    """Write characters that XML cannot hold the way pytest does."""
    return _ILLEGAL.sub(lambda match: f"#x{ord(match.group()):02X}", text)
