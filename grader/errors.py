"""The error for problems that users can fix themselves."""


class UsageError(Exception):
    """Something the user gave the program can't be used.

    The command line prints the message as one line on standard error and exits with 2, so the
    message names the thing and says what to do about it.
    """
