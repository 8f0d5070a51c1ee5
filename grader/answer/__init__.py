"""Run the whole model on the kata's prompt, layer by layer."""
