"""The watcher's handle on the warm process that grades."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

from grader.kata import Kata
from grader.verdict import StageVerdict, whole_stage_from_dict

LONGEST_ANSWER = 64 * 2**20  # bytes of a line; an honest verdict has some thousands


class JudgeLost(Exception):
    """The warm process cannot grade; the message is what it said."""


class Judge:
    """Grades stages of the learner's exercises, one request at a time."""

    def __init__(self, kata: Kata) -> None:
        self._kata = kata
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the warm process and wait until it is ready (torch takes a second or two)."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "grader.watch.watch_server", str(self._kata.root)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            limit=LONGEST_ANSWER,
            start_new_session=True,  # Ctrl-C at the terminal is the watcher's to handle
        )
        await self._receive()

    async def grade(self, stages: list[int], seed: int) -> AsyncIterator[StageVerdict]:
        """Grade stages one by one; ends early when superseded.

        Raises:
            JudgeLost: when the grader itself fails, which is never the learner's fault.
        """
        answer = await self._ask({"stages": stages, "seed": seed})
        if "stale" in answer:  # the kata has changed: load it anew
            await self.close()
            await self.start()
            answer = await self._ask({"stages": stages, "seed": seed})
        while "verdict" in answer:
            yield whole_stage_from_dict(answer["verdict"])
            answer = await self._receive()
        if "error" in answer:
            raise JudgeLost(str(answer["error"]))

    def supersede(self) -> None:
        """End what is being graded now, because something newer is to be graded."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(b"\n")

    async def close(self) -> None:
        """End the warm process and all that it has started."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()
            self._process = None

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        return await self._receive()

    async def _receive(self) -> dict[str, Any]:
        assert self._process is not None and self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            assert self._process.stderr is not None
            said = (await self._process.stderr.read()).decode(errors="replace").strip()
            raise JudgeLost(said or "the process that grades has ended unexpectedly")
        answer: dict[str, Any] = json.loads(line)
        return answer
