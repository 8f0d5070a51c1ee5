"""A report as JUnit XML, as pytest writes it (xunit2), for continuous integration."""

import re
from xml.etree import ElementTree

from grader.stages import stage_of
from grader.verdict import Report, StageVerdict

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(report: Report, **more: str) -> str:
    """Return a report as XML: one suite per stage and one case per test, with their points and, for
    every suite, `more` as properties."""
    root = ElementTree.Element("testsuites")
    for stage in report.stages:
        _add_suite(root, stage, seed=report.seed, **more)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _add_suite(root: ElementTree.Element, stage: StageVerdict, **more: str | int) -> None:
    outcomes, stage_name = [test.outcome for test in stage.tests], stage_of(stage.number).name
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=stage_name,
        tests=str(len(outcomes)),
        failures=str(outcomes.count("failed")),
        errors=str(outcomes.count("error")),
        skipped=str(outcomes.count("skipped")),
    )
    _add_properties(suite, points=stage.points, max_points=stage.max_points, **more)
    for test in stage.tests:
        case = ElementTree.SubElement(suite, "testcase", classname=stage_name, name=test.name)
        _add_properties(case, points=test.points, max_points=test.max_points)
        if test.outcome != "passed":
            kind = "failure" if test.outcome == "failed" else test.outcome
            # What XML cannot hold is written as pytest writes it.
            message = _ILLEGAL.sub(lambda match: f"#x{ord(match.group()):02X}", test.message)
            first_line = message.splitlines()[0] if message else ""
            detail = ElementTree.SubElement(case, kind, message=first_line)
            detail.text = message
            if test.mistake:
                detail.set("type", test.mistake)


def _add_properties(parent: ElementTree.Element, **values: str | int) -> None:
    properties = ElementTree.SubElement(parent, "properties")
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", name=name, value=str(value))
