"""The command line: `grader` and `python -m grader`.

Commands that only read files must stay quick, so torch and everything that needs it is imported
inside the commands that run code.
"""

from pathlib import Path

from grader.cli.authoring import author
from grader.cli.base import main
from grader.cli.certificates import certificate
from grader.cli.languages import language_
from grader.cli.learning import answer, check, compare, hint, lesson, plot, reset, status, watch
from grader.cli.notebooks import notebook
from grader.cli.reporting import report
from grader.cli.running import chat, generate
from grader.cli.starting import doctor, init
from grader.cli.training import train

grading = (status, check, watch, lesson, hint, compare, plot, reset, report)
running = (answer, generate, chat, train, certificate)
for command in (*grading, *running, notebook, init, doctor, language_, author):
    main.add_command(command)
if Path(__file__).with_name("teaching.py").exists():  # handouts leave it out
    from grader.cli.teaching import class_

    main.add_command(class_)

__all__ = ["main"]
