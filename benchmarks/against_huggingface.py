"""Compare the reference with Hugging Face's Llama on one large checkpoint, layer by layer:

    python -m tiny_weights --shape 8b --out /tmp/random-8b
    python -m benchmarks.against_huggingface /tmp/random-8b

Both compute from the same tensors. In half precision, two correct programs differ if they round in
a different order. So each is also compared with the same weights computed in float32, and the one
further from that has rounded more. If their rounding errors are independent, the distance between
the two is the root of the sum of the squares of their distances from float32.
"""

import argparse
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from benchmarks.hugging_face import load_model
from grader.answer.answer import PROMPT
from grader.calls.stage_modules import StageModules, reference_modules
from grader.editions import find_kata

os.environ["HF_HUB_OFFLINE"] = "1"  # nothing here needs the network

States = list[torch.Tensor]  # after the embedding, after each layer, and the logits of each token


def main() -> None:
    """Print one row per layer, and one for the logits."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="a folder in Meta's format")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--figures", type=Path, help="a file to write the figures to, as JSON")
    options = parser.parse_args()
    with torch.inference_mode(), torch.device(options.device):
        runs, params = run_all(options.checkpoint, options.device)
    print_table(runs, params, options.device)
    if options.figures:
        options.figures.write_text(json.dumps(figures_of(runs)) + "\n")


def figures_of(runs: dict[str, States]) -> dict[str, Any]:
    """Return the errors of the logits, and whether the reference rounds no more in any layer."""
    ours, theirs = runs["reference"], [runs["HF eager"], runs["HF sdpa"]]
    same = ours[-1].argmax(-1) == theirs[0][-1].argmax(-1)
    figures: dict[str, Any] = {
        "tokens": len(same),
        "same_most_likely": int(same.sum()),
        "reference_to_hugging_face": error(ours[-1], theirs[0][-1]),
        "hugging_face_sdpa_to_eager": error(theirs[1][-1], theirs[0][-1]),
    }
    if "float32" in runs:
        wide = runs["float32"]
        figures["reference_to_float32"] = error(ours[-1], wide[-1])
        figures["hugging_face_to_float32"] = error(theirs[0][-1], wide[-1])
        ratios = [
            error(ours[place], wide[place]) / max(error(one[place], wide[place]) for one in theirs)
            for place in range(1, len(wide))
        ]
        figures["largest_ratio_of_rounding"] = max(ratios)
    return figures


def run_all(folder: Path, device: str) -> tuple[dict[str, States], dict[str, Any]]:
    """Run the model in each way; return the states of each run by name, and the parameters."""
    modules = StageModules(reference_modules(find_kata().solutions).files)
    params, weights = module(modules, 7).load_checkpoint(folder)
    tokens = prompt_tokens(modules, folder)
    here = {name: tensor.to(device) for name, tensor in weights.items()}
    runs = {"reference": reference_states(modules, tokens, here, params)}
    for attention in ("eager", "sdpa"):
        states = their_states(attention, tokens, weights, params, device)
        runs[f"HF {attention}"] = states
    if here["norm.weight"].dtype != torch.float32:
        runs["float32"] = reference_states(modules, tokens, Widened(here), params)
    return runs, params


def print_table(runs: dict[str, States], params: dict[str, Any], device: str) -> None:
    """Print how far the runs are apart, layer by layer."""
    ours, eager = runs["reference"], runs["HF eager"]
    dtype = str(ours[0].dtype).removeprefix("torch.")
    print(f"{params['n_layers']} layers in {dtype} on {device}, {len(ours[-1])} tokens")
    pairs = [("reference", "HF eager"), ("HF sdpa", "HF eager")]
    if "float32" in runs:
        pairs += [(way, "float32") for way in ("reference", "HF eager", "HF sdpa")]
    titles = [f"{one} to {other}" for one, other in pairs]
    print(f"{'relative error (L2)':<21}" + "".join(f"{title:>24}" for title in titles))
    for place in range(len(ours)):
        errors = [error(runs[one][place], runs[other][place]) for one, other in pairs]
        cells = "".join(f"{found:>24.2e}" for found in errors)
        print(f"{name_of(place, len(ours)):<21}{cells}")
    same = ours[-1].argmax(-1) == eager[-1].argmax(-1)
    print(f"same most likely token after {int(same.sum())} of {len(same)} tokens")
    if "float32" in runs:
        ours_off, theirs_off = (error(one[-1], runs["float32"][-1]) for one in (ours, eager))
        expected, found = math.hypot(ours_off, theirs_off), error(ours[-1], eager[-1])
        print(f"logits differ by {found:.2e}; independent rounding would give {expected:.2e}")
    sizes = [float(state.float().pow(2).mean().sqrt()) for state in ours[1:-1]]
    print(f"size of the vectors: {sizes[0]:.2f} after the first layer, {sizes[-1]:.2f} at the end")


class Widened(dict[str, torch.Tensor]):
    """Weights that are converted to float32 only when they are looked up."""

    def __getitem__(self, name: str) -> torch.Tensor:
        return super().__getitem__(name).float()


def module(modules: StageModules, number: int) -> Any:
    return modules.module(number)


def prompt_tokens(modules: StageModules, folder: Path) -> torch.Tensor:
    """Return the prompt's tokens in the checkpoint's own vocabulary."""
    ranks = module(modules, 1).parse_vocabulary((folder / "tokenizer.model").read_bytes())
    tokenizer = module(modules, 5).build_tokenizer(ranks)
    return torch.tensor(module(modules, 5).encode_prompt(tokenizer, PROMPT))


def reference_states(
    modules: StageModules,
    tokens: torch.Tensor,
    weights: dict[str, torch.Tensor],
    params: dict[str, Any],
) -> States:
    """Run the reference and return the vectors after each layer, and the logits."""
    states = [module(modules, 8).embed(tokens, weights["tok_embeddings.weight"])]
    layers = module(modules, 18)
    block: Callable[..., torch.Tensor] = module(modules, 17).transformer_block

    def kept(*args: Any) -> torch.Tensor:
        states.append(block(*args))
        return states[-1]

    layers.transformer_block = kept
    hidden = layers.transformer(tokens, weights, params)
    next_token_logits = module(modules, 19).next_token_logits
    logits = [
        next_token_logits(hidden[: t + 1], weights["output.weight"]) for t in range(len(tokens))
    ]
    return [*states, torch.stack(logits)]


def their_states(
    attention: str,
    tokens: torch.Tensor,
    weights: dict[str, torch.Tensor],
    params: dict[str, Any],
    device: str,
) -> States:
    """Run Hugging Face's model and return the vectors after each layer, and the logits."""
    model = load_model(weights, params, attention).to(device)
    states: States = []
    for layer in model.model.layers:
        layer.register_forward_hook(lambda _, __, result: states.append(first_of(result)[0]))
    logits = model(tokens[None]).logits[0]
    return [model.model.embed_tokens(tokens), *states, logits]


def first_of(result: Any) -> torch.Tensor:
    """Return a layer's vectors, which some versions of the library wrap in a tuple."""
    return result[0] if isinstance(result, tuple) else result


def name_of(place: int, count: int) -> str:
    if place == 0:
        return "embedding"
    return "logits" if place == count - 1 else f"layer {place}"


def error(one: torch.Tensor, other: torch.Tensor) -> float:
    """Return the norm of the difference divided by the norm of the other."""
    wide = other.double()
    return float(torch.linalg.vector_norm(one.double() - wide) / torch.linalg.vector_norm(wide))


if __name__ == "__main__":
    main()
