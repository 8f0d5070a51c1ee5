"""Write a report to the screen or a file: text as verdicts arrive, JSON and JUnit at the end."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.control import Control
from rich.segment import ControlType

from grader.errors import UsageError
from grader.kata import Kata
from grader.language import tr
from grader.report.junit import as_junit
from grader.report.plain_text import plain_stage
from grader.report.verdict_text import print_stage, print_summary
from grader.stage import Stage
from grader.verdict import Report, StageVerdict, stage_as_dict
from grader.write_files import reason_of


class Writer:
    """Takes verdicts one by one, and the whole report at the end."""

    def __init__(self, kata: Kata, format_name: str, output: Path | None, brief: bool) -> None:
        self._kata, self._format, self._output, self._brief = kata, format_name, output, brief
        self._file: TextIO = sys.stdout
        self._uses_seed = False

    def __enter__(self) -> "Writer":
        if self._output is not None:
            try:
                self._file = self._output.open("w", encoding="utf-8")
            except OSError as error:
                words = tr("--output {file}: {reason}", file=self._output, reason=reason_of(error))
                raise UsageError(words) from None
        self._console = Console(file=self._file, highlight=False, soft_wrap=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._output is not None:
            self._file.close()

    def announce(self, verdict: StageVerdict, remembered: bool) -> None:
        """Print a stage's verdict now, if the format is text."""
        self._uses_seed |= not remembered
        if self._format == "text":
            print_stage(self._console, self._kata, verdict, remembered, self._brief)

    @contextmanager
    def under_way(self, stage: Stage) -> Iterator[None]:
        """Say on a terminal which stage is being graded, until it is."""
        terminal = Console(stderr=True, highlight=False)
        if not terminal.is_terminal:
            yield
            return
        terminal.print(tr("grading {stage} …", stage=stage.name), end="\r")
        try:
            yield
        finally:
            terminal.control(Control((ControlType.ERASE_IN_LINE, 2)))

    def finish(self, report: Report) -> None:
        """Write the summary if the format is text, or else the whole report."""
        if self._format == "text":
            print_summary(self._console, report, self._uses_seed)
        else:
            seed = str(report.seed)
            is_json = self._format == "json"
            text = _as_json(report) if is_json else as_junit(report.stages, seed=seed)
            self._file.write(text + "\n")


def _as_json(report: Report) -> str:
    """Return a report as one JSON object; other tools read it, so its form is fixed."""
    content = {
        "version": 1,
        "seed": report.seed,
        "target": report.target,
        "points": report.points,
        "max_points": report.max_points,
        "stages": [stage_as_dict(plain_stage(stage)) for stage in report.stages],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)
