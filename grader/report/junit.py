"""A report as JUnit XML, as pytest writes it (xunit2), for continuous integration."""

from collections.abc import Iterable
from xml.etree import ElementTree

from grader.report.plain_text import plain_stage
from grader.stages import stage_of
from grader.verdict import StageVerdict, TestVerdict

_LONGEST_LINE = 300  # characters of what stands in an attribute; the element has all of it


def as_junit(stages: Iterable[StageVerdict], **more: str) -> str:
    """Return verdicts as XML: one suite per stage and one case per test, each with its points.

    `more` is added to the properties of every suite.
    """
    root = ElementTree.Element("testsuites")
    for stage in map(plain_stage, stages):  # XML can't even hold most of what this takes out
        _add_suite(root, stage, **more)
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
            _add_detail(case, test)


def _add_detail(case: ElementTree.Element, test: TestVerdict) -> None:
    """Write why a test has not passed: message, explanation, and the known mistakes as the type."""
    kind = "failure" if test.outcome == "failed" else test.outcome
    first_line = test.message.partition("\n")[0]
    if len(first_line) > _LONGEST_LINE:
        first_line = first_line[:_LONGEST_LINE] + " ..."
    detail = ElementTree.SubElement(case, kind, message=first_line)
    detail.text = "\n\n".join(filter(None, (test.message, test.explanation)))
    if test.names:
        detail.set("type", ", ".join(test.names))


def _add_properties(parent: ElementTree.Element, **values: str | int) -> None:
    properties = ElementTree.SubElement(parent, "properties")
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", name=name, value=str(value))
