"""Let tests read the help of commands in one language after another, in one process."""

from grader.cli import main


def forget_help() -> None:
    """Forget the option `--help` of every command: click keeps it as it was at its first use."""
    for command in (main, *main.commands.values()):
        command._help_option = None
