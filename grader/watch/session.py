"""One session of `grader watch`: it reacts to saves and keys."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

from grader.errors import UsageError
from grader.kata import Kata
from grader.language import mark, tr
from grader.learn.hints import next_hint, seen_hints
from grader.learn.kept_texts import bring_back, keep_texts, not_copied
from grader.learn.pager import has_pager
from grader.learn.progress import Progress, keep_verdict, passed_before
from grader.plot.named_pictures import names_for
from grader.seeds import fresh_seed
from grader.serving.server_handle import ServerLost
from grader.stage import Stage
from grader.verdict import StageVerdict
from grader.verdict_key import learner_key
from grader.watch.keys import CTRL_C, Keys
from grader.watch.saves import saved_files
from grader.watch.screen import Screen
from grader.watch.watch_client import WatchClient

ECHO_SECONDS = 0.5  # an editor may touch a file more than once per save
LONG_SECONDS = 1.0  # after this time, say that grading is still going on
STILL_GRADING = mark(
    "Still grading: running the tests, or looking for what went wrong. "
    "An endless loop is stopped after 10 seconds."
)


class Session:
    """The stage being watched, and what happens at every save and key."""

    def __init__(self, kata: Kata, stage: Stage, seed: int | None, screen: Screen) -> None:
        self._kata, self._stage, self._screen = kata, stage, screen
        self._seed = fresh_seed(seed, kata.seeds)
        self._todo: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._client = WatchClient(kata)
        self._keys = Keys(self._press)
        self._graded, self._graded_at = "", 0.0  # the key of the last verdict, and when it came
        self._verdict: StageVerdict | None = None
        self._actions = {
            "n": self._next_stage,
            "h": self._hint,
            "g": self._hints_again,
            "l": self._lesson,
            "a": self._grade_all,
        }
        if kata.has_reference:
            self._actions |= {"c": self._compare, "p": self._plot}

    async def run(self) -> None:
        """Grade, then react to saves and keys until the learner quits."""
        self._quit = asyncio.Event()
        if sys.platform != "win32":
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._quit.set)
        with self._keys:
            running = (self._follow_saves(), self._work(), self._quit.wait())
            tasks = [asyncio.create_task(one) for one in running]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    await task  # re-raises the task's exception, if any
            finally:
                for task in tasks:
                    task.cancel()
                self._client.supersede()
                await self._client.close()

    async def _follow_saves(self) -> None:
        async for files in saved_files(self._kata.exercises):
            graded = self._kata.stage_files(self._stage, self._kata.exercises).values()
            watched = {path.name for path in graded if path.parent == self._kata.exercises}
            if any(file.name in watched for file in files):
                self._client.supersede()
                self._todo.put_nowait(self._after_save)

    def _press(self, key: str) -> None:
        if key in ("q", CTRL_C, "c-d"):
            self._client.supersede()
            self._quit.set()
        elif action := self._actions.get(key.lower()):
            self._todo.put_nowait(action)

    async def _work(self) -> None:
        self._screen.say(tr("Loading torch. This takes a moment, but only once."))
        await self._client.ready()
        await self._grade()
        while True:
            action = await self._todo.get()
            try:
                await action()
            except UsageError as error:
                self._say(str(error))

    async def _after_save(self) -> None:
        unchanged = learner_key(self._kata, self._stage) == self._graded
        if not unchanged or time.monotonic() - self._graded_at > ECHO_SECONDS:
            await self._grade()

    async def _grade(self) -> None:
        if self._verdict is not None and self._verdict.status == "passed":
            self._seed = fresh_seed(None, self._kata.seeds)
        verdicts = self._client.grade([self._stage.number], self._seed)
        key = learner_key(self._kata, self._stage)  # the judge starts meanwhile
        loop = asyncio.get_running_loop()
        running = loop.call_later(LONG_SECONDS, self._screen.say, tr(STILL_GRADING))
        loop.call_soon(self._keep_texts)  # the judge works meanwhile
        try:
            async for verdict in verdicts:
                running.cancel()
                self._verdict = verdict
                self._graded, self._graded_at = key, time.monotonic()
                self._show(verdict)
                keep_verdict(self._kata, verdict, key)
        finally:
            running.cancel()
        with contextlib.suppress(OSError):  # that nothing can be saved has been said
            for message in bring_back(self._kata):
                self._say(message)

    def _keep_texts(self) -> None:
        try:
            keep_texts(self._kata)
        except OSError as error:
            self._say(not_copied(error))

    def _say(self, message: str) -> None:
        self._screen.say(message)
        self._screen.keys()

    def _show(self, verdict: StageVerdict) -> None:
        following = self._following() if verdict.status == "passed" else None
        self._screen.verdict(self._stage, verdict, self._seed, following)

    def _following(self) -> Stage | None:
        """Return the stage that `n` goes to."""
        passed = set(passed_before(self._kata, self._kata.stages))
        if self._verdict is not None and self._verdict.status == "passed":
            passed.add(self._stage.number)  # its verdict is shown before it is saved
        following = Progress(self._kata).next_stage(passed, after=self._stage)
        return following if following != self._stage else None

    async def _next_stage(self) -> None:
        following = self._following()
        if following is None:
            self._say(tr("There is no other stage left to do: `grader answer` runs your model."))
            return
        self._stage, self._verdict = following, None
        self._seed = fresh_seed(None, self._kata.seeds)
        await self._grade()

    async def _hint(self) -> None:
        self._screen.hints([next_hint(self._kata, self._stage)])

    async def _hints_again(self) -> None:
        if seen := seen_hints(self._kata, self._stage):
            self._screen.hints(seen)
        else:
            self._say(tr("You haven't seen a hint for this stage yet: press h for the first one."))

    async def _lesson(self) -> None:
        self._run_command("lesson", str(self._stage.number))
        if self._verdict is not None and sys.stdout.isatty() and has_pager():
            self._show(self._verdict)  # the pager has covered it

    async def _compare(self) -> None:
        self._run_command("compare", str(self._stage.number))

    async def _plot(self) -> None:
        for name in names_for(self._stage):
            self._run_command("plot", name)

    def _run_command(self, *args: str) -> None:
        """Run another grader command in this terminal; Ctrl-C stops only that command."""
        # The command gets the signal as well; asyncio's own handler would end the session.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            with self._keys.paused():
                self._screen.begin(" ".join(("$ grader", *args)), "dim")
                subprocess.run([sys.executable, "-m", "grader", *args], check=False)
        finally:
            signal.signal(signal.SIGINT, before)
        self._screen.keys()

    async def _grade_all(self) -> None:
        core = [stage for stage in self._kata.stages if not stage.bonus]
        known = passed_before(self._kata, core)
        changed = [stage for stage in core if stage.number not in known]
        keys = {stage.number: learner_key(self._kata, stage) for stage in changed}
        what = tr("Grading every stage that has not passed yet, or has changed since.")
        self._screen.begin(what)
        async for verdict in self._client.grade(list(keys), self._seed):
            keep_verdict(self._kata, verdict, keys[verdict.number])
            known[verdict.number] = verdict
            self._screen.graded(verdict)
        if len(known) == len(core):  # otherwise a save interrupted it; its verdict comes next
            self._screen.map_of_stages()


def run_watch(kata: Kata, stage: Stage, seed: int | None) -> None:
    """Grade a stage at every save until the learner quits.

    Raises:
        UsageError: if the grading process fails; the message says why.
    """
    screen = Screen(kata)
    session = Session(kata, stage, seed, screen)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(session.run())
    except ServerLost as error:
        raise UsageError(tr("the grading process stopped:\n{error}", error=error)) from None
    screen.goodbye()
