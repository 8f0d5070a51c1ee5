"""A report as JSON: a fixed contract that other tools read."""

import json

from grader.verdict import Report, stage_as_dict


def as_json(report: Report) -> str:
    """Write a report as one JSON object."""
    return json.dumps(
        {
            "version": 1,
            "seed": report.seed,
            "target": report.target,
            "points": report.points,
            "max_points": report.max_points,
            "stages": [stage_as_dict(stage) for stage in report.stages],
        },
        indent=2,
        ensure_ascii=False,
    )
