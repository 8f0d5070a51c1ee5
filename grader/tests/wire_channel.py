"""A worker's end of the wire, in this process: everything is packed as for a sandboxed worker."""

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

from grader.calls.answer_earlier_calls import EarlierStages
from grader.calls.argument_memory import GraderMemory, WorkerMemory
from grader.calls.call_server import CallServer
from grader.calls.channel import LocalChannel, Reply
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.earlier_modules import EarlierModules
from grader.calls.outcome import CallOutcome, Returned
from grader.calls.request_writer import Callee
from grader.calls.stage_modules import StageModules, reference_modules
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import stage_of

SECONDS = 60.0  # allowed for each question


class WireChannel(LocalChannel):
    """Answers requests in this process, and asks for earlier stages as a worker does."""

    def __init__(self) -> None:
        self.memory = GraderMemory()
        self.questions = 0
        self._reply: Reply | None = None
        CallServer.__init__(self, earlier=EarlierModules(WorkerMemory(self.memory.fd), self._ask))

    def ask(self, request: bytes, seconds: float, reply: Reply | None = None) -> bytes:
        self._reply = reply
        return self.answer(request)

    def close(self) -> None:
        if self.memory is not None:
            self.memory.close()
            self.memory = None

    @property
    def modules(self) -> StageModules:
        return self._modules

    def _ask(self, question: bytes) -> bytes:
        assert self._reply is not None
        self.questions += 1
        return self._reply(question, SECONDS)


def code_across_the_wire(
    stage: Stage, file: Path, reference: StageModules
) -> tuple[CodeUnderTest, WireChannel]:
    """Return the loaded code of a stage, with the earlier stages on the other side of the wire."""
    channel = WireChannel()
    earlier = EarlierStages(stage, reference)
    code = CodeUnderTest(stage, {stage.number: file}, lambda: channel, earlier=earlier)
    assert code.load(), code.load_error
    return code, channel


def variant_across_the_wire(
    kata: Kata, stage: Stage, replaces: Callable[[StageModules], Mapping[str, Any]]
) -> CodeUnderTest:
    """Return a stage's solution across the wire, with some functions replaced.

    `replaces` builds the replacements from the modules on the worker's side.
    """
    reference = reference_modules(kata.solutions, stage)
    code, channel = code_across_the_wire(stage, kata.solution(stage), reference)
    vars(channel.modules.module(stage.number)).update(replaces(channel.modules))
    return code


BLOCK = stage_of(17)  # builds on rms_norm, attention and feed_forward


def with_norm(kata: Kata, norm: Callable[..., Any]) -> StageModules:
    """Return the reference with another `rms_norm`."""
    modules, module = reference_modules(kata.solutions), ModuleType("norm")
    vars(module)["rms_norm"] = norm
    return StageModules(modules.files, loaded={9: module})


class Block:
    """A `transformer_block` with a given body, called across the wire."""

    def __init__(self, folder: Path, reference: StageModules, body: str) -> None:
        file = folder / f"{BLOCK.name}.py"
        head = "import torch\nfrom exercises.s09_rms_norm import rms_norm\n"
        text = "def transformer_block(x, weights=None, layer=0, freqs_cis=None, params=None):\n"
        lines = dedent(body).strip().splitlines()
        file.write_text(head + text + "".join(f"    {line}\n" for line in lines))
        self.code: CodeUnderTest
        self.channel: WireChannel
        self.code, self.channel = code_across_the_wire(BLOCK, file, reference)

    def __call__(self, *args: Any, device: str | None = None) -> CallOutcome:
        (outcome,) = self.code.run(Callee("transformer_block"), [args], device)
        return outcome

    def value(self, *args: Any, device: str | None = None) -> Any:
        outcome = self(*args, device=device)
        assert isinstance(outcome, Returned), outcome
        return outcome.value

    def asks(self, question: Any, seconds: float = SECONDS) -> None:
        """Send a question as hostile code might."""
        earlier, reply = self.channel._earlier, self.channel._reply
        assert earlier is not None and reply is not None
        reply(earlier.pack(question), seconds)

    def close(self) -> None:
        self.code.close()
