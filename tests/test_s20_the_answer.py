"""The graded suite of stage 20: all of the learner's own stages together."""

import json
import os
from functools import cache
from pathlib import Path

import torch

from grader.calls.recipe import Recipe, item
from grader.language import tr
from grader.suite import Unavailable, grades, real, require, shared

CLEAR = 1e-3  # a winner counts when it leads by this share of the logits' spread
REAL_IDS = [128000, 1820, 4320, 311, 279, 17139, 3488, 315, 2324, 11]
REAL_IDS += [279, 15861, 11, 323, 4395, 374, 220]
# What the real 8B prefers after each of these tokens, as published from a run in bfloat16
# (therealoliver/Deepdive-llama3-from-scratch). Without the causal mask it is another token after
# the first two and after the fifth, and 42 all the same.
PUBLISHED = ["Question", " ", " to", " the", " question", " question", " of", " life", ","]
PUBLISHED += [" the", " universe", ",", " and", " everything", "\n", " ", "42"]
NEAR_TIE = 0.25  # two steps of bfloat16 between 16 and 32; rounding decides closer races


def prompts(tiny_weights):
    return json.loads((tiny_weights / "prompts.json").read_text(encoding="utf-8"))


@cache
def tokenizer_from(folder):
    """Return the learner's tokenizer, made by the learner's own stages 1 to 5."""
    ranks = Recipe("parse_vocabulary", ((folder / "tokenizer.model").read_bytes(),))
    return ranks, Recipe("build_tokenizer", (ranks,))


@cache
def model_from(folder):
    """Return the learner's params and weights, loaded by the learner's own stage 7."""
    loaded = Recipe("load_checkpoint", (str(folder),))
    return item(loaded, 0), item(loaded, 1)


def check_top1(yours, reference, texts, tiny_weights):
    """Require the right most likely next token at every position of every text."""
    folder = tiny_weights / "trained"
    _, tokenizer = tokenizer_from(folder)
    params, weights = model_from(folder)
    output = shared(torch.load(folder / "consolidated.00.pth")["output.weight"])
    prompts_as_tokens = [torch.tensor(reference.encode_prompt(tokenizer, text)) for text in texts]
    calls = [(tokens, weights, params) for tokens in prompts_as_tokens]
    for text, call, outcome in zip(texts, calls, yours.transformer.outcomes(calls), strict=True):
        hidden = yours.transformer.value_of(call, outcome)
        right = reference.transformer(*call)
        require(
            isinstance(hidden, torch.Tensor) and hidden.shape == right.shape,
            "for {text!r} your transformer should return a tensor of shape {shape}",
            text=text,
            shape=list(right.shape),
        )
        logits = right @ output.args[0].T
        first, second = logits.topk(2).values.T
        clear = first - second > CLEAR * (logits.amax(1) - logits.amin(1))
        prefixes = [(hidden[: t + 1], output) for t in range(len(hidden))]
        outcomes = yours.next_token_logits.outcomes(prefixes)
        for t, (prefix, outcome) in enumerate(zip(prefixes, outcomes, strict=True)):
            got = int(yours.next_token_logits.value_of(prefix, outcome).argmax())
            require(
                got == int(logits[t].argmax()) or not clear[t],
                "after token {t} of {text!r} your model prefers token {got}, "
                "but the right one is {right}",
                t=t,
                text=text,
                got=got,
                right=int(logits[t].argmax()),
            )


@grades("encode_prompt", points=1)
def test_your_tokenizer_gives_the_17_tokens(yours, reference, tiny_weights):
    ranks, tokenizer = tokenizer_from(tiny_weights / "trained")
    prompt = prompts(tiny_weights)["prompt"]
    expected = reference.encode_prompt(tokenizer, prompt)
    got = yours.encode_prompt(tokenizer, prompt)
    require(
        got == expected,
        "the ids of the prompt are {expected}, your tokenizer gives {got}",
        expected=expected,
        got=got,
    )


