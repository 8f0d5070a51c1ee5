"""A conversation with a model, whose cache remembers the earlier turns."""

from collections.abc import Iterator

from grader.errors import UsageError
from grader.generate.chat_template import Messages
from grader.generate.dialog import Dialog
from grader.generate.writer import Cache, Run, Writer
from grader.language import tr


class ContextFull(UsageError):
    """The conversation no longer fits into the context."""


class Conversation:
    """All messages so far, and a cache of the tokens that the model has read or written."""

    def __init__(self, writer: Writer, dialog: Dialog) -> None:
        """Begin without messages."""
        self._writer, self._dialog = writer, dialog
        self.reset()

    def reset(self) -> None:
        """Forget all messages."""
        self.messages: Messages = []
        self._cache: Cache = None
        self._cached: list[int] = []  # the tokens in the cache

    def answer(self, content: str) -> tuple[Run, Iterator[str]]:
        """Return the run that answers a message, and the pieces of the answer as they come.

        The conversation goes on from what was written until the pieces end or are closed.

        Raises:
            ContextFull: if there is no room for the message and an answer.
        """
        messages = [*self.messages, {"role": "user", "content": content}]
        ids = self._dialog.encode(messages)
        room = self._writer.context - len(ids)
        if room < 1:
            words = tr(
                "The conversation would have {count:,} tokens, and the context has {most:,}. "
                "/reset starts a new one.",
                count=len(ids),
                most=self._writer.context,
            )
            raise ContextFull(words)
        known = _common(self._cached, ids[:-1])  # at least one token has to be read
        limit = min(self._writer.options.tokens, room)
        run = Run(ids[known:], limit, before=known, cache=_cut(self._cache, known))
        return run, self._pieces(run, messages, ids)

    def _pieces(self, run: Run, messages: Messages, ids: list[int]) -> Iterator[str]:
        said: list[str] = []
        try:
            for piece in self._writer.write(run):
                said.append(piece)
                yield piece
        finally:  # after Ctrl-C too
            if said or run.is_over:
                self.messages = [*messages, {"role": "assistant", "content": "".join(said)}]
            self._cache = run.cache
            read = ids if run.written else ids[: run.before]
            self._cached = [*read, *run.written[:-1]]


def _common(some: list[int], others: list[int]) -> int:
    """Return how many tokens two lists have in common at their beginnings."""
    for index, (one, other) in enumerate(zip(some, others, strict=False)):
        if one != other:
            return index
    return min(len(some), len(others))


def _cut(cache: Cache, length: int) -> Cache:
    """Return the cache of only the first tokens; None if there are none."""
    if cache is None or length == 0:
        return None
    return [(keys[:, :length], values[:, :length]) for keys, values in cache]
