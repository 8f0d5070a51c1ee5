"""The session's client for the grading process."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence

from grader.kata import Kata
from grader.serving.messages import Request, Response
from grader.serving.server_handle import ServerHandle, ServerLost
from grader.verdict import StageVerdict

PROGRAM = ["-m", "grader.watch.watch_server"]


class WatchClient:
    """Grades stages of the learner's exercises, one request at a time."""

    def __init__(self, kata: Kata) -> None:
        self._kata = kata
        self._start()

    def _start(self) -> None:
        command = [sys.executable, *PROGRAM, str(self._kata.folder)]
        self._server = ServerHandle(command, os.environ, keeps_errors=True)

    async def ready(self) -> None:
        """Wait until the server is ready (torch takes a second or two)."""
        await self._receive()

    def grade(self, stages: Sequence[int], seed: int) -> AsyncIterator[StageVerdict]:
        """Send a request to grade stages now, and return their verdicts as they come.

        They end early if the request is superseded.

        Raises:
            ServerLost: if the grader itself fails, which is never the learner's fault.
        """
        request = Request(0, str(self._kata.exercises), tuple(stages), seed)
        self._server.send(request)
        return self._verdicts(request)

    async def _verdicts(self, request: Request) -> AsyncIterator[StageVerdict]:
        answer = await self._receive()
        if answer.kind == "stale":  # the kata's own code has changed: load it again
            await self.close()
            self._start()
            await self.ready()
            self._server.send(request)
            answer = await self._receive()
        while answer.verdict is not None:
            yield answer.verdict
            answer = await self._receive()
        if answer.kind == "error":
            raise ServerLost(answer.words)

    def supersede(self) -> None:
        """Stop the current request, because there is something newer to grade."""
        self._server.supersede()

    async def close(self) -> None:
        """End the server and every process that it has started."""
        await asyncio.to_thread(self._server.close)

    async def _receive(self) -> Response:
        return await asyncio.to_thread(self._server.receive)
