"""Tiny checkpoints in Meta's format, and the scripts that make them."""
