"""How many tokens two sentences take as the table grows, and the first tokens that are learned."""

import json

from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.model_walk import Walk, shown_piece

_SIZES = range(256, 401, 2)
_LISTED = (256, 257, 258, 259, 260, 261, 270, 280, 290, 300, 320, 340)  # ranks
_OTHER = "Learning a tokenizer means counting pairs of neighbors."


def draw(walk: Walk) -> Figure:
    """Train on the prompts of the tiny model, up to several sizes, and encode two sentences."""
    prompts = json.loads((walk.folder.parent / "prompts.json").read_text(encoding="utf-8"))
    text = "".join(f"{prompt}{answer}.\n" for prompt, answer in prompts["contrasting"])
    ranks = walk.find("train_bpe")(text, _SIZES[-1])
    figure = style.new_figure(
        4.3,
        "The longer the training, the fewer tokens a sentence takes",
        f"Trained on {len(text):,} characters: the prompts of the tiny model and their answers.",
    )
    axes = style.panel(figure, 0.7, 1.0, 4.6, 2.65)
    for sentence, color, name, above in (
        (_OTHER, style.ORANGE, "another sentence", 48),
        (walk.prompt, style.BLUE, "this kata's prompt", 18),
    ):
        counts = [_tokens(walk, sentence, ranks, size) for size in _SIZES]
        axes.plot(_SIZES, counts, color=color, lw=1.5)
        words = f"{name}: {counts[-1]} tokens, {len(sentence.encode())} bytes"
        axes.text(_SIZES[-1], above, words, ha="right", size=style.SMALL)
    axes.set(xlim=(_SIZES[0], _SIZES[-1]), ylim=(0, 80), xticks=range(256, 401, 24))
    axes.set(xlabel="tokens in the table", ylabel="tokens in the sentence")
    _list_tokens(figure, {rank: token for token, rank in ranks.items()})
    return figure


def _tokens(walk: Walk, sentence: str, ranks: dict[bytes, int], size: int) -> int:
    """Return how many tokens a sentence takes with the beginning of a table."""
    smaller = {token: rank for token, rank in ranks.items() if rank < size}
    chunks = walk.find("split_text")(sentence)
    return sum(len(walk.find("bpe_encode")(chunk.encode(), smaller)) for chunk in chunks)


def _list_tokens(figure: Figure, tokens: dict[int, bytes]) -> None:
    style.write(figure, 6.1, 0.93, "some of the tokens learned", size=style.BODY)
    for row, rank in enumerate(_LISTED):
        baseline = 1.22 + 0.22 * row
        style.write(figure, 6.1, baseline, str(rank), size=style.SMALL, color=style.GREY)
        piece = shown_piece(tokens[rank].decode("utf-8", "replace"))
        style.write(figure, 6.6, baseline, piece, size=style.SMALL)
