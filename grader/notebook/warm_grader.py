"""Grade in the warm process that `grader watch` uses, from a kernel's thread."""

import asyncio
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress

from grader.errors import UsageError
from grader.kata import Kata
from grader.language import mark, tr
from grader.serving.server_handle import ServerLost
from grader.stage import Stage
from grader.verdict import StageVerdict
from grader.watch.watch_client import WatchClient

LONG_SECONDS = 1.0  # after this time, say that grading is still going on
LOADING = mark("Loading torch. This takes a moment, but only once.")
STILL_GRADING = mark(
    "Still grading: running the tests, or looking for what went wrong. "
    "An endless loop is stopped after 10 seconds."
)


class WarmGrader:
    """The grading process of one kernel, started with this object."""

    def __init__(self, kata: Kata) -> None:
        self._kata = kata
        self._client: WatchClient | None = None
        self._is_ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._one_at_a_time = asyncio.Lock()
        threading.Thread(target=self._loop.run_forever, name="grader", daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop)  # torch loads meanwhile

    def begin(self, stage: Stage, seed: int) -> "Future[StageVerdict]":
        """Start to grade a stage of the learner's code; `wait` returns the verdict."""
        coming: Future[StageVerdict] = Future()
        asyncio.run_coroutine_threadsafe(self._grade(stage, seed, coming), self._loop)
        return coming

    def wait(self, coming: "Future[StageVerdict]") -> tuple[StageVerdict, bool]:
        """Return a verdict, and whether something was printed because it took a while.

        Raises:
            UsageError: if the grading process fails; the message says why.
            KeyboardInterrupt: if the kernel is interrupted; the grading then ends, too.
        """
        was_told = False
        try:
            if not self._is_ready.is_set():
                print(tr(LOADING), flush=True)
                was_told = True
                while not self._is_ready.wait(0.1) and not coming.done():
                    pass  # so that an interrupt arrives
            with suppress(TooLate):
                return coming.result(LONG_SECONDS), was_told
            print(tr(STILL_GRADING), flush=True)
            return coming.result(), True
        except KeyboardInterrupt:
            if self._client is not None:
                self._client.supersede()
            raise

    def close(self) -> None:
        """End the grading process."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _start(self) -> None:
        async with self._one_at_a_time:
            try:
                await self._started()
            except ServerLost:
                self._client = None  # the first grading tries again, and says why it fails

    async def _started(self) -> WatchClient:
        if self._client is None:
            self._client = WatchClient(self._kata)
            await self._client.ready()
            self._is_ready.set()
        return self._client

    async def _grade(self, stage: Stage, seed: int, coming: "Future[StageVerdict]") -> None:
        async with self._one_at_a_time:
            try:
                client = await self._started()
                async for verdict in client.grade([stage.number], seed):
                    coming.set_result(verdict)  # shown while the worker ends
                if not coming.done():
                    raise UsageError(tr("the grading was interrupted"))
            except ServerLost as error:
                await self._close()
                words = tr("the grading process stopped:\n{error}", error=error)
                self._fail(coming, UsageError(words))
            except Exception as error:
                self._fail(coming, error)

    def _fail(self, coming: "Future[StageVerdict]", error: Exception) -> None:
        if not coming.done():
            coming.set_exception(error)

    async def _close(self) -> None:
        client, self._client = self._client, None
        self._is_ready.clear()
        if client is not None:
            client.supersede()
            await client.close()
