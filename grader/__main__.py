"""Start the program: `grader`, or `python -m grader`."""

import sys

INTERRUPTED = 130


def start() -> None:
    """Run the command line; Ctrl-C ends it quietly even before click is loaded."""
    try:
        from grader.cli import main

        main()
    except KeyboardInterrupt:
        print("Aborted!", file=sys.stderr)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    start()
