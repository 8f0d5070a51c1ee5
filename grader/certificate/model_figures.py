"""What a model says when the learner's stages run it."""

import json
from pathlib import Path

import torch
from rich.console import Console

from grader.answer.answer import PROMPT
from grader.answer.chosen_stages import stages_to_run
from grader.answer.open_checkpoint import Opened, open_checkpoint
from grader.answer.scale_rotations import scale_rotations
from grader.answer.text_side import TEXT_STAGES, TextSide, text_side
from grader.answer.threads import polite_threads
from grader.calls.stage_modules import StageModules, reference_modules
from grader.certificate.claims import LONGEST_SAID, ModelClaim
from grader.errors import UsageError
from grader.generate.options import Options
from grader.generate.weights_in_memory import bytes_of_weights
from grader.generate.writer import Run, Writer
from grader.generate.writing_stages import choose_writing_stages
from grader.kata import Kata
from grader.language import tr
from grader.report.plain_text import one_line

LARGEST = 1_000_000_000  # bytes of weights
_BEGINNING = PROMPT.split()[0]  # what the tiny model writes after it is a whole sentence
_TOKENS, _RUNS = 64, 5  # to measure the speed; the fastest run counts
_WRITING = {22, 23, 24}


def look_at_model(kata: Kata, console: Console, folder: Path | None) -> ModelClaim:
    """Ask a model the kata's prompt and the similar questions, with the learner's passed stages.

    Args:
        folder: a checkpoint; None for the tiny trained model.

    Raises:
        UsageError: if it can't be used, or if stages are missing that this edition has no
            reference for.
    """
    chosen = stages_to_run(kata, console, "exercises", strict=False)
    if chosen is None:
        raise UsageError(tr("the model needs stages that aren't written yet"))
    modules = StageModules(chosen.files)
    opened = _opened(folder or kata.tiny_weights / "trained", modules)
    scaled = scale_rotations(kata, console, "exercises", False, modules, chosen, opened.params)
    text = text_side(opened, modules.find)
    questions = json.loads((kata.tiny_weights / "prompts.json").read_text(encoding="utf-8"))
    contrasting = questions["contrasting"]
    with torch.inference_mode(), polite_threads(bytes_of_weights(opened)):
        said = _next_piece(modules, opened, text, PROMPT)
        right = sum(_next_piece(modules, opened, text, one) == known for one, known in contrasting)
    ran = set(scaled.chosen.files) - (set() if text.is_learners else set(TEXT_STAGES))
    return ModelClaim(
        parameters=sum(opened.mapped(name).numel() for name in opened.weights),
        said=one_line(said)[:LONGEST_SAID],
        own=len(ran & scaled.chosen.own),
        stages=len(ran),
        right=right,
        asked=len(contrasting),
    )


def check_model(kata: Kata, folder: Path) -> None:
    """Check a checkpoint before the stages are graded, which takes longer; handouts can't.

    Raises:
        UsageError: if it can't be used.
    """
    if kata.has_reference:
        _opened(folder, reference_modules(kata.solutions))


def _opened(folder: Path, modules: StageModules) -> Opened:
    opened = open_checkpoint(folder, modules.find)
    if bytes_of_weights(opened) > LARGEST:
        words = tr(
            "--model {folder} has more than {most} GB of weights: `grader answer --checkpoint` "
            "runs it",
            folder=folder,
            most=LARGEST // 10**9,
        )
        raise UsageError(words)
    return opened


def _next_piece(modules: StageModules, opened: Opened, text: TextSide, prompt: str) -> str:
    """Return the most likely token after a prompt, as text."""
    weights = {name: opened.weights[name] for name in opened.weights}
    tokens = torch.tensor(text.encode(prompt))
    hidden = modules.find("transformer")(tokens, weights, opened.params)
    token = int(modules.find("next_token_logits")(hidden, weights["output.weight"]).argmax())
    return text.pieces([token])[0] if opened.has_token(token) else ""


def tokens_per_second(kata: Kata, console: Console) -> float | None:
    """Return how fast the learner's own stages 22 to 24 write with the tiny trained model.

    Returns:
        None unless all three have passed.
    """
    options = Options(None, _TOKENS, temperature=0.0, top_p=1.0, seed=0, device="cpu")
    chosen = choose_writing_stages(kata, console, options)
    if chosen is None or not chosen.own.issuperset(_WRITING):
        return None
    writer = Writer(kata, console, chosen, options)
    with torch.inference_mode(), polite_threads(writer.weight_bytes):
        writer.load(console, "cpu")
        runs = [_written(writer) for _ in range(_RUNS)]
    if len(runs[0].written) < 2:
        return None
    shortest = min(run.times[-1] - run.times[0] for run in runs)
    return round((len(runs[0].written) - 1) / max(shortest, 1e-9), 1)


def _written(writer: Writer) -> Run:
    run = Run(writer.text.encode(_BEGINNING), _TOKENS)
    for _ in writer.write(run):
        pass
    return run
