"""Telling that memory was short from what was raised."""

import torch


def is_short_of_memory(error: Exception) -> bool:
    """Tell whether an error means that there was not enough memory, here or on a device."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    said = str(error)
    return isinstance(error, RuntimeError) and (
        "can't allocate memory" in said or "out of memory" in said
    )
