"""What the authors of the kata use: making stubs from solutions."""
