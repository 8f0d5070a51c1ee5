"""Running the whole model, layer by layer, and saying the next token."""