@grades("bpe_encode", points=1)
def test_your_split_and_merge_give_the_same_tokens(yours, reference, tiny_weights):
    ranks, tokenizer = tokenizer_from(tiny_weights / "trained")
    prompt = prompts(tiny_weights)["prompt"]
    expected = reference.encode_prompt(tokenizer, prompt)
    special = yours.special_token_ids(len(reference.follow(ranks)))
    got = [special.get("<|begin_of_text|>")]
    for chunk in yours.split_text(prompt):
        got += yours.bpe_encode(chunk.encode(), ranks)
    require(
        got == expected,
        "the ids of the prompt are {expected}, your split and merge give {got}",
        expected=expected,
        got=got,
    )


@grades("transformer", points=1)
def test_the_most_likely_token_at_all_17_positions(yours, reference, tiny_weights):
    check_top1(yours, reference, [prompts(tiny_weights)["prompt"]], tiny_weights)


@grades("transformer", points=1, hidden=True)
def test_the_most_likely_tokens_of_similar_prompts(yours, reference, tiny_weights):
    known = prompts(tiny_weights)
    # The same prompts for everybody, so that luck doesn't decide whether a wrong model passes.
    texts = [text for text, _ in known["contrasting"][::14]] + known["open"][::11]
    check_top1(yours, reference, texts, tiny_weights)


@grades("complete", points=1)
def test_it_says_42(yours, tiny_weights):
    folder = tiny_weights / "trained"
    _, tokenizer = tokenizer_from(folder)
    params, weights = model_from(folder)
    known = prompts(tiny_weights)
    for text, answer in [(known["prompt"], "42"), *known["contrasting"][7::20]]:
        said = yours.complete(text, tokenizer, weights, params)
        require(
            said == answer,
            "after {text!r} your model says {said!r}, not {answer!r}",
            text=text,
            said=said,
            answer=answer,
        )


def real_folder():
    """Return the folder with the real 8B, in Meta's layout."""
    folder = Path(os.environ.get("LLAMA3_DIR", ""))
    for name in ("params.json", "tokenizer.model", "consolidated.00.pth"):
        if not os.environ.get("LLAMA3_DIR") or not (folder / name).is_file():
            missing = tr(
                "LLAMA3_DIR names no folder with {file} of the real 8B: "
                "`grader lesson real-model` says how to get it",
                file=name,
            )
            raise Unavailable(missing)
    return folder


@real
@grades("complete")
def test_the_real_8b_says_42(yours, tiny_weights):
    folder = real_folder()
    _, tokenizer = tokenizer_from(folder)
    params, weights = model_from(folder)
    prompt = prompts(tiny_weights)["prompt"]
    got = yours.encode_prompt.within(120)(tokenizer, prompt)
    require(
        got == REAL_IDS,
        "the real prompt is {expected}, your tokenizer gives {got}",
        expected=REAL_IDS,
        got=got,
    )
    said = yours.complete.within(3600)(prompt, tokenizer, weights, params)
    require(said == "42", "the real 8B says {said!r} through your code, not '42'", said=said)


@real
@grades("transformer")
def test_the_real_8b_prefers_the_published_tokens(yours):
    folder = real_folder()
    _, tokenizer = tokenizer_from(folder)
    params, weights = model_from(folder)
    tokens = torch.tensor(REAL_IDS)
    hidden = yours.transformer.within(3600)(tokens, weights, params)
    output = item(weights, "output.weight")
    for t, piece in enumerate(PUBLISHED):
        published = yours.encode_prompt.within(120)(tokenizer, piece)[-1]
        logits = yours.next_token_logits.within(600)(hidden[: t + 1], output).float()
        lead = float(logits.max() - logits[published])
        require(
            lead <= NEAR_TIE,
            "after token {t} the real 8B prefers {piece!r} ({published}); your model prefers "
            "token {got}, {lead:.2f} ahead of it",
            t=t,
            piece=piece,
            published=published,
            got=int(logits.argmax()),
            lead=lead,
        )
    require(int(logits.argmax()) == 2983, "after the last token it is 2983, which is 42")
