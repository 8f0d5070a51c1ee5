"""Find out what is missing or wrong in a stage, and write stubs from solutions."""
