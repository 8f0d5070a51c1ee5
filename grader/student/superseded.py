"""How grading ends when somebody wants something else in the meantime."""


class Superseded(BaseException):
    """A newer request has come, so nobody waits for this verdict any more.

    Not an Exception: it passes through everything that turns errors into verdicts.
    """
