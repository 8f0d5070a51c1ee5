"""`grader class trends`: show trends in the terminal, and on a page."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.classroom.exports.html_pages import render_page
from grader.classroom.over_time.combine import read_runs
from grader.classroom.over_time.trends import Share, Trend, Trends, trends_of
from grader.classroom.terminal_report import MOST
from grader.write_files import naming_out, write_whole


def run_trends(console: Console, results: Sequence[Path], out: Path | None) -> None:
    """Show the trends of several runs.

    Raises:
        UsageError: if a folder has no complete results, or the page can't be written.
    """
    trends = trends_of(read_runs(results))
    print_trends(console, trends)
    if out:
        with naming_out(out):
            write_whole(out, trends_page(trends))
        console.print(Text(f"Open {out}."))


def trends_page(trends: Trends) -> str:
    """Return the page: every mistake with a bar per run, and the tests that tell nobody apart."""
    return render_page("trends.html", trends=trends)


def print_trends(console: Console, trends: Trends) -> None:
    """Print the most common mistakes and the tests that nobody passed, as tables."""
    if trends.mistakes:
        _print(console, "Known mistakes, of those who began the stage", trends, trends.mistakes)
    else:
        console.print(Text("Nobody made a known mistake."))
    if trends.nobody:
        _print(console, "Tests that nobody passed in some run", trends, trends.nobody)
    count = sum(len(names) for _, names in trends.everybody)
    stages = len(trends.everybody)
    if count:
        tests = f"{count} test{'s' if count > 1 else ''}"
        of = f"{stages} stage{'s' if stages > 1 else ''}"
        console.print(Text(f"Everybody always passed {tests} of {of}."))


def _print(console: Console, title: str, trends: Trends, rows: Sequence[Trend]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    table.title_style = "bold"
    table.add_column("what")
    for name in trends.runs:
        table.add_column(Text(name), justify="right", min_width=len("100 of 100"))
    table.add_column("in lessons/", no_wrap=True)
    for row in rows[:MOST]:
        table.add_row(Text(row.name), *map(_cell, row.shares), Text(Path(row.lesson).name))
    console.print(table)
    if len(rows) > MOST:
        console.print(Text(f"... and {len(rows) - MOST} more"))
    console.print()


def _cell(share: Share | None) -> Text:
    return Text("-" if share is None else str(share))
