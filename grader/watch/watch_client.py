"""The session's handle on the process that grades."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence

from grader.kata import Kata
from grader.serving.client import Server, ServerLost
from grader.serving.messages import Answer, Request
from grader.verdict import StageVerdict


class WatchClient:
    """Grades stages of the learner's exercises, one request at a time."""

    def __init__(self, kata: Kata) -> None:
        self._kata = kata
        self._server: Server | None = None

    async def start(self) -> None:
        """Start the server and wait until it is ready (torch takes a second or two)."""
        command = [sys.executable, "-m", "grader.watch.watch_server", str(self._kata.root)]
        self._server = Server(command, os.environ, keeps_errors=True)
        await self._receive()

    async def grade(self, stages: Sequence[int], seed: int) -> AsyncIterator[StageVerdict]:
        """Grade stages one by one; ends early when superseded.

        Raises:
            ServerLost: when the grader itself fails, which is never the learner's fault.
        """
        request = Request(0, str(self._kata.exercises), tuple(stages), seed)
        answer = await self._ask(request)
        if answer.kind == "stale":  # the kata has changed: load it anew
            await self.close()
            await self.start()
            answer = await self._ask(request)
        while answer.verdict is not None:
            yield answer.verdict
            answer = await self._receive()
        if answer.kind == "error":
            raise ServerLost(answer.words)

    def supersede(self) -> None:
        """End what is being graded now, because something newer is to be graded."""
        if self._server is not None:
            self._server.supersede()

    async def close(self) -> None:
        """End the server and all that it has started."""
        if self._server is not None:
            await asyncio.to_thread(self._server.close)
            self._server = None

    async def _ask(self, request: Request) -> Answer:
        assert self._server is not None
        self._server.send(request)
        return await self._receive()

    async def _receive(self) -> Answer:
        assert self._server is not None
        return await asyncio.to_thread(self._server.receive)
